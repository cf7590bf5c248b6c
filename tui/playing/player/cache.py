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
        """The folder will be under `root`, else where temporary files go."""
        self._root = root
        self._lock: int | None = None
        self.folder: Path | None = None
        """None until it is open."""

    def open(self) -> Path:
        """Make the folder, unless it is there. Raises OSError where none can be written."""
        if self.folder is None or not self.folder.is_dir():
            try:
                self._root.mkdir(parents=True, exist_ok=True)
                self._make(self._root)
            except OSError:
                self._make(Path(tempfile.mkdtemp(prefix="earmark-")))
        assert self.folder is not None  # noqa: S101 - made just now
        return self.folder

    def close(self) -> None:
        """Unlock it, for the next app to remove; the decoder has normally removed it already."""
        if self._lock is not None:
            os.close(self._lock)
        self.folder = self._lock = None

    def _make(self, root: Path) -> None:
        guard = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            for folder in root.iterdir():
                if folder.is_dir() and not folder.is_symlink() and _is_abandoned(folder):
                    shutil.rmtree(folder, ignore_errors=True)
            self.close()
            folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
            folder.mkdir(mode=0o700)
            self._lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.folder = folder
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
