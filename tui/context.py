"""What the screens share, as they see it: the app is one, and no screen needs to know the app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from textual.message_pump import MessagePump
from textual.screen import ModalScreen, ScreenResultType
from textual.signal import Signal
from textual.worker import Worker

from library.errors import EarmarkError
from library.take import Recipe, Take
from ratings.judgement import AnyJudgement
from tui.messages import Act, DuelRequest, LibraryChanged, Opening, RateRequest, SurveyRequest
from tui.playing.deck import Deck
from tui.settings import Settings
from tui.workspace import Workspace

if TYPE_CHECKING:
    from library.jobs.events import Event
    from library.jobs.job import JobState
    from library.jobs.queue import GenerationQueue
    from library.jobs.to_come import Unmade
    from ratings.session.plan import SessionPlan


class AppContext(Protocol):
    """One library, one listener, one deck, one generation queue; and word of what happens to them."""

    workspace: Workspace
    deck: Deck
    settings: Settings
    """As they are now; `remember` changes them."""
    opening: Opening
    duel_request: DuelRequest
    rate_request: RateRequest
    survey_request: SurveyRequest
    """What the duels are about; another one begins a run anew."""
    agreed: set[str]
    """Generators that others run, which the user was asked about and agreed to."""
    library_changed: Signal[LibraryChanged]
    judged: Signal[list[AnyJudgement]]
    """Judgements of this listener are on disk."""
    withdrawn: Signal[list[AnyJudgement]]
    """They could not be written, and count as never made."""
    jobs: Signal[Event]

    @property
    def queue(self) -> GenerationQueue:
        """The generation queue; its worker process starts with the first job."""

    def job_states(self) -> tuple[JobState, ...]:
        """The job that runs and those in line; starts nothing."""

    @property
    def waiting(self) -> tuple[Unmade, ...]:
        """What was asked for in this library before, and nobody makes."""

    def go_on(self, wish: str | None = None) -> None:
        """Put that wish in line, or all that wait."""

    def drop_wish(self, wish: str) -> None:
        """Forget that wish; an undo brings it back."""

    def pause(self, job: int) -> None:
        """Have a job wait, or go on if it does."""

    def refresh_library(self) -> None:
        """Read what is new in the library, soon; `library_changed` tells of it."""

    def judge(self, judgements: Sequence[AnyJudgement], plan: SessionPlan | None = None) -> None:
        """Have judgements that the log has made written, all or none, in the order of the calls; a plan before them.

        `judged` is published when they are safe on disk, `withdrawn` when that fails.
        """

    async def ask(self, dialog: ModalScreen[ScreenResultType | None]) -> ScreenResultType | None:
        """Show a dialogue, and wait for its answer; None at once where one is open: keys in a burst open no second."""

    def ask_note(self, take: Take, *, blind: bool = False) -> object:
        """Ask for words about `take`, and have them written."""

    def make(
        self, recipes: Sequence[Recipe], what: str, *, parent: str | Sequence[str] | None = None, device: str = "auto"
    ) -> None:
        """Put a job in line (see GenerationQueue.submit), which an undo stops: `what` it is, as after `Undone:`;
        empty for what comes by itself, and is no act of the user's.

        Raises GenerationError.
        """

    @property
    def fresh_takes(self) -> Sequence[Take]:
        """Takes that were made here and that nobody has judged or gone to hear; oldest first."""

    def stop(self, job: int, index: int | None = None) -> None:
        """Stop a job, or one take of it; an undo puts it in line again."""

    def did(self, what: str, undo: Callable[[], bool]) -> None:
        """Something was done beside judging. `undo` says whether it could be undone."""

    def last_act(self, after: str) -> Act | None:
        """The last of what was done beside judging, if it was after that time (of a judgement): to be undone now."""

    def remember(self, **changes: object) -> None:
        """Change settings and keep them: fields of Settings by name."""

    async def go(self, mode: str) -> None:
        """To a main screen."""

    async def rate(self, only: str) -> None:
        """To the session among the takes that answer to `only`; to the one that stands, where that is empty.

        It begins with the takes that are new (`fresh_takes`), which are no longer so then.
        """

    def ask_to_rate(self, only: str) -> object:
        """The same once it has been shown what that comes to, and how many are to be found in how much time."""

    async def survey(self, takes: Sequence[Take]) -> None:
        """To a survey of these: two to MOST_SURVEYED."""

    def show_playhead(self, to: MessagePump | None = None) -> None:
        """Tell the screen in front (or that one) at once where playing stands, as it is told many times a second."""

    def spend_key(self) -> None:
        """The key that is down has given its answer: held longer, it gives none to the takes that come next."""

    def show_error(self, error: EarmarkError) -> None:
        """Say what happened and what to do."""

    def report_failure(self, event: Worker.StateChanged) -> None:
        """A background task came to an end: where it failed, say so. Only its own screen or widget learns of it."""
