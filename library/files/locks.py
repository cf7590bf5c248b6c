"""Files and folders that processes hold, in turn or together, for as long as they live."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from library.files.reading import UnfitFileError


def open_locked(path: Path) -> int:
    """The descriptor of the plain file `path`, made if need be, once no other process holds it. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UnfitFileError(errno.ENXIO, "it is a pipe or a device, not a file", str(path))
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        os.close(handle)
        raise
    return handle


@contextlib.contextmanager
def sharing(folder: Path, alone: Callable[[], None]) -> Iterator[None]:
    """Hold `folder` together with others; before that, where nobody else holds it, do what is for one that is `alone`.

    Raises nothing: a disk that knows no locks tells nobody that they are alone.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone()
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)
