"""What every generator of takes offers to the queue's worker process."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from library.errors import GenerationError
from library.sound.samples import Samples
from library.take import Recipe


@dataclass(frozen=True)
class Rendered:
    """A finished take, before it has a place in the library."""

    index: int
    """Which of the recipes asked for."""
    recipe: Recipe
    """That recipe, completed with model revision, licence and fingerprint."""
    samples: Samples
    sample_rate: int
    tokens: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    """What the generator needs to extend the take exactly, saved as npz; empty for generators that need nothing."""
    kept_as: str = ""
    """The name of what was kept of it while it was made: it goes once the take is saved."""


@dataclass(frozen=True)
class Failed:
    """A recipe that came to nothing; the others go on."""

    index: int
    error: GenerationError


@dataclass(frozen=True)
class Progress:
    """How far a run is. Steps are the generator's own; only their ratio matters."""

    done: int
    of: int
    note: str = ""
    """What is going on when it isn't plain, e.g. that a model is being loaded."""
    seconds: Mapping[int, float] = field(default_factory=dict)
    """Of the takes that are being made just now: how much there is of each, by the recipe's index."""


class Context(Protocol):
    """What the worker process offers to a running generator."""

    device: str
    """What is to compute: "auto", or the name of a device, for generators that have a choice."""
    previews: bool
    """Whether takes are listened to while they are being made. Generators may make use of it, or not."""

    def parent(self, index: int) -> str | None:
        """The take that that recipe extends or continues, if there is one."""

    def tell(self, words: str) -> None:
        """Tell the user something of the run that is no failure, in a sentence; the same only once."""

    def report(self, progress: Progress) -> None:
        """Tell how far the run is; cheap enough for every step."""

    def cancelled(self) -> bool:
        """Whether to stop: look at least five times a second."""

    def draft(self, sound: str) -> tuple[Samples, int]:
        """The sound of a draft (samples, rate) by its id. Raises GenerationError."""

    def tokens(self, sound: str) -> Mapping[str, NDArray[np.generic]] | None:
        """The tokens kept with the take of that id, None if there are none, or they are damaged."""

    def kept(self, key: str) -> Mapping[str, NDArray[np.generic]] | None:
        """What was kept under that name, also by a run that was killed; None if there is nothing."""

    def keep(self, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Keep what took long to compute, durably on return where the disk takes it. Names are hexadecimal digits."""

    def unwanted(self) -> Collection[int]:
        """Which of the recipes nobody wants any more: their takes are stopped, and told as Failed. Asked every step."""

    def listened(self) -> Collection[int]:
        """Which of the takes being made are listened to: their previews grow with them. Asked every step."""

    def preview(self, index: int, samples: Samples, sample_rate: int) -> None:
        """The first seconds of that recipe's take, which goes on. The finished take may sound other at their end."""


class CancelledError(Exception):
    """The run is to stop here."""


def cancellation_check(context: Context) -> Callable[[], None]:
    """What raises CancelledError once the context says so, whenever it is called: it ends a run from any loop of it."""

    def check_cancelled() -> None:
        if context.cancelled():
            raise CancelledError

    return check_cancelled


class Generator(Protocol):
    """Makes takes from recipes, in the worker process."""

    name: str

    def generate(self, recipes: Sequence[Recipe], context: Context) -> Iterator[Rendered | Failed]:
        """Each recipe's take as soon as it is done, in any order. Stops early when cancelled.

        A take depends on its recipe alone, never on the others. Raises GenerationError where no recipe can be made.
        """
