"""A library: a folder, whether it has been founded, and the gates through which all in it is read and written."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from library.errors import LibraryError, NewerFormatError, UnconfirmedError
from library.files.decoding import NotJsonError, decode_json
from library.files.durable import make_folder
from library.files.folder import Entry, Folder, open_below
from library.files.reading import UnfitFileError, open_plain, read_all
from library.files.reasons import unconfirmed, unreadable, unwritable
from library.locations import typed_path

FORMAT = 1
MAX_BYTES = 256 << 20
"""A larger file is none of ours to read whole: the documents of 100,000 takes have 60 MB."""
MARKER = msgspec.json.encode({"format": FORMAT}) + b"\n"
_MARKER_BYTES = 1 << 20

_FORMAT: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


class Library:
    """The folder `root`, which need not be there yet. Every path that the methods are given lies in it.

    The root itself may be reached by links. Below it none is followed: each folder is entered by its name in the one
    above, so that none can be put in the way meanwhile. Where a method finds one it raises UnfitFileError if it reads
    and LibraryError if it writes.
    """

    def __init__(self, root: Path) -> None:
        """Touches nothing. Raises UnknownUserError."""
        self.root = typed_path(root).absolute()
        self._root = os.fspath(self.root).rstrip("/")
        self.marker = self.root / "library.json"
        """Says that this is a library, and of which format."""
        self.batches = self.root / "batches"
        """Has a folder a batch."""
        self.sessions = self.root / "sessions"
        """Has a folder a listener."""
        self.set_aside = self.root / "set-aside"
        """Sounds that no take names, a folder a batch; nothing reads it but `doctor`."""
        self.founded = False
        """Whether this process has seen a library here: then one that is gone is not begun anew."""

    def __repr__(self) -> str:
        return f"Library({str(self.root)!r})"

    def batch_file(self, batch: str) -> Path:
        """The documents of a batch's takes."""
        return self.batches / batch / "batch.json"

    def check(self) -> bool:
        """Whether a library is there. Raises NewerFormatError, or LibraryError where something else is in the way."""
        root = os.fspath(self.root)
        try:
            root.encode()
        except UnicodeEncodeError:
            shown = root.encode(errors="replace").decode()
            raise LibraryError(f"The folder name {shown} isn't valid text.", "Rename it.") from None
        try:
            data = self.read(self.marker, _MARKER_BYTES)
        except FileNotFoundError:
            return False
        except NotADirectoryError:
            what = "a file, not a folder" if os.path.isfile(root) else "not a folder"  # noqa: PTH113 - raises nothing
            raise LibraryError(f"{self.root} is {what}.", "Choose a folder with --library.") from None
        except OSError as error:
            raise unreadable(self.marker, error) from error
        self._check_format(data)
        self.founded = True
        return True

    def _check_format(self, data: bytes) -> None:
        remedy = "Your takes are safe. `earmark doctor --repair` rewrites it and keeps the damaged one."
        if may_be_newer(data):
            remedy = "Update Earmark, or restore the file from a backup; your takes are safe."
        try:
            found = decode_json(data, _FORMAT).get("format")
        except NotJsonError as error:
            raise LibraryError(f"{self.marker} is damaged ({error}).", remedy) from error
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise LibraryError(f"{self.marker} doesn't say which format the library has.", remedy)
        if found > FORMAT:
            raise NewerFormatError(
                f"{self.root} has format {found}; this Earmark reads up to {FORMAT}.",
                "Update Earmark. Nothing was changed.",
            )

    def found(self) -> None:
        """Make this a library if it isn't one yet. Raises LibraryError, also where one that was seen here is gone."""
        self.check_still_there()
        if not self.check():
            make_folder(self.root)
            self.write_marker()
            self.founded = True

    def write_marker(self) -> None:
        """Write the marker, in place of whatever has its name. Raises LibraryError, never an UnconfirmedError."""
        try:
            self.write(self.marker, MARKER)
        except UnconfirmedError as error:
            raise unconfirmed(self.marker, error) from error

    def check_still_there(self) -> None:
        """Raise LibraryError where a library was seen here and nothing of it is left, as when its disk was taken out.

        A new one in its place would hide what is written from who brings it back.
        """
        if self.founded and not self.is_there():
            raise LibraryError(
                f"The library {self.root} has disappeared.",
                "Put its folder back or reconnect its disk, then try again.",
            )

    def was_founded(self) -> bool:
        """Whether there is a library here, or ever was one as far as this process knows."""
        self.founded = self.founded or self.is_there()
        return self.founded

    def is_there(self) -> bool:
        """Whether there is anything of a library here, or we may not look."""
        for part in (self.marker, self.batches, self.sessions):
            try:
                part.lstat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:
                pass
            return True
        return False

    def read(self, path: Path | str, limit: int = MAX_BYTES) -> bytes:
        """All of a plain file, of at most `limit` bytes. Raises OSError."""
        *folder, name = self._names(path)
        within = open_below(self._root or "/", folder)
        try:
            handle = open_plain(name, within=within, follow=False)
        finally:
            os.close(within)
        return read_all(handle, limit, path)

    def status(self, path: Path | str) -> os.stat_result:
        """What is at `path`, be it a link. Raises OSError."""
        *folder, name = self._names(path)
        with self._entered(folder) as there:
            return there.status(name)

    def scan(self, folder: Path | str) -> list[Entry]:
        """All that is in a folder, by name. Raises OSError."""
        with self._entered(self._names(folder)) as there:
            return there.scan()

    @contextmanager
    def folder(self, path: Path) -> Iterator[Folder]:
        """The folder `path`, open to be changed. Raises LibraryError, for every OSError that is not handled within.

        Where nothing is left of a library that was seen here, that is what it says.
        """
        try:
            with self._entered(self._names(path)) as there:
                yield there
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                self.check_still_there()
            where = path / (error.filename or "")
            if isinstance(error, UnfitFileError) and error.errno == errno.ELOOP:
                what = f"{where} is a link, and Earmark doesn't write through links."
                raise LibraryError(what, "Replace it with a folder.") from error
            raise unwritable(where, error) from error

    def write(self, path: Path, data: bytes) -> None:
        """Put `data` at `path`, whole or not at all, durably. Raises LibraryError."""
        with self.folder(path.parent) as there:
            there.write(path.name, data)

    def rename(self, path: Path, target: Path) -> None:
        """Move a file to `target`, durably there. Raises LibraryError."""
        with self.folder(path.parent) as here, self.folder(target.parent) as there:
            here.rename(path.name, target.name, there)
            there.sync()

    def sync(self, path: Path) -> None:
        """Make the names in a folder durable, if we may read it. Raises LibraryError, UnconfirmedError."""
        with self.folder(path) as there:
            if there.may_be_listed():
                there.sync()

    def remove(self, path: Path) -> None:
        """Remove a file or a link, if it is there. Raises LibraryError."""
        with self.folder(path.parent) as there:
            there.remove(path.name)

    def make_folder(self, path: Path) -> None:
        """Create a folder with its parents, each durable in its parent. Raises LibraryError, never an UnconfirmedError.

        One that is there already is made durable all the same, as `library.files.durable.make_folder` has it.
        """
        made = False
        try:
            with self.folder(self.root) as root, ExitStack() as opened:
                above, here = None, root
                for name in self._names(path):
                    if not here.has(name):
                        if not made and above is not None and above.may_be_listed():
                            above.sync()
                        here.make(name)
                        here.sync()
                        made = True
                    above, here = here, opened.enter_context(here.enter(name))
                if not made and above is not None and above.may_be_listed():
                    above.sync()
        except UnconfirmedError as error:
            raise unconfirmed(path, error) from error

    def _names(self, path: Path | str) -> list[str]:
        """The steps from the root to `path`."""
        whole = os.fspath(path)
        below = whole[len(self._root) :]
        names = [name for name in below.split("/") if name]
        if not whole.startswith(self._root) or below[:1] not in ("", "/") or ".." in names:
            raise LibraryError(f"{path} isn't in the library {self.root}.")
        return names

    def _entered(self, names: list[str]) -> Folder:
        return Folder(self.root.joinpath(*names), open_below(self._root or "/", names))


def may_be_newer(data: bytes) -> bool:
    """Whether a library's marker that can't be used may be of a format that this Earmark doesn't know."""
    named = re.search(rb'"format"\s*:\s*([^\s,}]+)', data)
    if named is None or named[1] in (b"true", b"false", b"null"):
        return False
    number = re.fullmatch(rb'"?(-?[0-9]{1,18})(\.[0-9]*)?"?', named[1])
    return number is None or int(number[1]) > FORMAT
