"""The folder a running app keeps decoded sound in, and the end of those that dead ones left."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path

CHUNK_SECONDS = 30
"""How much of a take lies in one file: what must be decoded at worst to hear a place in the middle of a long one."""
_LOCK = "lock"


class SoundCache:
    """A private folder, locked for as long as this process lives."""

    def __init__(self, root: Path) -> None:
        """Make the folder under `root`, else where temporary files go. Raises OSError where neither can be written."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._open(root)
        except OSError:
            self._open(Path(tempfile.mkdtemp(prefix="earmark-")))

    def close(self) -> None:
        """Unlock it, for the next app to remove; the decoder has normally removed it already."""
        os.close(self._lock)

    def _open(self, root: Path) -> None:
        guard = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            for folder in root.iterdir():
                if folder.is_dir() and not folder.is_symlink() and _is_abandoned(folder):
                    shutil.rmtree(folder, ignore_errors=True)
            self.folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
            self.folder.mkdir(mode=0o700)
            self._lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        finally:
            os.close(guard)


def _is_abandoned(folder: Path) -> bool:
    """Whether no living process holds its lock."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return not any(folder.iterdir())
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
