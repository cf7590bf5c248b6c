"""Files that appear under their final names whole, and never in place of another."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from library.storage import sync_folder, unwritable

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


@contextlib.contextmanager
def temporary_in(folder: Path) -> Iterator[Path]:
    """A hidden name in `folder` to write to; what is there afterwards is removed. Raises LibraryError for OSErrors."""
    path = folder / f".earmark-{secrets.token_hex(8)}.tmp"
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
