"""The folder a running app keeps decoded sound in."""

from __future__ import annotations

from pathlib import Path

from library.files.temporary import TemporaryFolder

CHUNK_SECONDS = 30
"""How much of a take lies in one file: what must be decoded at worst to hear a place in the middle of a long one."""
_KIND = "playing"


class SoundCache:
    """A private folder, gone when it is closed or, at the next start of an app, when its process was killed."""

    def __init__(self, root: Path) -> None:
        """The folder will be under `root`, else where temporary files go."""
        self._root = root
        self._temporary: TemporaryFolder | None = None

    @property
    def folder(self) -> Path | None:
        """None until it is open."""
        return None if self._temporary is None else self._temporary.path

    def open(self) -> Path:
        """Make the folder, unless it is there. Raises OSError where none can be written."""
        if self._temporary is None or not self._temporary.path.is_dir():
            self.close()
            try:
                self._root.mkdir(parents=True, exist_ok=True)
                self._temporary = TemporaryFolder(_KIND, self._root)
            except OSError:
                self._temporary = TemporaryFolder(_KIND)
        return self._temporary.path

    def close(self) -> None:
        """Remove the folder; the decoder has normally removed it already."""
        if self._temporary is not None:
            self._temporary.close()
            self._temporary = None
