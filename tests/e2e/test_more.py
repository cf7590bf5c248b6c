"""`earmark more`: fresh seeds of a take or a prompt, in the real program."""

from __future__ import annotations

import pytest

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
