"""What the app tells its screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from textual.message import Message

from library.take import Take
from ratings.judgement import AnyJudgement
from ratings.session.plan import Exploration
from tui.playing.player.api import Playhead


@dataclass(frozen=True)
class LibraryChanged:
    """Takes or judgements came in, from this app or from elsewhere. Published as a signal to all screens."""

    added: list[Take] = field(default_factory=list)
    changed: list[Take] = field(default_factory=list)
    judged: list[AnyJudgement] = field(default_factory=list)
    first: bool = False
    """The library has just been read for the first time."""


@dataclass(frozen=True)
class Act:
    """Something that was done beside judging, and can be undone."""

    what: str
    at: str
    """When, as judgements have it."""
    undo: Callable[[], bool]
    """Whether it could be undone."""


@dataclass(frozen=True)
class Opening:
    """What the command line asks of the app."""

    screen: str = "library"
    minutes: float | None = None
    best: int | None = None
    only: str = ""
    """A filter: the takes to listen to."""
    explore: Exploration | None = None
    """What to make meanwhile."""


@dataclass(frozen=True, eq=False)
class DuelRequest:
    """Which takes to compare: those that answer to a filter, one of them first if it is named."""

    only: str = ""
    take: Take | None = None


@dataclass(frozen=True, eq=False)
class RateRequest:
    """Which takes to rate: those that answer to a filter; "" for those of the session that stands."""

    only: str = ""
    best: int | None = None
    minutes: float | None = None
    """What was settled for it; without `best` nothing was, and what was set before holds."""
    first: tuple[str, ...] = ()
    """Takes to hear before all others, by their ids."""


MOST_SURVEYED = 6
"""As many takes as a survey has keys."""


@dataclass(frozen=True, eq=False)
class SurveyRequest:
    """Takes to hear from one place and to put in order."""

    takes: tuple[Take, ...] = ()
    origin: str = "library"
    """The screen to go back to."""


@dataclass
class DraftChosen(Message):
    """A take is to steer what is made next. Sent to the Generate screen."""

    take: Take


@dataclass
class PlayheadMoved(Message):
    """Where playing stands; sent twenty times a second to the screen in front."""

    playhead: Playhead

    def can_replace(self, message: Message) -> bool:
        """Only the newest matters."""
        return isinstance(message, PlayheadMoved)
