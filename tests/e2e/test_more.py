"""`earmark more`: fresh seeds of a take or a prompt, in the real program."""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Stars
from tests.e2e.conftest import until

pytestmark = pytest.mark.e2e


def test_more_of_a_take_or_a_prompt_has_fresh_seeds_and_the_same_settings(earmark):
    (first,) = earmark("generate", "dusk", "--seeds", 7, "--duration", 1.5, "--json").json["takes"]
    more = earmark("more", first["id"][:8], "-n", 2, "--json")
    assert more.code == 0, more.err
    assert more.json["failed"] == []
    more = more.json["takes"] + earmark("more", "dusk", "--json").json["takes"]
    assert len({take["seed"] for take in (first, *more)}) == 7
    kept = ("generator", "prompt", "duration_s", "model", "settings")
    assert all([take["recipe"].get(one) for one in kept] == [first["recipe"].get(one) for one in kept] for take in more)
    assert len(earmark("list", "--json").json["takes"]) == 7
    for wrong, word in (
        (("more", "zz"), "zz"),
        (("more", "never heard of"), "prompt"),
        (("more", "dusk", "-n", 0), "-n"),
    ):
        refused = earmark(*wrong)
        assert refused.code == (2 if "-n" in wrong else 1)
        assert word in refused.err


def test_what_plus_made_is_heard_first_and_after_quitting_too(terminal, earmark, library, tmp_path):
    def takes():
        return {take["id"]: take for take in earmark("list", "--json").json["takes"]}

    def judged():
        return [one.take for one in Journal.load(Library(library)).history.live() if isinstance(one, Stars)]

    earmark("generate", "night drive", "day walk", "slow rain", "--seeds", 1, "--duration", 1.5)
    old = takes()
    app = terminal()
    app.wait_for("3 takes")
    app.press("+")
    app.wait_for("4 new")
    new = takes().keys() - old.keys()
    assert len(new) == 4
    assert len({takes()[one]["prompt"] for one in new}) == 1

    app.press("r")
    for given, stars in enumerate("54", 1):
        app.wait_for("blind: ")
        app.press(stars)
        until(lambda given=given: len(judged()) == given, f"{given} answers")
    app.press("q")
    app.wait_for("left with 0")

    again = terminal("rate")
    for given, stars in enumerate("32", 3):
        again.wait_for("blind: ")
        again.press(stars)
        until(lambda given=given: len(judged()) == given, f"{given} answers")
    again.press("q")
    again.wait_for("left with 0")
    assert set(judged()) == new

    best = judged()[0]
    exported = earmark("export", tmp_path / "best", "-n", 1, "--json")
    assert exported.code == 0, exported.err
    assert [one["take"] for one in exported.json["files"] if one.get("take")] == [best]
    assert len(list((tmp_path / "best").glob("*.wav"))) == 1
