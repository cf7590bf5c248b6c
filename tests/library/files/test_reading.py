"""The reading gate: whatever is put in a file's place, it is told in a moment and never waited for."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from library.files import reading
from library.files.reading import UnfitFileError, open_file, read_file


def test_a_plain_file_is_read_whole(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(os.urandom(300_000))
    assert read_file(path, 300_000) == path.read_bytes()
    (tmp_path / "link").symlink_to(path)
    with open_file(tmp_path / "link") as file:
        assert file.read() == path.read_bytes()


def test_one_byte_too_many_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_file(tmp_path / "a", 5) == b"12345"
    with pytest.raises(UnfitFileError, match="too large"):
        read_file(tmp_path / "a", 4)


def test_an_empty_file_and_one_of_the_kernel_that_claims_to_be_empty(tmp_path):
    (tmp_path / "a").touch()
    assert read_file(tmp_path / "a", 0) == b""
    assert read_file("/proc/self/status", 1 << 20).startswith(b"Name:")
    with pytest.raises(UnfitFileError):
        read_file("/proc/self/status", 10)


def _sparse(path):
    with path.open("wb") as file:
        file.truncate(50 << 30)


def _socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (os.mkfifo, UnfitFileError),
        (lambda path: path.symlink_to("/dev/zero"), UnfitFileError),
        (lambda path: path.symlink_to("/dev/tty"), OSError),
        (_socket, UnfitFileError),
        (_sparse, UnfitFileError),
        (lambda path: path.mkdir(), IsADirectoryError),
        (lambda path: path.symlink_to(path), OSError),
    ],
    ids=["pipe", "device", "terminal", "socket", "50 GB of nothing", "folder", "loop"],
)
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, make, error):
    make(path := tmp_path / "a")
    began, before = time.monotonic(), len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(error):
        read_file(path, 1 << 20)
    assert time.monotonic() - began < 1
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_that_grows_while_it_is_read_is_read_no_further_than_the_bound(tmp_path, monkeypatch):
    path, whole = tmp_path / "a", os.read
    path.write_bytes(b"x" * 10)

    def read_of_a_growing_one(handle, count):
        with path.open("ab") as file:
            file.write(b"x" * 1_000_000)
        return whole(handle, count)

    monkeypatch.setattr(reading.os, "read", read_of_a_growing_one)
    with pytest.raises(UnfitFileError, match="too large"):
        read_file(path, 500_000)
