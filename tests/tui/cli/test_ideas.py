"""`earmark ideas`: as many prompts as asked for, none that exists, from every source."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from library.library import Library
from ratings.journal import Journal
from tests.ratings.ideas.chat_server import ChatServer
from tui.cli import main

SLOW = ("slow minor harp", "slow minor strings", "slow major flute")
FAST = ("fast major drums", "fast minor organ")


@pytest.fixture
def earmark(root, monkeypatch, tmp_path):
    """Runs a command on the library at `root`: its exit code, its ideas, and what it says beside."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("EARMARK_LIBRARY", str(root))
    monkeypatch.setenv("EARMARK_LISTENER", "ann")

    def run(*words: str):
        done = CliRunner().invoke(main.earmark, ["ideas", *words, "--json"])
        return done.exit_code, json.loads(done.stdout)["ideas"] if done.exit_code == 0 else [], done.stderr

    return run


@pytest.fixture
def judged(add_takes, root):
    """A listener who likes what is slow."""
    takes = add_takes([*SLOW, *FAST] * 2)
    log = Journal.load(Library(root)).log("ann")
    for take in takes:
        log.write([log.stars(take.id, 5 if take.prompt in SLOW else 1)])
    return takes


def test_an_empty_library_has_ideas_from_the_vocabulary(earmark):
    code, found, _ = earmark("-n", "25")
    assert (code, len(found), {one["source"] for one in found}) == (0, 25, {"grammar"})
    assert len({one["prompt"] for one in found}) == 25
    assert "synthwave" in found[0]["prompt"]
    _, found, _ = earmark("slow", "waltz", "-n", "3")
    assert [one["prompt"].startswith("slow waltz, ") for one in found] == [True] * 3


def test_what_won_leads_to_more_and_a_server_is_told_only_if_asked(earmark, judged):
    code, found, _ = earmark("-n", "12")
    assert (code, len(found), {one["source"] for one in found}) == (0, 12, {"grammar", "won"})
    won = [one for one in found if one["source"] == "won"]
    assert all("slow" in one["prompt"] and "fast" not in one["prompt"] for one in won)
    assert all(any(f"“{prompt}”" in one["because"] for prompt in SLOW) for one in won)
    assert not {one["prompt"] for one in found} & {take.prompt for take in judged}
    chat = ChatServer()
    chat.say("Slow Minor HARP", "slow minor cello")
    with chat.running() as url:
        for told, words in ((False, []), (True, ["--tell"])):
            code, found, _ = earmark("--server", f"{url}/v1", "-n", "5", *words)
            assert (code, [(one["prompt"], one["source"]) for one in found]) == (0, [("slow minor cello", "server")])
            asked = json.dumps(chat.sent_to("/v1/chat/completions")[-1]["messages"])
            assert [prompt in asked for prompt in (*SLOW, *FAST)] == [told] * 5
        chat.faults = {"redirect"}
        code, _, told = earmark("--server", url)
        assert code == 1


@pytest.mark.parametrize("words", [["--tell"], ["--model", "x"], ["-n", "0"]])
def test_what_makes_no_sense_is_refused(earmark, words):
    assert earmark(*words)[0] == 2
