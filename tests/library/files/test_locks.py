"""Files and folders that are held, and what tells a file from itself at another time."""

from __future__ import annotations

import os

import pytest

from library.files.file_stamp import stamp_of
from library.files.folder import Folder
from library.files.locks import open_locked, sharing
from library.files.reading import UnfitFileError


def test_only_who_is_alone_in_a_folder_clears_it(tmp_path):
    cleared = []
    with sharing(tmp_path, lambda: cleared.append("first")), sharing(tmp_path, lambda: cleared.append("second")):
        assert cleared == ["first"]
    with sharing(tmp_path, lambda: cleared.append("third")):
        assert cleared == ["first", "third"]
    with sharing(tmp_path / "none", lambda: cleared.append("never")):
        assert cleared == ["first", "third"]


def test_a_pipe_in_the_place_of_a_lock_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "lock")
    with pytest.raises(UnfitFileError):
        open_locked(tmp_path / "lock")
    os.close(open_locked(tmp_path / "new"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600


def test_a_file_is_held_for_as_long_as_it_is_written(tmp_path):
    with Folder.at(tmp_path) as folder:
        with folder.create("a"):
            assert folder.is_held("a")
        assert not folder.is_held("a")
        with pytest.raises(FileNotFoundError):
            folder.is_held("none")


def test_a_file_that_was_written_to_has_another_stamp_whatever_its_size_and_date(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    os.utime(path, (1e9, 1e9))
    before = stamp_of(path)
    while stamp_of(path) == before:  # the disk's clock has ticks
        path.write_bytes(b"two")
        os.utime(path, (1e9, 1e9))
    after = stamp_of(path)
    assert after._replace(changed_ns=0) == before._replace(changed_ns=0)
    assert stamp_of(tmp_path / "none") is None
    assert stamp_of("a\0b") is None
