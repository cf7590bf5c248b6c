"""A library on disk: opened, shared by several writers, damaged, newer, hostile."""

from __future__ import annotations

import json
import os
import threading

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.errors import LibraryError, NewerFormatError, UnknownTakeError
from library.library import Library
from library.store.catalog import BatchWriter, Catalog, Change, Place
from library.take import Take


def take(number: int, batch: str = "b", **given_values) -> Take:
    values = {
        "id": f"{number:020x}",
        "batch": batch,
        "file": f"{number:020x}.flac",
        "duration_s": 1.0,
        "sample_rate": 44100,
        "channels": 2,
        "created_at": f"2026-01-01T00:00:{number % 60:02d}.000000Z",
        "prompt": f"prompt {number}",
        "seed": number,
    }
    return Take(**values | given_values)


def put(catalog: Catalog, *takes: Take) -> str:
    batch = BatchWriter(catalog.library)
    batch.add([msgspec.structs.replace(one, batch=batch.name) for one in takes])
    return batch.name


def found(catalog: Catalog) -> Change:
    """What a refresh finds."""
    _, place = catalog.news(Place())
    catalog.refresh()
    return catalog.news(place)[0]


def test_an_unborn_library_is_empty_and_stays_unborn(tmp_path):
    catalog = Catalog.load(Library(tmp_path / "none"))
    assert len(catalog) == 0
    assert not (tmp_path / "none").exists()


@settings(max_examples=25, deadline=None)
@given(groups=st.lists(st.lists(st.integers(0, 99), max_size=6), max_size=5))
def test_the_union_of_the_batches_is_the_library(tmp_path_factory, groups):
    root = tmp_path_factory.mktemp("library")
    writer = Catalog(Library(root))
    reader = Catalog.load(Library(root))
    for group in groups:
        put(writer, *(take(number) for number in dict.fromkeys(group)))
        reader.refresh()
    expected = {f"{number:020x}" for group in groups for number in group}
    assert {one.id for one in reader} == {one.id for one in Catalog.load(Library(root))} == expected
    assert len(reader) == len(expected)


def test_a_refresh_tells_only_what_is_new(tmp_path):
    writer, reader = Catalog(Library(tmp_path)), Catalog.load(Library(tmp_path))
    put(writer, take(1), take(2))
    assert [one.seed for one in found(reader).added] == [1, 2]
    assert found(reader).added == []
    put(writer, take(2), take(3))
    change = found(reader)
    assert [one.seed for one in change.added] == [3]
    assert [one.seed for one in change.changed] == [2]


def test_a_refresh_by_one_reader_is_news_to_the_other(tmp_path):
    catalog = Catalog.load(Library(tmp_path))
    _, place = catalog.news(Place())
    put(catalog, take(1, prompt=None))
    catalog.refresh()
    change, place = catalog.news(place)
    assert [one.seed for one in change.added] == [1]
    put(catalog, take(1), take(2))
    catalog.refresh()
    change, place = catalog.news(place)
    assert [one.seed for one in change.added] == [2]
    assert [one.prompt for one in change.changed] == ["prompt 1"]
    change, _ = catalog.news(place)
    assert (change.added, change.changed) == ([], [])


def test_a_batch_grows_while_others_look(tmp_path):
    reader = Catalog.load(Library(tmp_path))
    batch = BatchWriter(Library(tmp_path))
    for number in range(5):
        batch.add([take(number, batch.name)])
        assert [one.seed for one in found(reader).added] == [number]


def test_only_what_changed_is_read_again(tmp_path, monkeypatch):
    catalog, real, read = Catalog(Library(tmp_path)), Library.read, []

    def note(library, path, *limit):
        read.append(path.parent.name)
        return real(library, path, *limit)

    monkeypatch.setattr(Library, "read", note)
    quiet, batch = put(catalog, take(1)), BatchWriter(catalog.library)
    batch.add([take(2, batch.name)])
    catalog.refresh()
    assert {quiet, batch.name} <= set(read)
    batch.add([take(3, batch.name)])
    read.clear()
    assert [one.seed for one in found(catalog).added] == [3]
    catalog.refresh()
    assert read == [batch.name]


def test_a_take_that_could_not_be_read_again_is_refused(tmp_path):
    batch = BatchWriter(Library(tmp_path))
    batch.add([take(1, batch.name)])
    with pytest.raises(LibraryError, match="length <= 1000"):
        batch.add([take(2, batch.name), take(3, batch.name, model="x" * 1001)])
    batch.add([take(4, batch.name)])
    assert [one.seed for one in Catalog.load(Library(tmp_path))] == [1, 4]


def test_no_library_is_begun_in_the_place_of_one_that_was_taken_away(tmp_path):
    root, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    catalog = Catalog(Library(root))
    put(catalog, take(1))
    catalog.refresh()
    root.rename(elsewhere)
    with pytest.raises(LibraryError, match="disappeared"):
        BatchWriter(catalog.library)
    assert not root.exists()
    elsewhere.rename(root)
    put(catalog, take(2))
    assert [one.seed for one in Catalog.load(Library(root))] == [1, 2]


def test_find_takes_a_unique_beginning(tmp_path):
    catalog = Catalog(Library(tmp_path))
    put(catalog, take(0xABC), take(0xABD))
    catalog.refresh()
    whole = f"{0xABC:020x}"
    assert catalog.find(whole.upper()).seed == 0xABC
    with pytest.raises(UnknownTakeError, match="2 takes"):
        catalog.find("0000")
    for nobody in ("ff", "", "  "):
        with pytest.raises(UnknownTakeError):
            catalog.find(nobody)


def test_the_newest_place_that_exists_is_the_sounds_place(tmp_path):
    catalog = Catalog(Library(tmp_path / "library"))
    old, new = tmp_path / "old.wav", tmp_path / "new.wav"
    put(catalog, take(1, file=str(old), created_at="2026-01-01T00:00:00Z"))
    put(catalog, take(1, file=str(new), created_at="2026-01-02T00:00:00Z"))
    catalog.refresh()
    (one,) = catalog
    old.touch()
    assert catalog.path_of(one) == old
    new.touch()
    assert catalog.path_of(one) == new
    assert set(catalog.places_of(one)) == {old, new}


def test_the_newest_tokens_that_exist_are_the_takes(tmp_path):
    catalog = Catalog(Library(tmp_path))
    for day in (1, 2):
        batch = BatchWriter(catalog.library)
        (batch.folder / "t.npz").touch()
        batch.add([take(1, batch.name, tokens="t.npz", created_at=f"2026-01-0{day}T00:00:00Z")])
    catalog.refresh()
    (one,) = catalog
    newest = catalog.tokens_of(one)
    assert newest.parent.name == batch.name
    newest.unlink()
    assert catalog.tokens_of(one).is_file()
    assert catalog.tokens_of(one) != newest


def test_takes_are_found_while_others_come(tmp_path):
    catalog, writer = Catalog(Library(tmp_path)), Catalog(Library(tmp_path))
    failures, done = [], threading.Event()

    def look():
        while not done.is_set():
            try:
                catalog.find("ff")
            except UnknownTakeError:
                continue
            except RuntimeError as error:
                failures.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    for start in range(0, 30_000, 10_000):
        put(writer, *map(take, range(start, start + 10_000)))
        catalog.refresh()
    done.set()
    thread.join()
    assert failures == []


def test_many_documents_of_one_sound_cost_no_more_than_as_many_takes(tmp_path):
    moments = [f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z" for n in range(20_000)]
    put(Catalog(Library(tmp_path)), *(take(1, file=f"/{moment}.wav", created_at=moment) for moment in moments))
    catalog = Catalog(Library(tmp_path))
    change = found(catalog)
    assert len(change.added) == 1
    assert len(catalog.documents_of(change.added[0])) == len(moments)
    assert found(catalog).changed == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"x"', b'{"takes": {"1": ', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_batch_is_left_alone_and_read_when_it_is_whole(tmp_path, content):
    catalog = Catalog(Library(tmp_path))
    broken, _ = put(catalog, take(1)), put(catalog, take(2))
    path = tmp_path / "batches" / broken / "batch.json"
    whole = path.read_bytes()
    path.write_bytes(content)
    fresh = Catalog.load(Library(tmp_path))
    assert [one.seed for one in fresh] == [2]
    (damage,) = fresh.damages
    assert damage.path == path
    assert path.read_bytes() == content
    path.write_bytes(whole[: len(whole) // 2])
    fresh.refresh()
    assert fresh.damages == [damage], "told once, however much of it has come"
    path.write_bytes(whole)
    assert [one.seed for one in found(fresh).added] == [1]
    assert fresh.damages == []


@pytest.mark.parametrize("nothing", [b"", b"{}", b'{"takes": {}}', b'{"_default": {}}'])
def test_a_batch_without_any_entry_is_told(tmp_path, nothing):
    path = tmp_path / "batches" / put(Catalog(Library(tmp_path)), take(1)) / "batch.json"
    path.write_bytes(nothing)
    (damage,) = Catalog.load(Library(tmp_path)).damages
    assert (damage.path, damage.reason) == (path, "It's empty. It will be read once it's complete.")


def test_a_batch_that_a_copier_fills_in_place_under_its_old_date_is_read_when_it_is_whole(tmp_path):
    path = tmp_path / "batches" / put(Catalog(Library(tmp_path)), take(1)) / "batch.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + bytes(len(whole) - 40))
    os.utime(path, (1e9, 1e9))
    catalog, first = Catalog.load(Library(tmp_path)), path.stat()
    with path.open("r+b") as file:
        file.write(whole)
    os.utime(path, (1e9, 1e9))
    while path.stat().st_ctime_ns == first.st_ctime_ns:  # the disk's clock ticks every few milliseconds
        os.utime(path, (1e9, 1e9))
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (first.st_mtime_ns, first.st_ino)
    assert [one.seed for one in found(catalog).added] == [1]
    assert catalog.damages == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "../../etc"},
        {"duration_s": -1},
        {"sample_rate": "fast"},
        {"seed": 2**64},
        {"file": "../../outside.flac"},
        {"file": "a/../../../outside.flac"},
        {"file": "a\\..\\outside.flac"},
        {"file": ""},
        {"file": "nul\0.flac"},
        {"tokens": "/etc/passwd"},
        {"prompt": "x" * 20_000},
        {"recipe": {"generator": "sketch"}},
    ],
)
def test_one_unsound_document_costs_only_itself(tmp_path, wrong):
    catalog = Catalog(Library(tmp_path))
    name = put(catalog, take(1), take(2), take(3))
    path = tmp_path / "batches" / name / "batch.json"
    tables = json.loads(path.read_bytes())
    tables["takes"]["2"] |= wrong
    path.write_text(json.dumps(tables))
    fresh = Catalog.load(Library(tmp_path))
    assert [one.seed for one in fresh] == [1, 3]
    (damage,) = fresh.damages
    assert damage.path == path
    assert "regex" not in damage.reason, "words for users"
    assert path.exists(), "a batch with sound documents stays where it is"


@pytest.mark.parametrize(
    ("marker", "error"),
    [
        (b'{"format": 2}', NewerFormatError),
        (b'{"format": "x"}', LibraryError),
        (b'{"format": true}', LibraryError),
        (b"{}", LibraryError),
        (b"not json", LibraryError),
    ],
)
def test_a_library_of_another_format_is_refused_untouched(tmp_path, marker, error):
    (tmp_path / "library.json").write_bytes(marker)
    with pytest.raises(error):
        Catalog(Library(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["library.json"]
    assert (tmp_path / "library.json").read_bytes() == marker


def test_a_file_is_no_library(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError):
        Catalog(Library(tmp_path / "file"))
    with pytest.raises(LibraryError):
        Catalog(Library(tmp_path / "file" / "below"))
