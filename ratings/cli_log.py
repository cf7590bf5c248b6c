"""Commands that judge take turns on one log a day, machine and listener, not on one file a judgement each."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from library import locations
from library.errors import LibraryError
from library.files.durable import make_folder
from library.files.locks import open_locked


@contextmanager
def in_turn() -> Iterator[str | None]:
    """Wait until no other command of this user judges on this machine; the machine's name, as logs have it.

    None where the user's settings folder can't be written or locked: whoever judges then has a file of their own.
    """
    handle = None
    try:
        path = locations.settings_file().with_name("commands")
        make_folder(path.parent)
        handle = open_locked(path)
        name = _name(handle)
    except (OSError, LibraryError):
        name = None
    try:
        yield name
    finally:
        if handle is not None:
            with suppress(OSError):  # what a network's disk has to say of the name: it is no part of what was judged
                os.close(handle)


def _name(handle: int) -> str:
    """Drawn once, and kept in the file that is the lock. The host's name is in it for homes that machines share."""
    token = os.pread(handle, 100, 0)
    if not re.fullmatch(rb"[0-9a-f]{32}", token):
        token = secrets.token_hex(16).encode()
        os.ftruncate(handle, 0)
        os.pwrite(handle, token, 0)
        os.fsync(handle)
    return hashlib.sha256(token + platform.node().encode()).hexdigest()[:8]
