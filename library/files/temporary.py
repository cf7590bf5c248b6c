"""Folders for what is thrown away after use, also when the process that uses one is killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Self


class TemporaryFolder:
    """A private folder, locked until it is closed or its process ends, however that ends."""

    def __init__(self, kind: str, within: Path | None = None) -> None:
        """Make it, `within` a folder or with temporary files, and sweep up after dead processes. Raises OSError."""
        prefix = f"earmark-{kind}-"
        _sweep(within or Path(tempfile.gettempdir()), prefix)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
            with contextlib.suppress(FileNotFoundError):
                self._lock = os.open(self.path, os.O_RDONLY)
                with contextlib.suppress(OSError):  # on a disk without locks it is nobody's to remove but ours
                    fcntl.flock(self._lock, fcntl.LOCK_EX)
                if self.path.is_dir():
                    return
                os.close(self._lock)  # another process swept it before it was locked

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _sweep(root: Path, prefix: str) -> None:
    """Remove this user's folders of that prefix that no living process holds."""
    with os.scandir(root) as entries:
        for entry in entries:
            if not entry.name.startswith(prefix):
                continue
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid != os.getuid():
                    continue
                folder = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(entry.path, ignore_errors=True)
                finally:
                    os.close(folder)
