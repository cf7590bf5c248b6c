"""Changes by path, for what lies in no library; what is written durably survives a kill and a power cut."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from library.errors import UnconfirmedError
from library.files.folder import Folder
from library.files.reasons import unconfirmed, unwritable


def write_durably(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all. Raises LibraryError as `Folder.replacing` does."""
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = True) -> Iterator[BinaryIO]:
    """A new file, which takes the place of `path` at the end: see `Folder.replacing`. Raises LibraryError."""
    try:
        folder = Folder.at(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    with folder, folder.replacing(path.name, sync=sync) as file:
        yield file


def create_file(path: Path) -> BinaryIO:
    """A new file at `path`, to write. Raises OSError, of which FileExistsError where there is one."""
    with Folder.at(path.parent) as folder:
        return folder.create(path.name)


def claim(path: Path, wanted: Path) -> bool:
    """Call a file of one folder `wanted`, unless that is there, durably, content and all: whether it did.

    Raises OSError, or UnconfirmedError where the disk would not confirm the name.
    """
    with Folder.at(path.parent) as folder:
        folder.sync_file(path.name)
        claimed = folder.claim(path.name, wanted.name)
        if claimed:
            folder.sync()
        return claimed


def remove_file(path: Path) -> None:
    """Remove the file or link at `path`, if it is there. Raises OSError."""
    path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Remove a folder with all that is in it, as far as that can be done. Links in it are not followed."""
    shutil.rmtree(path, ignore_errors=True)


def make_folder(path: Path) -> None:
    """Create the folder `path` and its parents, each durable in its parent. Raises LibraryError, never unconfirmed.

    One that is there already is made durable all the same: whoever created it may have been killed before they did.
    Where that fails nothing is in it yet that the caller wanted to write, and nobody must be told that it is there.
    """
    there = os.path.isdir(path)  # noqa: PTH112 - which raises nothing where we may not look
    if not there:
        make_folder(path.parent)
    try:
        with Folder.at(path.parent) as parent:
            if not there:
                parent.make(path.name)
            if not there or parent.may_be_listed():
                parent.sync()
    except UnconfirmedError as error:
        raise unconfirmed(path, error) from error
    except OSError as error:
        raise unwritable(path, error) from error
