"""`earmark label`: names that look like options, takes all or none, and what can't be meant."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from library.library import Library
from ratings.journal import Journal
from tui.cli import main


@pytest.fixture
def earmark(root, monkeypatch, tmp_path):
    """Runs a command on the library at `root`, as a user of no settings."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "settings"))
    monkeypatch.setenv("EARMARK_LIBRARY", str(root))
    monkeypatch.setenv("EARMARK_LISTENER", "ann")
    return lambda *words: CliRunner().invoke(main.earmark, list(map(str, words)))


def labels(done):
    assert done.exit_code == 0, done.output
    return [take["labels"] for take in json.loads(done.stdout)["takes"]]


def test_labels_go_on_and_off(earmark, add_takes, root):
    one, two = add_takes(["night", "day"])
    assert (
        labels(earmark("label", one.id[:8], two.id, "+Live", "+RED", "+end credits", "--json"))
        == [["red", "end credits", "Live"]] * 2
    )
    assert labels(earmark("label", "-live", one.id, "--listener", "bob", "+h", "--json")) == [
        ["red", "end credits", "h"]
    ]
    assert labels(earmark("label", one.id, "--json", "--", "-h", "-json")) == [["red", "end credits"]]
    assert labels(earmark("list", "--json")) == [["red", "end credits"], ["red", "end credits", "Live"]]
    assert all(take["judgements"] == 0 for take in json.loads(earmark("list", "--json").stdout)["takes"])
    assert {word.listener for word in Journal.load(Library(root)).history.labels(one.id)} == {"ann", "bob"}
    told = earmark("label", two.id, "-red")
    assert told.stderr.strip() == f"{two.id[:8]}: end credits, Live"
    assert "Nothing changed" in earmark("label", two.id, "-red").stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["TAKE"], "+NAME"),
        (["+red"], "Missing argument 'TAKE...'"),
        (["TAKE", "+"], "needs a name"),
        (["TAKE", "+" + "x" * 61], "too long"),
        (["TAKE", "+a\x07b"], "can't be displayed"),
        (["TAKE", "+-x"], "start with"),
        (["TAKE", "+Red", "-red"], "added and removed at once"),
        (["TAKE", "+red", "--nonsense"], "No such option"),
    ],
)
def test_what_can_not_be_meant_is_refused(earmark, add_takes, root, words, told):
    (take,) = add_takes(["night"])
    done = earmark("label", *(take.id if word == "TAKE" else word for word in words))
    assert (done.exit_code, told in done.output) == (2, True), done.output
    assert not (root / "sessions").exists()


def test_where_one_take_is_unknown_none_is_labelled(earmark, add_takes, root):
    (take,) = add_takes(["night"])
    done = earmark("label", take.id, "zz", "+red", "--json")
    assert done.exception is not None
    assert "zz" in str(done.exception)
    assert "error" in json.loads(done.stdout)
    assert not (root / "sessions").exists()


def test_help_is_no_label(earmark):
    assert "+NAME" in earmark("label", "-h").output
