"""The library's gates: nothing outside its folder is read into it, changed or removed, by whatever links."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from library.errors import EarmarkError, LibraryError, UnknownUserError
from library.files.folder import Folder
from library.files.reading import UnfitFileError
from library.library import Library
from library.locations import LIBRARY_VARIABLE, default_library, typed_path
from library.store.catalog import Catalog
from library.store.shards import set_aside
from ratings.journal import Journal
from tests.judging import Judge


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "library")
    library.found()
    return library


@pytest.fixture
def outside(tmp_path):
    """A private folder beside the library, and what must be in it afterwards."""
    folder = tmp_path / "private"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "settings.json").write_text('{"secret": 1}')
    (folder / "library.json").write_text('{"format": 1}')
    before = _contents(folder)
    yield folder
    assert _contents(folder) == before


def _contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_a_library_is_founded_once_and_missed_when_it_has_gone(tmp_path):
    library = Library(tmp_path / "new")
    assert not library.check()
    assert not library.was_founded()
    library.found()
    assert library.check()
    assert library.marker.read_text() == '{"format":1}\n'
    library.root.rename(tmp_path / "elsewhere")
    for act in (library.check_still_there, library.found):
        with pytest.raises(LibraryError, match="disappeared"):
            act()
    assert not library.root.exists()


def test_the_root_itself_may_be_reached_by_a_link(library, tmp_path):
    (tmp_path / "link").symlink_to(library.root)
    again = Library(tmp_path / "link")
    again.make_folder(again.sessions / "ana")
    again.write(again.sessions / "ana" / "a.json", b"1")
    assert library.read(library.sessions / "ana" / "a.json") == b"1"


@pytest.mark.parametrize("path", ["../private/app/settings.json", "/etc/passwd", "a/../../b", "../library2/x"])
def test_no_path_leaves_the_library(library, path):
    for act in (library.read, library.status, library.scan, library.remove, library.make_folder):
        with pytest.raises(LibraryError, match="isn't in the library"):
            act(library.root / path)


def test_a_folder_beside_it_of_a_longer_name_is_not_in_it(library):
    with pytest.raises(LibraryError, match="isn't in the library"):
        library.read(Path(f"{library.root}2") / "a")


@pytest.mark.parametrize("link", ["sessions", "sessions/app", "sessions/deep/app"])
def test_no_folder_is_entered_by_a_link(library, outside, link):
    (library.root / link).parent.mkdir(parents=True, exist_ok=True)
    (library.root / link).symlink_to(outside / "app" if link.endswith("app") else outside)
    inside = library.root / link / ("settings.json" if link.endswith("app") else "app/settings.json")
    for read in (library.read, library.status, lambda path: library.scan(path.parent)):
        with pytest.raises(UnfitFileError, match="it is a link"):
            read(inside)
    for change in (
        lambda: library.write(inside, b"changed"),
        lambda: library.write(inside.with_name("new"), b"made"),
        lambda: library.remove(inside),
        lambda: library.rename(inside, inside.with_name("renamed")),
        lambda: library.rename(library.marker, inside),
        lambda: library.make_folder(inside.parent / "new"),
        lambda: library.sync(inside.parent),
        lambda: set_aside(library, inside),
        lambda: set_aside(library, inside, b"{}"),
    ):
        with pytest.raises(LibraryError, match=r"is a link|couldn't be written: it is a link"):
            change()
    assert library.marker.is_file()


def test_no_file_is_read_by_a_link_and_a_link_is_replaced_not_followed(library, outside):
    path = library.root / "a.json"
    path.symlink_to(outside / "app" / "settings.json")
    with pytest.raises(UnfitFileError, match="it is a link"):
        library.read(path)
    library.write(path, b"mine")
    assert path.read_bytes() == b"mine"
    assert not path.is_symlink()
    path.unlink()
    path.symlink_to(outside / "app" / "settings.json")
    library.remove(path)
    assert not path.is_symlink()


def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(library, outside):
    library.make_folder(library.sessions / "ana")
    with library.folder(library.sessions / "ana") as folder:
        (library.sessions / "ana").rename(library.sessions / "bob")
        (library.sessions / "ana").symlink_to(outside / "app")
        folder.write("settings.json", b"mine")
    assert (library.sessions / "bob" / "settings.json").read_bytes() == b"mine"


def test_links_put_in_the_way_again_and_again_lead_nowhere(library, outside):
    """A race, lost by whoever tries: one thread swaps the folder and a link, another writes and reads."""
    library.make_folder(library.sessions / "app")
    done, swapped = threading.Event(), library.sessions / "swapped"

    def swap() -> None:
        while not done.is_set():
            (library.sessions / "app").rename(swapped)
            (library.sessions / "app").symlink_to(outside / "app")
            (library.sessions / "app").unlink()
            swapped.rename(library.sessions / "app")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        limit, written, refused = time.monotonic() + 30, 0, 0
        while (written < 5 or refused < 5) and time.monotonic() < limit:
            try:
                library.write(library.sessions / "app" / "settings.json", b"mine")
                written += 1
            except LibraryError:
                refused += 1
    finally:
        done.set()
        thread.join()
    assert written
    assert refused


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50 << 30)


HOSTILE = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "sparse": _sparse,
    "folder": lambda path: path.mkdir(),
    "link": lambda path: path.symlink_to(path.parent.parent / "private" / "library.json"),
    "deep": lambda path: path.write_bytes(b'{"format":' * 100_000),
    "deep within": lambda path: path.write_bytes(b'{"format": 1, "x":' + b"[" * 100_000),
    "digits": lambda path: path.write_bytes(b'{"format": ' + b"9" * 5_000 + b"}"),
    "digits within": lambda path: path.write_bytes(b'{"format": 1, "x": ' + b"9" * 5_000 + b"}"),
    "no text": lambda path: path.write_bytes(b'{"format": "\xff"}'),
    "loop": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_marker_is_told_in_words_at_once(library, outside, kind):
    library.marker.unlink()
    HOSTILE[kind](library.marker)
    for act in (Library.check, Catalog.load, Journal.load, Library.found):
        began = time.monotonic()
        with pytest.raises(LibraryError, match=r"library\.json"):
            act(Library(library.root))
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_in_the_place_of_one_s_own_log_holds_up_no_judge(library, kind):
    judge = Judge(Journal.load(library).log_of_commands("ana", "machine"))
    judge.stars("0" * 20, 3)
    (path,) = library.sessions.rglob("*.json")
    path.unlink()
    HOSTILE[kind](path)
    again = Judge(Journal.load(Library(library.root)).log_of_commands("ana", "machine"))
    again.stars("0" * 20, 4)
    assert Journal.load(library).history.ratings("0" * 20).stars == 4


def test_a_home_of_nobody_is_told_in_words(monkeypatch):
    for act in (lambda: typed_path("~nosuchuser/music"), lambda: Library(Path("~nosuchuser"))):
        with pytest.raises(UnknownUserError, match="~nosuchuser") as caught:
            act()
        assert isinstance(caught.value, EarmarkError)
        assert caught.value.remedy
    monkeypatch.setenv(LIBRARY_VARIABLE, "~nosuchuser/music")
    with pytest.raises(UnknownUserError):
        default_library()
    assert typed_path("~/a") == Path.home() / "a"
    assert typed_path("a/~nosuchuser") == Path("a/~nosuchuser")


def test_entries_are_told_by_what_they_are(library):
    (library.root / "a").mkdir()
    (library.root / "b").symlink_to("a")
    os.mkfifo(library.root / "c")
    assert [tuple(entry) for entry in library.scan(library.root)] == [
        ("a", "folder"), ("b", "link"), ("c", "other"), ("library.json", "file"),
    ]  # fmt: skip


def test_a_name_is_claimed_once_and_never_taken_from_another(library):
    with Folder.at(library.root) as folder:
        for name in ("one", "two"):
            folder.create(name).close()
        assert folder.claim("one", "wanted")
        assert not folder.claim("two", "wanted")
