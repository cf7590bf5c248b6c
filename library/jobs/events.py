"""What passes between the queue and its worker process: one JSON object a line, either way."""

from __future__ import annotations

from typing import Self, TypeAlias

from msgspec import Struct

from library.errors import EarmarkError
from library.processes.program import Program
from library.take import Recipe, Take


class Order(Struct, frozen=True, kw_only=True, tag="order"):
    """Make these takes. Sent to the worker."""

    job: int
    library: str
    recipes: tuple[Recipe, ...]
    parent: str | tuple[str, ...] | None = None
    """The take that these extend or continue; or one for each of the recipes."""
    scratch: str | None = None
    """A folder outside the library: the sounds go there, for a verification, and nothing is saved."""
    previews: str | None = None
    """A folder outside the library for the starts of takes that are still being made; None if nobody listens."""
    device: str = "auto"
    """What is to compute."""
    kept: str | None = None
    """The folder of what took long to compute: what is there is not computed again."""
    founded: bool = False
    """Whether a library has been there: then one that is gone is not begun anew."""
    done: tuple[int, ...] = ()
    """Those of the recipes, by index, whose end is known already: the job was paused and goes on."""
    wish: str | None = None
    """The wish of the library's that this is …"""
    places: tuple[int, ...] | None = None
    """… and which of its recipes these are, None for all."""

    def place_of(self, index: int) -> int:
        """Which of the wish's recipes that recipe is."""
        return index if self.places is None else self.places[index]

    def wish_of(self, index: int) -> str | None:
        """What the take of that recipe says of itself, see `Take.wish`."""
        return None if self.wish is None else f"{self.wish}/{self.place_of(index)}"

    def parent_of(self, index: int) -> str | None:
        """The take that that recipe extends or continues, if there is one."""
        return self.parent[index] if isinstance(self.parent, tuple) else self.parent


class Cancel(Struct, frozen=True, kw_only=True, tag="cancel"):
    """Stop that job; what it finished stays. Sent to the worker."""

    job: int


class AboutTake(Struct, frozen=True, kw_only=True):
    """What is said of one take in the making."""

    job: int
    index: int
    """Which of the job's recipes it is."""


class Drop(AboutTake, frozen=True, kw_only=True, tag="drop"):
    """Nobody wants that take any more: stop making it. Sent to the worker."""


class Listen(AboutTake, frozen=True, kw_only=True, tag="listen"):
    """That take is being listened to while it is made: its previews are to grow with it. Sent to the worker."""


class JobProgress(Struct, frozen=True, kw_only=True, tag="stepped"):
    """How far a job is."""

    job: int
    done: int
    of: int
    note: str = ""
    seconds: dict[int, float] = {}
    """Of the takes that are being made just now: how much there is of each, by the recipe's index."""


class JobRemark(Struct, frozen=True, kw_only=True, tag="remarked"):
    """Something a user should know of a job that is no failure."""

    job: int
    words: str


class PreviewReady(AboutTake, frozen=True, kw_only=True, tag="previewed"):
    """A take that is still being made can be heard. The same take's next preview is longer and begins as this one."""

    sound: str
    """A file in the order's folder for previews, which is removed with the job."""
    duration_s: float
    sample_rate: int
    channels: int
    lufs: float | None = None
    true_peak_db: float | None = None


class SavingTake(AboutTake, frozen=True, kw_only=True, tag="landing"):
    """A take is about to be put in the library. A worker that dies now has done so or not: the library knows."""

    take: Take


class TakeSaved(AboutTake, frozen=True, kw_only=True, tag="landed"):
    """A take is in the library, durably."""

    take: Take


class TakeRemade(AboutTake, frozen=True, kw_only=True, tag="remade"):
    """A take was made again for a verification: `sound` and `tokens` are files in the order's scratch folder."""

    recipe: Recipe
    sound: str
    tokens: str | None = None


class TakeFailed(AboutTake, frozen=True, kw_only=True, tag="stumbled"):
    """One recipe came to nothing."""

    title: str
    what: str
    remedy: str = ""
    stays: bool = False
    """Whether it stays asked for: what went wrong stopped the whole job, as where a server or the disk is away."""

    @classmethod
    def over(cls, error: EarmarkError, *, job: int, index: int, stays: bool = False) -> Self:
        return cls(job=job, index=index, title=error.title, what=error.what, remedy=error.remedy, stays=stays)


class TakeDropped(AboutTake, frozen=True, kw_only=True, tag="dropped"):
    """A take was not made because nobody wanted it any more."""


class JobEnded(Struct, frozen=True, kw_only=True, tag="ended"):
    """A job is over: all done, cancelled, or lost as a whole (then each missing recipe has stumbled)."""

    job: int
    cancelled: bool = False


Command: TypeAlias = Order | Cancel | Drop | Listen
Event: TypeAlias = (
    JobProgress | JobRemark | PreviewReady | SavingTake | TakeSaved | TakeRemade | TakeFailed | TakeDropped | JobEnded
)

WORKER = Program[Command, Event](("-m", "library.jobs.worker"), Command, Event)
"""The worker process."""
