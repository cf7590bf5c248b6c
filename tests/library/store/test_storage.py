"""Writes are whole or not at all, and a write that failed leaves no trace."""

from __future__ import annotations

import errno
import os

import pytest
from tinydb import TinyDB

from library.errors import DamagedFileError, LibraryError, UnconfirmedError
from library.files.durable import make_folder, write_durably
from library.files.folder import Folder
from library.library import Library
from library.store.catalog import BatchWriter
from library.store.storage import CrashSafeStorage


def test_what_is_written_is_read_again_by_plain_tinydb(tmp_path):
    path = tmp_path / "a.json"
    TinyDB(Library(tmp_path), path, storage=CrashSafeStorage).table("takes").insert({"seed": 7, "prompt": "é"})
    with TinyDB(path) as plain:
        assert plain.table("takes").all() == [{"seed": 7, "prompt": "é"}]
    assert TinyDB(Library(tmp_path), path, storage=CrashSafeStorage).table("takes").all() == [
        {"seed": 7, "prompt": "é"}
    ]


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call, code):
    path = tmp_path / "a.json"
    table = TinyDB(Library(tmp_path), path, storage=CrashSafeStorage).table("takes")
    table.insert({"seed": 1})
    before = path.read_bytes()

    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as broken:
        if call == "fsync":
            broken.setattr(os, "fsync", fail)
        elif call == "replace":
            broken.setattr(os, "rename", fail)
        else:
            real_create = Folder.create

            def create_and_fail(self, name):
                file = os.fdopen(os.dup((whole := real_create(self, name)).fileno()), "wb", buffering=0)
                whole.close()
                os.close(file.fileno())
                return file

            broken.setattr(Folder, "create", create_and_fail)
        with pytest.raises(LibraryError, match=r"a\.json"):
            table.insert({"seed": 2})
    assert path.read_bytes() == before
    assert [name.name for name in tmp_path.iterdir()] == ["a.json"]
    table.insert({"seed": 3})
    with TinyDB(path) as plain:
        assert plain.table("takes").all() == [{"seed": 1}, {"seed": 3}]


def test_the_folder_is_synced_after_the_rename(tmp_path, monkeypatch):
    happened = []
    real_rename, real_sync = Folder.rename, Folder.sync
    monkeypatch.setattr(Folder, "rename", lambda *given: (happened.append("rename"), real_rename(*given))[1])
    monkeypatch.setattr(Folder, "sync", lambda self: (happened.append("sync"), real_sync(self))[1])
    write_durably(tmp_path / "a", b"x")
    assert happened == ["rename", "sync"]


def test_a_full_disk_says_what_to_do(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(LibraryError) as caught:
        write_durably(tmp_path / "a", b"x")
    assert "space" in caught.value.remedy


def test_a_folder_that_the_disk_does_not_confirm_is_not_told_as_written_to(tmp_path, monkeypatch):
    """A disk that confirms nothing refuses what is to be written there before there is anything of it."""

    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    for act in (lambda: make_folder(tmp_path / "new"), lambda: BatchWriter(Library(tmp_path / "library"))):
        with pytest.raises(LibraryError, match=r"can't be written: .* \(Input/output error\)") as caught:
            act()
        assert not isinstance(caught.value, UnconfirmedError)
        assert "disk" in caught.value.remedy


def test_a_damaged_file_is_named_not_overwritten(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"{half")
    table = TinyDB(Library(tmp_path), path, storage=CrashSafeStorage).table("takes")
    with pytest.raises(DamagedFileError):
        table.insert({"seed": 1})
    assert path.read_bytes() == b"{half"


def test_folders_are_made_with_their_parents(tmp_path):
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError):
        make_folder(tmp_path / "file" / "d")
