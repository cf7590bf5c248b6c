"""Which sound each file held when it was last read, so that importing a folder again decodes only what has changed."""

from __future__ import annotations

import contextlib
import threading
import time
from functools import cached_property
from pathlib import Path

import msgspec

from library import locations
from library.errors import LibraryError
from library.files.decoding import NotJsonError, decode_json
from library.files.durable import make_folder, replacing
from library.files.file_stamp import FileStamp, stamp_of
from library.files.reading import read_file
from library.take import TakeId

SCHEME = 1
"""Grows when the same file would get another id."""
MAX_FILES = 200_000
"""So many files are remembered, the last ones seen."""
_MAX_BYTES = 256 << 20
_SETTLED_S = 2.0
"""A file that was changed so recently may change once more within the same tick of the disk's clock."""


class _CacheFile(msgspec.Struct):
    scheme: int
    files: dict[str, tuple[FileStamp, str]]


_KEPT = msgspec.json.Decoder(_CacheFile)


class KnownSounds:
    """A cache in a file that may vanish at any time. Safe to use from several threads; the last one to save wins."""

    def __init__(self, file: Path) -> None:
        """Nothing is read yet."""
        self._file = file
        self._unsaved = False
        self._lock = threading.Lock()

    @classmethod
    def of_user(cls) -> KnownSounds:
        """The one in the user's cache folder."""
        return cls(locations.cache_folder() / "known-sounds.json")

    def find(self, path: Path) -> TakeId | None:
        """The sound that `path` holds, None where only reading it can tell."""
        with self._lock:
            known = self._files.get(str(path))
        return TakeId(known[1]) if known is not None and known[0] == stamp_of(path) else None

    def remember(self, path: Path, stamp: FileStamp | None, sound: TakeId) -> None:
        """`path` held `sound` when it had `stamp`, which was taken before it was read."""
        if stamp is None or max(stamp.modified_ns, stamp.changed_ns) / 1e9 > time.time() - _SETTLED_S:
            return
        with self._lock:
            self._files.pop(str(path), None)
            self._files[str(path)] = (stamp, sound)
            self._unsaved = True

    def save(self) -> None:
        """Keep what is new for the next time, as far as the disk allows."""
        with self._lock:
            if not self._unsaved:
                return
            files = dict(list(self._files.items())[-MAX_FILES:])
            with contextlib.suppress(LibraryError):
                make_folder(self._file.parent)
                with replacing(self._file, sync=False) as file:
                    file.write(msgspec.json.encode(_CacheFile(SCHEME, files)))
            self._unsaved = False

    @cached_property
    def _files(self) -> dict[str, tuple[FileStamp, str]]:
        try:
            kept = decode_json(read_file(self._file, _MAX_BYTES), _KEPT)
        except (OSError, NotJsonError):
            return {}
        return kept.files if kept.scheme == SCHEME else {}
