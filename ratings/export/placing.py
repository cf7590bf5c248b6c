"""Files that appear under their final names whole, and never in place of another."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from library.files.durable import sync_folder
from library.files.reasons import unwritable
from library.library import Library
from ratings.errors import ExportError

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


_TEMPORARY = ".earmark-{}.tmp"


def check_outside(folder: Path, library: Library) -> None:
    """Raise ExportError where `folder` is the library or lies in it, by whatever links: its files would pass for it."""
    way = [Path(os.path.realpath(folder))]
    way += way[0].parents
    for own in (library.root, library.batches, library.sessions, library.set_aside):  # each may be a link itself
        if any(_is_same(step, own) for step in way):
            where = "is the library itself" if _is_same(way[0], library.root) else "is inside the library"
            raise ExportError(f"{folder} {where}.", f"Name a folder outside {library.root} to export to.")


def check_writable(folder: Path) -> None:
    """Raise LibraryError, which says why, where nothing can be put into `folder`: libsndfile would not tell."""
    with temporary_in(folder) as path:
        try:
            path.touch()
        except OSError as error:
            raise unwritable(folder, error) from error


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths name one folder, also on disks that tell no capital letters and before either is there."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False


@contextlib.contextmanager
def exporting_to(folder: Path) -> Iterator[None]:
    """Hold `folder` while an export writes to it, cleared of what exports left that were killed.

    Several may write at once; what one left is cleared by the next that is alone. Raises nothing: a disk that knows no
    locks keeps its leavings.
    """
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in folder.glob(_TEMPORARY.format("*")):
                left.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def temporary_in(folder: Path) -> Iterator[Path]:
    """A hidden name in `folder` to write to; what is there afterwards is removed. Raises LibraryError for OSErrors."""
    path = folder / _TEMPORARY.format(secrets.token_hex(8))
    try:
        yield path
    except OSError as error:
        raise unwritable(Path(error.filename or folder), error) from error
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def place(temporary: Path, wanted: Path, same: Callable[[Path], bool] = lambda _: False) -> tuple[Path, bool]:
    """Give the file its final name, durably: `wanted`, or the first of name-2, name-3 … that is free.

    Where a file of that name is the `same`, it is left alone and nothing is added. The name that holds the content,
    and whether it was there before. Raises OSError.
    """
    sync_file(temporary)
    for number in count(1):
        path = numbered(wanted, number)
        if _claim(temporary, path):
            sync_folder(path.parent)
            return path, False
        if same(path):
            return path, True
    raise AssertionError("unreachable")


def numbered(path: Path, number: int) -> Path:
    """`path` for 1, else with the number after its stem."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _claim(temporary: Path, path: Path) -> bool:
    """Link the file to `path` unless that exists: one step, unlike looking first and renaming then."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A disk without hard links, such as a memory stick. Between these two lines another program could win.
        if os.path.lexists(path):
            return False
        temporary.rename(path)
    return True


def sync_file(path: Path) -> None:
    """Make the file's content durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
