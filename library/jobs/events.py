"""What passes between the queue and its worker process: one JSON object a line, either way."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from library.take import Recipe, Take


class Order(Struct, frozen=True, kw_only=True, tag="order"):
    """Make these takes. Sent to the worker."""

    job: int
    library: str
    recipes: tuple[Recipe, ...]
    parent: str | None = None
    """The take that these extend or continue."""
    save: bool = True
    """False for a verification: the sound goes to a file outside the library."""


class Cancel(Struct, frozen=True, kw_only=True, tag="cancel"):
    """Stop that job; what it finished stays. Sent to the worker."""

    job: int


class Stepped(Struct, frozen=True, kw_only=True, tag="stepped"):
    """How far a job is."""

    job: int
    done: int
    of: int
    note: str = ""


class Landed(Struct, frozen=True, kw_only=True, tag="landed"):
    """A take is in the library, durably."""

    job: int
    index: int
    take: Take


class Stumbled(Struct, frozen=True, kw_only=True, tag="stumbled"):
    """One recipe came to nothing."""

    job: int
    index: int
    title: str
    what: str
    remedy: str = ""


class Ended(Struct, frozen=True, kw_only=True, tag="ended"):
    """A job is over: all done, cancelled, or lost as a whole (then each missing recipe has stumbled)."""

    job: int
    cancelled: bool = False


Command: TypeAlias = Order | Cancel
Event: TypeAlias = Stepped | Landed | Stumbled | Ended
