"""The writing gate: names in an open folder, which no link can lead elsewhere once it is open."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, Self, cast

from library.errors import UnconfirmedError
from library.files.reading import UnfitFileError, open_plain
from library.files.reasons import unwritable, writing_remedy

_HANDLE = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
"""Where there is O_PATH, a folder may be entered that may not be listed."""
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF}
_NO_LOCKS = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL)
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


class Entry(NamedTuple):
    """A name in a folder, and what has it."""

    name: str
    kind: Literal["file", "folder", "link", "other"]


class Folder:
    """A folder that is open: what is done to names in it is done there, whatever becomes of the path that led to it.

    The methods raise OSError as the system does, unless they say otherwise. None follows a link.
    """

    def __init__(self, path: Path, handle: int) -> None:
        """`path` is what it is called in errors; `handle` is its descriptor, which `close` closes."""
        self.path = path
        self._handle = handle

    @classmethod
    def at(cls, path: Path) -> Self:
        """The folder at `path`, or where that link leads. Raises OSError."""
        return cls(path, os.open(path, _HANDLE))

    def enter(self, name: str) -> Folder:
        """The folder `name` in this one. Raises UnfitFileError for a link."""
        return Folder(self.path / name, _enter(name, self._handle, os.fspath(self.path)))

    def close(self) -> None:
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def status(self, name: str) -> os.stat_result:
        """What `name` is, be it a link."""
        return os.stat(name, dir_fd=self._handle, follow_symlinks=False)

    def has(self, name: str) -> bool:
        """Whether there is anything of that name, or it may not be looked for."""
        try:
            self.status(name)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return True

    def scan(self) -> list[Entry]:
        """All that is in the folder, by name."""
        with self._listable() as handle, os.scandir(handle) as entries:
            return sorted(Entry(entry.name, _kind(entry)) for entry in entries)

    def write(self, name: str, data: bytes) -> None:
        """Put `data` at `name`, whole or not at all. Raises LibraryError as `replacing` does."""
        with self.replacing(name) as file:
            file.write(data)

    @contextlib.contextmanager
    def replacing(self, name: str, *, sync: bool = True) -> Iterator[BinaryIO]:
        """A new file, which takes the place of `name` at the end: temporary file, fsync, rename, fsync of the folder.

        Without `sync` the last is the caller's to do, once for many. Raises UnconfirmedError where the disk would not
        confirm the rename, else LibraryError for every OSError: what was at `name` is untouched then.
        """
        temporary = f".{name}.{secrets.token_hex(4)}.tmp"
        placed = False
        try:
            with self.create(temporary) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            self.rename(temporary, name)
            placed = True
        except OSError as error:
            raise unwritable(self.path / name, error) from error
        finally:
            if not placed:
                with contextlib.suppress(OSError):
                    self.remove(temporary)
        if sync:
            self.sync()

    def create(self, name: str) -> BinaryIO:
        """A new file `name`, locked for as long as it is open where the disk knows locks: it is being written."""
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=self._handle)
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fdopen(handle, "wb")

    def scratch(self) -> BinaryIO:
        """A new file without a name, gone once it is closed."""
        with contextlib.suppress(AttributeError, OSError):  # not every system and disk has such files
            return os.fdopen(os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=self._handle), "w+b")
        file = self.create(name := f".{secrets.token_hex(4)}.tmp")
        self.remove(name)
        return file

    def change(self, name: str) -> BinaryIO:
        """The plain file `name`, to be written in place."""
        os.close(open_plain(name, within=self._handle, follow=False))
        return os.fdopen(os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._handle), "r+b")

    def sync_file(self, name: str) -> None:
        """Make the content of the file `name` durable."""
        with os.fdopen(open_plain(name, within=self._handle, follow=False)) as file:
            os.fsync(file.fileno())

    def is_held(self, name: str) -> bool:
        """Whether a living process is writing this temporary file, or it can't be told. Raises FileNotFoundError."""
        try:
            handle = os.open(name, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._handle)
        except FileNotFoundError:
            raise
        except OSError:
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in _NO_LOCKS
        finally:
            os.close(handle)
        return False

    def hold(self, name: str) -> BinaryIO | None:
        """The file `name`, made if need be and held until it is closed; None where a living process holds it.

        A disk that knows no locks gives it to everybody.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        while True:
            file = os.fdopen(os.open(name, flags, 0o666, dir_fd=self._handle), "wb", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in _NO_LOCKS:
                    return cast("BinaryIO", file)
                file.close()
                if isinstance(error, BlockingIOError):
                    return None
                raise
            held = os.fstat(file.fileno())
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(held, self.status(name)):
                    return cast("BinaryIO", file)
            file.close()  # who held it before has just removed it

    def rename(self, name: str, other: str, into: Folder | None = None) -> None:
        """Call `name` `other`, in this folder or `into` another of its disk; what was called so is gone then."""
        target = self if into is None else into
        os.rename(name, other, src_dir_fd=self._handle, dst_dir_fd=target._handle)  # noqa: SLF001 - of one class

    def claim(self, name: str, other: str) -> bool:
        """Call `name` `other` unless something is called so already: one step, unlike looking first."""
        try:
            os.link(name, other, src_dir_fd=self._handle, dst_dir_fd=self._handle, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # A disk without hard links, such as a memory stick. Between these two lines another program could win.
            if self.has(other):
                return False
            self.rename(name, other)
        return True

    def remove(self, name: str) -> None:
        """Remove the file or link `name`, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._handle)

    def make(self, name: str) -> None:
        """Make the folder `name`, if it isn't there."""
        try:
            os.mkdir(name, dir_fd=self._handle)
        except OSError as error:
            if not isinstance(error, FileExistsError) or not stat.S_ISDIR(self.status(name).st_mode):
                error.filename = str(self.path / name)
                raise

    def sync(self) -> None:
        """Make renames and new names in the folder durable, as far as its disk can. Raises UnconfirmedError.

        Some network and removable disks know no such thing for folders, which is no failure: they promise nothing.
        """
        try:
            with self._listable() as handle:
                os.fsync(handle)
        except OSError as error:
            if error.errno not in _NO_SYNC:
                raise UnconfirmedError(
                    f"{self.path} was written, but the disk didn't confirm it: {error.strerror or error}.",
                    writing_remedy(error) or "Check that disk: a power cut could lose what was just written.",
                ) from error

    def may_be_listed(self) -> bool:
        """Whether we may read what is in the folder, and so have it synced."""
        return os.access(".", os.R_OK, dir_fd=self._handle)

    @contextlib.contextmanager
    def _listable(self) -> Iterator[int]:
        """A descriptor that may be read from."""
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._handle)
        try:
            yield handle
        finally:
            os.close(handle)


def open_below(root: str, names: Sequence[str]) -> int:
    """The descriptor of the folder that `names` lead to from `root`, each in the one before; the root may be a link.

    Raises OSError, of which UnfitFileError for a link on the way.
    """
    handle, path = os.open(root, _HANDLE), root
    for name in names:
        try:
            below = _enter(name, handle, path)
        finally:
            os.close(handle)
        handle, path = below, f"{path}/{name}"
    return handle


def _enter(name: str, within: int, path: str) -> int:
    """The descriptor of the folder `name` in that of the descriptor `within`, which is at `path`."""
    try:
        return os.open(name, _HANDLE | os.O_NOFOLLOW, dir_fd=within)
    except OSError as error:
        error.filename = f"{path}/{name}"
        if error.errno in (errno.ENOTDIR, errno.ELOOP) and _is_link(name, within):
            raise UnfitFileError(errno.ELOOP, "it is a link", error.filename) from None
        raise


def _is_link(name: str, within: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _kind(entry: os.DirEntry[str]) -> Literal["file", "folder", "link", "other"]:
    if entry.is_symlink():
        return "link"
    try:
        if entry.is_dir(follow_symlinks=False):
            return "folder"
        return "file" if entry.is_file(follow_symlinks=False) else "other"
    except OSError:
        return "other"
