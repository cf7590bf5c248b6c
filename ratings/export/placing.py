"""Files that appear under their final names whole, and never in place of another."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fnmatch import fnmatch
from itertools import count
from pathlib import Path

from library.files.durable import claim, create_file, remove_file
from library.files.folder import Folder
from library.files.locks import sharing
from library.files.reasons import unwritable
from library.library import Library
from ratings.errors import ExportError

_TEMPORARY = ".earmark-{}.tmp"


def check_outside(folder: Path, library: Library) -> None:
    """Raise ExportError where `folder` is the library or lies in it, by whatever links: its files would pass for it."""
    way = [Path(os.path.realpath(folder))]
    way += way[0].parents
    for own in (library.root, library.batches, library.sessions, library.set_aside):  # each may be a link itself
        if any(_is_same(step, own) for step in way):
            where = "is the library itself" if _is_same(way[0], library.root) else "is inside the library"
            raise ExportError(f"{folder} {where}.", f"Choose a folder outside {library.root} to export to.")


def check_writable(folder: Path) -> None:
    """Raise LibraryError, which says why, where nothing can be put into `folder`: libsndfile would not tell."""
    with temporary_in(folder) as path:
        try:
            create_file(path).close()
        except OSError as error:
            raise unwritable(folder, error) from error


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths name one folder, also on disks that tell no capital letters and before either is there."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False


def exporting_to(folder: Path) -> AbstractContextManager[None]:
    """Hold `folder` while an export writes to it, cleared of what exports left that were killed.

    Several may write at once; what one left is cleared by the next that is alone. Raises nothing: a disk that knows no
    locks keeps its leavings.
    """

    def clear() -> None:
        with Folder.at(folder) as there:
            for entry in there.scan():
                if fnmatch(entry.name, _TEMPORARY.format("*")):
                    there.remove(entry.name)

    return sharing(folder, clear)


@contextlib.contextmanager
def temporary_in(folder: Path) -> Iterator[Path]:
    """A hidden name in `folder` to write to; what is there afterwards is removed. Raises LibraryError for OSErrors."""
    path = folder / _TEMPORARY.format(secrets.token_hex(8))
    try:
        yield path
    except OSError as error:
        raise unwritable(folder / (error.filename or ""), error) from error  # the gates name files within a folder
    finally:
        with contextlib.suppress(OSError):
            remove_file(path)


def place(temporary: Path, wanted: Path, same: Callable[[Path], bool] = lambda _: False) -> tuple[Path, bool]:
    """Give the file its final name, durably: `wanted`, or the first of name-2, name-3 … that is free.

    Where a file of that name is the `same`, it is left alone and nothing is added. The name that holds the content,
    and whether it was there before. Raises OSError.
    """
    for number in count(1):
        path = numbered(wanted, number)
        if claim(temporary, path):
            return path, False
        if same(path):
            return path, True
    raise AssertionError("unreachable")


def numbered(path: Path, number: int) -> Path:
    """`path` for 1, else with the number after its stem."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
