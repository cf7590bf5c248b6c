"""A prompt to try, and where it came from."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from library.errors import EarmarkError

Source: TypeAlias = Literal["grammar", "won", "server"]


class Idea(Struct, frozen=True):
    """A prompt that isn't in the library."""

    prompt: str
    source: Source
    """`grammar` for the vocabulary, `won` for a prompt that did well, changed in one place."""
    because: str
    """Because of what it is worth a try, in a few words."""


class IdeasError(EarmarkError):
    """A server had no ideas to give."""

    title = "No ideas from the server"
