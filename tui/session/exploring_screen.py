"""A session that keeps making what is likely to win, while one listens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work

from library.errors import EarmarkError
from library.take import Recipe, Take, utc_now
from ratings.judgement import AnyJudgement
from ratings.session.plan import Exploration, made_of
from tui.frame.fit_thread import run_on_fit_thread
from tui.frame.tray import Tray
from tui.messages import LibraryChanged
from tui.session.session_pages import ENDS
from tui.session.session_screen import SessionScreen

if TYPE_CHECKING:
    from library.jobs.events import Event

USUAL_TAKES = 100
"""To be made at most, where the switch says no number."""
MOST_PROMPTS = 100


class ExploringScreen(SessionScreen):
    """Asks for takes as long as few are coming and unheard. They join what the session chooses from."""

    _choosing = _choose_again = False

    def on_mount(self) -> None:
        self.context.judged.subscribe(self, self._judged_meanwhile)
        self.context.jobs.subscribe(self, self._job_moved)
        if (asked := self.context.opening.explore) is not None:
            self.context.agreed.update(kind.generator for kind in asked.kinds)  # it was asked for by name

    @property
    def exploration(self) -> Exploration | None:
        """What is to be made; None while the switch is off."""
        plan = self.controller.plan
        return self.context.opening.explore if plan is None else plan.explore

    def library_changed(self, change: LibraryChanged) -> None:
        super().library_changed(change)
        self.keep_making()

    def _judged_meanwhile(self, judgements: list[AnyJudgement]) -> None:
        self.keep_making()

    def _job_moved(self, event: Event) -> None:
        from library.jobs.events import JobEnded

        if isinstance(event, JobEnded) and not event.cancelled:
            self.keep_making()

    def action_keep_making(self) -> None:
        """Shift+K: on, for all prompts of the session whose takes can be made here, or off."""
        if self.session is None:
            return
        if self.exploration is not None:
            self.controller.change(explore=None)
            self.query_one(Tray).say("")
            self.notify("Makes no more. What was asked for still comes.", timeout=3)
            return
        kinds = self._kinds()
        if not kinds:
            self.notify("Nothing here can be made more of: these takes came from elsewhere.", timeout=4)
            return
        self.controller.change(explore=Exploration(kinds=kinds, takes=USUAL_TAKES, begun=utc_now()))
        self.notify(f"Keeps making what may win, up to {USUAL_TAKES} takes", timeout=4)
        self.keep_making()

    def _kinds(self) -> tuple[Recipe, ...]:
        """Of each prompt the newest take that can be made on this machine."""
        from library.generators.more import can_make_more, kind_of
        from library.generators.registry import specs

        here = {
            spec.name for spec in specs() if not (spec.users_own or spec.remote) or spec.name in self.context.agreed
        }
        selected = self.session.selected if self.session is not None else frozenset()
        takes = map(self.context.workspace.catalog.get, selected)
        found: dict[str, Take] = {}
        for take in sorted((one for one in takes if one is not None), key=lambda one: one.created_at):
            if take.prompt and take.recipe is not None and take.recipe.generator in here and can_make_more(take):
                found[take.prompt] = take
        return tuple(kind_of(take) for take in found.values() if take.recipe and take.recipe.draft is None)[
            :MOST_PROMPTS
        ]

    def keep_making(self) -> None:
        """Have it worked out what to ask for next, if anything."""
        if self.exploration is not None and self.context.workspace.loaded and self.page not in ENDS:
            if self._choosing:
                self._choose_again = True
            else:
                self._choosing = True
                self._choose()

    @work(group="exploring", exit_on_error=False)
    async def _choose(self) -> None:
        try:
            self._choose_again = True
            while self._choose_again and (exploration := self.exploration) is not None:
                self._choose_again = False
                coming = [job.recipes[at] for job in self.context.job_states() for at in job.missing]
                self._tell(exploration)
                recipes = await run_on_fit_thread(self._next_takes, exploration, coming)
                if recipes and self.exploration is not None:
                    self.context.make(recipes, "")
        except EarmarkError as error:
            self.context.show_error(error)
        finally:
            self._choosing = False

    def _tell(self, exploration: Exploration) -> None:
        made = len(made_of(exploration, self.context.workspace.catalog))
        self.query_one(Tray).say(f"keeps making: {made:,} of {exploration.takes:,}")

    def _next_takes(self, exploration: Exploration, coming: Sequence[Recipe]) -> list[Recipe]:
        from ratings.explore.next_takes import next_takes

        workspace = self.context.workspace
        workspace.catalog.refresh()  # what is in line no more must be there, or it would be asked for again
        return next_takes(
            exploration,
            takes=list(workspace.catalog),
            history=workspace.history,
            listener=workspace.listener,
            coming=coming,
            used={kind.prompt: self.used_seeds(kind.prompt) for kind in exploration.kinds},
        )
