"""What the app has made for its screens, and the undoing of what is done beside judging."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from library.errors import EarmarkError
from library.take import Recipe, Take
from ratings.session.plan import MOST_FIRST
from tui.frame.notices import AppWithNotices
from tui.generating.job_queue import JobQueue
from tui.generating.waiting_wishes import WaitingWishes
from tui.messages import Act
from tui.workspace import Workspace

if TYPE_CHECKING:
    from library.jobs.job import JobState
    from library.jobs.queue import GenerationQueue
    from library.jobs.to_come import Unmade
    from library.jobs.wishes import Held


class AppWithJobs(AppWithNotices):
    """See AppContext for what its methods promise the screens."""

    def __init__(self, workspace: Workspace, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.workspace = workspace
        self._jobs = JobQueue(workspace.catalog.library, self.post_message)
        self._acts: list[Act] = []
        self._fresh: dict[str, Take] = {}
        self._unasked: set[int] = set()
        """Jobs that came by themselves, in a session that hears what they make anyway."""
        self.agreed: set[str] = set()
        self._waiting_wishes = WaitingWishes(self, self._go_on_with)

    @property
    def queue(self) -> GenerationQueue:
        return self._jobs.queue

    @property
    def waiting(self) -> tuple[Unmade, ...]:
        return self._waiting_wishes.waiting

    def go_on(self, wish: str | None = None) -> None:
        self._waiting_wishes.go_on(self.workspace.catalog, wish)

    def action_go_on(self) -> None:
        self.go_on()

    def drop_wish(self, wish: str) -> None:
        dropped = self._waiting_wishes.drop(self.workspace.catalog.library, wish)
        if dropped is not None:
            self.did("dropping what was asked for", dropped)

    def _go_on_with(self, held: Held, unmade: Unmade) -> None:
        try:
            self._jobs.resume(held, unmade)
        except EarmarkError as error:
            self.show_error(error)

    def pause(self, job: int) -> None:
        self._jobs.pause(job)

    def job_states(self) -> tuple[JobState, ...]:
        return self._jobs.states()

    def make(
        self, recipes: Sequence[Recipe], what: str, *, parent: str | Sequence[str] | None = None, device: str = "auto"
    ) -> None:
        job = self._jobs.submit(recipes, parent, device)
        if what:
            self.did(what, partial(self._stop_job, job))
        else:
            self._unasked.add(job)

    def stop(self, job: int, index: int | None = None) -> None:
        self.did("stopping the job", self._jobs.stop(job, index))

    @property
    def fresh_takes(self) -> Sequence[Take]:
        ratings = self.workspace.ratings
        return [take for take in self._fresh.values() if not ratings(take).rated][-MOST_FIRST:]

    def note_made(self, take: Take, job: int) -> None:
        """A take was made here: it is fresh, unless it is one that was known, made longer."""
        from library.generators.more import parent_of

        if job not in self._unasked and (take.parent is None or parent_of(take) is not None):
            self._fresh[take.id] = take

    def forget_fresh(self) -> None:
        """They are being heard."""
        self._fresh.clear()

    def _stop_job(self, job: int) -> bool:
        waits = any(state.job == job for state in self.job_states())
        self.queue.cancel(job)
        return waits

    def did(self, what: str, undo: Callable[[], bool]) -> None:
        self._acts.append(Act(what, self.workspace.log.moment(), undo))

    def last_act(self, after: str) -> Act | None:
        return self._acts.pop() if self._acts and self._acts[-1].at > after else None
