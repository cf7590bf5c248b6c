"""The one tree of errors a user may see: what happened, and what to do about it."""

from __future__ import annotations

from typing import ClassVar


class EarmarkError(Exception):
    """Something a user should hear about: a `title` for the heading, what happened, and the remedy."""

    title: ClassVar[str] = "Something went wrong"

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        """One sentence: what happened, with the name of the thing it happened to."""
        self.remedy = remedy
        """One sentence: what the user can do. Empty when there is nothing to do."""

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()

    def as_line(self) -> str:
        """Title and words on one line."""
        return f"{self.title}{'' if self.title.endswith('?') else ':'} {self}"


class LibraryError(EarmarkError):
    """The library folder cannot be read or written."""

    title = "The library can't be used"


class NewerFormatError(LibraryError):
    """The library was written by a newer Earmark."""

    title = "This library needs a newer Earmark"


class DamagedFileError(LibraryError):
    """A file of the library does not hold what it should."""

    title = "A library file is damaged"


class UnconfirmedError(LibraryError):
    """A file is in its place, but the disk would not confirm that it outlasts a power cut."""

    title = "The disk didn't confirm the write"


class UnknownUserError(EarmarkError):
    """A path begins with the home of somebody who has none here."""

    title = "No such folder"


class UnknownTakeError(EarmarkError):
    """No take, or more than one, answers to the name given."""

    title = "Which take?"


class AudioError(EarmarkError):
    """A sound file cannot be read, or is not what it claims to be."""

    title = "This file can't be read"


class ImportingError(EarmarkError):
    """An import as a whole cannot start: a sheet or a pattern that makes no sense."""

    title = "The import can't start"


class GenerationError(EarmarkError):
    """A take could not be made."""

    title = "The take couldn't be made"


class SameTakeError(GenerationError):
    """What came out, or would, is a take that there is already."""

    title = "That's no new take"


class GeneratorUnavailableError(GenerationError):
    """The generator asked for is unknown, or not installed on this machine."""

    title = "This generator isn't available"
