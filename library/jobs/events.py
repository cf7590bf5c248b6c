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
    scratch: str | None = None
    """A folder outside the library: the sounds go there, for a verification, and nothing is saved."""


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


class Remade(Struct, frozen=True, kw_only=True, tag="remade"):
    """A take was made again for a verification: `sound` and `tokens` are files in the order's scratch folder."""

    job: int
    index: int
    recipe: Recipe
    sound: str
    tokens: str | None = None


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
Event: TypeAlias = Stepped | Landed | Remade | Stumbled | Ended
