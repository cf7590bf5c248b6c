"""Importing again: what was read before is not read once more, and whatever changed is."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from library.importing.inspect_file import inspect_file
from library.importing.known_sounds import KnownSounds, stamp_of
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.sound.audio import sound_id
from library.store.catalog import Catalog
from library.take import TakeId

SOUND = TakeId("0123456789abcdef0123")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "known-sounds.json"


@pytest.fixture
def settled(monkeypatch):
    """Every file counts as changed long ago."""
    monkeypatch.setattr("library.importing.known_sounds._SETTLED_S", -3600.0)


@pytest.fixture
def decoded(monkeypatch):
    """The files that were really read, in order."""
    read = []

    def spy(path, said, pattern, stop, known=None, **more):
        read.extend([path.name] if known is None else [])
        return inspect_file(path, said, pattern, stop, known, **more)

    monkeypatch.setattr("library.importing.run_import.inspect_file", spy)
    return read


def load(catalog, folder, cache):
    return run_import(catalog, ImportRequest([folder]), known=KnownSounds(cache))


def test_a_folder_is_read_once(catalog, make_sound, cache, settled, decoded):
    folder = make_sound("warm_s0.wav", 0).parent
    for kind in (1, 2):
        make_sound(f"warm_s{kind}.wav", kind)
    first = load(catalog, folder, cache)
    assert len(first.takes) == len(decoded) == 3
    decoded.clear()
    again = load(Catalog.load(catalog.library), folder, cache)
    assert (again.takes, len(again.duplicates), decoded) == ([], 3, [])
    make_sound("new_s9.wav", 9)
    assert [take.seed for take in load(catalog, folder, cache).takes] == [9]
    assert decoded == ["new_s9.wav"]


def test_another_library_reads_for_itself_and_finds_the_same(catalog, make_sound, cache, settled, decoded, tmp_path):
    path = make_sound("warm_s1.flac", 1)
    load(catalog, path, cache)
    other = Catalog.load(Library(tmp_path / "other"))
    assert [take.id for take in load(other, path, cache).takes] == [take.id for take in catalog]
    assert decoded == ["warm_s1.flac"] * 2


def test_a_changed_file_is_noticed_even_with_its_old_size_and_date(
    catalog, make_sound, cache, settled, decoded, tmp_path
):
    path = make_sound("warm_s1.wav", 1)
    other = shutil.copy(make_sound("other_s1.wav", 2), tmp_path / "other.wav")
    (path.parent / "other_s1.wav").unlink()
    load(catalog, path.parent, cache)
    before = path.stat()
    path.write_bytes(other.read_bytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert len(load(catalog, path.parent, cache).takes) == 1
    assert decoded == ["warm_s1.wav"] * 2


def test_copies_are_made_of_what_is_known_only_outside_the_library(catalog, make_sound):
    path = make_sound("warm_s1.wav", 1)
    run_import(catalog, ImportRequest([path]))
    report = run_import(catalog, ImportRequest([path], copy=True))
    assert (report.takes, report.duplicates, report.updated) == ([], [path], [path])
    path.unlink()
    (take,) = Catalog.load(catalog.library)
    assert sound_id(catalog.path_of(take)) == take.id
    batches = len(list(catalog.library.root.glob("batches/*")))
    path = make_sound("warm_s1.wav", 1)
    assert run_import(catalog, ImportRequest([path], copy=True)).updated == []
    assert len(list(catalog.library.root.glob("batches/*"))) == batches


def test_words_that_changed_beside_a_known_file_are_heard(catalog, make_sound, cache, settled, decoded):
    path = make_sound("warm_s1.wav", 1)
    load(catalog, path, cache)
    path.with_name("warm_s1.wav.json").write_text('{"prompt": "cold pads", "seed": 7}')
    load(catalog, path, cache)
    ((take),) = Catalog.load(catalog.library)
    assert (take.prompt, take.seed) == ("cold pads", 7)
    assert decoded == ["warm_s1.wav"]


def test_a_file_that_has_just_been_written_is_not_trusted(tmp_path, cache):
    path = tmp_path / "fresh.wav"
    path.write_bytes(b"x")
    known = KnownSounds(cache)
    known.remember(path, stamp_of(path), SOUND)
    assert known.find(path) is None
    old = stamp_of(path)._replace(modified_ns=1, changed_ns=int(1e9 * (time.time() - 60)))
    known.remember(path, old, SOUND)
    assert known.find(path) is None, "its stamp is another one by now"


@pytest.mark.parametrize("copy", [False, True])
def test_a_file_that_is_written_while_it_is_read_is_refused(catalog, make_sound, monkeypatch, copy):
    path, other = make_sound("a_s1.wav", 1), make_sound("b_s2.wav", 2)

    def inspect(named, *rest, **more):
        found = inspect_file(named, *rest, **more)
        if named == path:
            make_sound("a_s1.wav", 3)
        return found

    monkeypatch.setattr("library.importing.run_import.inspect_file", inspect)
    report = run_import(catalog, ImportRequest([path, other], copy=copy))
    assert [take.seed for take in report.takes] == [2]
    assert [failed for failed, _ in report.failed] == [path]
    assert "changed while it was being read" in report.failed[0][1]
    assert [sound_id(catalog.path_of(take)) for take in catalog] == [take.id for take in catalog]
    assert len(list(catalog.library.root.rglob("*.wav"))) == copy


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"scheme": 0, "files": {}}', b'{"scheme": 1, "files": 3}', b"\xff"]
)
def test_a_cache_that_makes_no_sense_is_begun_anew(catalog, make_sound, cache, settled, decoded, content):
    cache.parent.mkdir()
    cache.write_bytes(content)
    path = make_sound("warm_s1.wav", 1)
    assert len(load(catalog, path, cache).takes) == 1
    load(catalog, path, cache)
    assert decoded == ["warm_s1.wav"]


def test_a_cache_that_cannot_be_written_stops_nothing(catalog, make_sound, tmp_path, settled):
    (tmp_path / "cache").write_bytes(b"a file is in the way")
    report = load(catalog, make_sound("warm_s1.wav", 1), tmp_path / "cache" / "known-sounds.json")
    assert len(report.takes) == 1
