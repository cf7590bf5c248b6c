"""The filter of the app on the command line: the same takes, and no part of it is silently nothing."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from library.library import Library
from ratings.filtering.collections import Collections
from ratings.journal import Journal
from tests.judging import Judge
from tui.cli import main


@pytest.fixture
def earmark(root, monkeypatch):
    """Runs a command on the library at `root`, as Ann."""
    monkeypatch.setenv("EARMARK_LIBRARY", str(root))
    monkeypatch.setenv("EARMARK_LISTENER", "ann")
    return lambda *words: CliRunner().invoke(main.earmark, list(map(str, words)))


@pytest.fixture
def judged(add_takes, root):
    """Two nights and a day: Ann gave the first 5 stars and a label, Bob the day 4."""
    takes = add_takes(["night", "night", "day"])
    journal = Journal.load(Library(root))
    ann, bob = Judge(journal.log("ann")), Judge(journal.log("bob"))
    ann.stars(takes[0].id, 5)
    ann.label([takes[0].id], add=["End Credits"])
    ann.note(takes[1].id, "lovely bridge")
    bob.stars(takes[2].id, 4)
    return takes


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["night"], [0, 1]), (["night", "judged:me"], [0]), (["judged:bob"], [2]), (["judged:no"], [1]),
        (["judged:me", "--listener", "bob"], [2]), (['label:"end credits"'], [0]), (["note:BRIDGE stars:4"], []),
        (["len:>30"], []), (["len:29-31", "day"], [2]), (["note:bridge", "--unrated"], [1]),
        (["--collection", "Keepers"], [0, 2]), (["night", "--collection", "keepers"], [0]),
    ],
)  # fmt: skip
def test_takes_are_found(earmark, judged, root, words, found):
    Collections(Library(root), "ann", "x").keep("keepers", "stars:>=4")
    done = earmark("list", *words, "--json")
    if words[-1] == "bob":
        Collections(Library(root), "bob", "x").keep("keepers", "")
    assert done.exit_code == 0, done.output
    assert [take["id"] for take in json.loads(done.stdout)["takes"]] == [judged[at].id for at in found]


def test_the_ranking_of_a_filter_has_the_scores_of_all(earmark, judged):
    everything = json.loads(earmark("top", "--json").stdout)["ranking"]
    assert [row["take"] for row in everything] == [judged[0].id, judged[2].id]
    (row,) = json.loads(earmark("top", "day", "--json").stdout)["ranking"]
    assert {**row, "rank": 2, "p_top": 0} == {**everything[1], "p_top": 0}
    assert row["rank"] == 1


@pytest.mark.parametrize("command", [("list",), ("top",), ("rate",), ("export", "out")])
@pytest.mark.parametrize(
    ("word", "told"), [("foo:bar", "There's no filter foo"), ("stars:many", "stars:>=4"), ("is:un", "is incomplete")]
)
def test_what_means_nothing_is_wrong_usage(earmark, judged, tmp_path, monkeypatch, command, word, told):
    monkeypatch.chdir(tmp_path)
    done = earmark(*command, word)
    assert (done.exit_code, told in done.output) == (2, True), done.output


def test_what_nobody_here_knows_is_said(earmark, judged):
    done = earmark("list", "label:zz")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "No take has the label zz. Known here: End Credits" in done.stderr
    done = earmark("list", "--collection", "zz", "--json")
    assert "no collection 'zz'" in str(done.exception)
