"""Collections are there for the next run, are renamed and removed by events, and outlive bad files."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from library.library import Library
from ratings.errors import CollectionError
from ratings.filtering.collections import MAX_FILTER, Collections


@pytest.fixture
def mine(tmp_path):
    """Ann's, of one run of the app."""
    return Collections(Library(tmp_path), "ann", "one")


def told(collections):
    return [(one.name, one.filter) for one in collections.all()]


def test_they_are_kept_renamed_and_removed(tmp_path, mine):
    assert told(mine) == []
    mine.keep("Keepers", "stars:>=4")
    mine.keep("  end \u00a0 credits", 'label:"end credits"')
    mine.keep("KEEPERS", "stars:>=4 is:picked")
    theirs = Collections(Library(tmp_path), "ann", "two")
    assert told(theirs) == told(mine) == [("end credits", 'label:"end credits"'), ("KEEPERS", "stars:>=4 is:picked")]
    theirs.rename("keepers", "The best")
    assert theirs.find("THE BEST").filter == "stars:>=4 is:picked"
    mine.remove("end credits")
    assert told(mine) == told(Collections(Library(tmp_path), "ann")) == [("The best", "stars:>=4 is:picked")]
    mine.rename("the best", "the BEST")
    mine.keep("end credits", "again")
    assert told(theirs) == [("end credits", "again"), ("the BEST", "stars:>=4 is:picked")]
    assert told(Collections(Library(tmp_path), "bob")) == []


def test_the_latest_word_holds_whatever_the_clocks_say(tmp_path):
    ahead = Collections(Library(tmp_path), "ann", "one", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    behind = Collections(Library(tmp_path), "ann", "two", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    ahead.keep("a", "first")
    behind.keep("a", "second")
    assert told(ahead) == told(behind) == [("a", "second")]


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\x1b[2J", "\u200b"])
def test_names_that_can_not_be_used(tmp_path, mine, name):
    with pytest.raises(CollectionError):
        mine.keep(name, "neon")
    mine.keep("a", "neon")
    with pytest.raises(CollectionError):
        mine.rename("a", name)
    assert told(mine) == [("a", "neon")]


def test_what_there_is_not_and_what_is_taken(mine):
    mine.keep("a", "neon")
    mine.keep("b", "")
    for act in (mine.find, mine.remove, lambda name: mine.rename(name, "d")):
        with pytest.raises(CollectionError, match="no collection 'c'") as refused:
            act("c")
        assert "a, b" in refused.value.remedy
    with pytest.raises(CollectionError, match="already"):
        mine.rename("a", "B")
    with pytest.raises(CollectionError, match="too long"):
        mine.keep("c", "x" * (MAX_FILTER + 1))


def test_a_damaged_file_is_named_and_the_others_are_read(tmp_path, mine):
    mine.keep("a", "neon")
    folder = tmp_path / "sessions" / "ann" / "collections"
    (folder / "half.json").write_text('{"collections": {"1": {"name"')
    entry = json.loads((folder / "one.json").read_text())["collections"]["1"]
    entries = [entry | {"name": "b"}, entry | {"name": "x" * 1000}, {"kind": "newer"}]
    (folder / "odd.json").write_text(json.dumps({"collections": dict(enumerate(entries))}))
    theirs = Collections(Library(tmp_path), "ann", "two")
    assert told(theirs) == [("a", "neon"), ("b", "neon")]
    assert {damage.path.name for damage in theirs.damages} == {"half.json", "odd.json"}
    theirs.keep("c", "")
    assert len(told(Collections(Library(tmp_path), "ann"))) == 3
