"""What commands print for programs: one JSON document, however many takes there are."""

import json

import msgspec
import pytest

from library.library import Library
from library.store.catalog import BatchWriter, Catalog
from library.take import Take, digest_of, make_id, utc_now
from ratings.history import History
from tui.cli import output


@pytest.fixture
def catalog(tmp_path):
    """Five takes, one with a prompt that a terminal would obey."""
    catalog = Catalog(Library(tmp_path))
    batch = BatchWriter(catalog.library)
    batch.add([
        Take(
            id=make_id(digest_of(b"%d" % seed)), batch=batch.name, file="/tmp/x.flac", duration_s=1.0, sample_rate=8000,
            channels=1, created_at=utc_now(), prompt="a \x9b31m\u202e\x7f b" if seed == 3 else None, seed=seed,
        )
        for seed in range(5)
    ])  # fmt: skip
    catalog.refresh()
    return catalog


@pytest.mark.parametrize("piece", [1, 2, 5, 1000])
def test_takes_in_pieces_are_the_document_they_are_in_one(catalog, capsys, monkeypatch, piece):
    takes, history = list(catalog), History()
    output.print_json({"takes": output.takes_json(takes, catalog, history)})
    whole = capsys.readouterr().out
    monkeypatch.setattr(output, "PIECE", piece)
    output.print_takes(takes, catalog, history)
    printed = capsys.readouterr().out
    assert printed == whole
    assert printed.count("\n") == 1
    assert not set(printed) & set("\x9b\u202e\x7f")
    assert [take["seed"] for take in json.loads(printed)["takes"]] == list(range(5))
    assert msgspec.json.decode(printed)["takes"][3]["prompt"] == takes[3].prompt


def test_no_takes_are_an_empty_list(catalog, capsys):
    output.print_takes([], catalog, History())
    assert capsys.readouterr().out == '{"takes":[]}\n'


def test_what_is_no_number_is_null_also_beside_a_path_that_is_no_text(capsys):
    numbers = [float("nan"), float("inf"), -float("inf"), 1.5]
    for path in ("/tmp/x.wav", "/tmp/\udcff.wav"):
        output.print_json({"path": path, "numbers": numbers, "takes": [msgspec.Raw(b'{"lufs":-9}')]})
        printed = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
        assert printed == {"path": path, "numbers": [None, None, None, 1.5], "takes": [{"lufs": -9}]}


@pytest.mark.parametrize(
    ("text", "length", "left"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abn\u0323\u0323d", 4, "ab…"), ("\u0323" * 5, 3, "…"), ("", 3, "")],
)
def test_what_is_cut_keeps_letters_whole(text, length, left):
    assert output.cut(text, length) == left
