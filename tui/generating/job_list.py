"""The generation queue on screen: a line a job, with progress and time left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from library.jobs.eta import describe_remaining
from library.jobs.job import JobState
from library.take import Recipe
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain
from tui.generating.keys import JOBS

if TYPE_CHECKING:
    from library.jobs.to_come import Unmade

BAR = 20
PROMPT = 40
KEPT = 4
"""Ended jobs that stay in sight."""


class JobList(Static):
    """Shows what runs, what waits, what is left from before and what has just ended. Focused it has keys for a job."""

    BINDINGS: ClassVar[list[BindingType]] = [*JOBS]

    DEFAULT_CSS: ClassVar[str] = """
    JobList {
        height: auto;
        link-color: $error; link-style: none;
        link-color-hover: $foreground; link-background-hover: $background; link-style-hover: bold;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._names: dict[int, str] = {}
        self._stumbled = Counter[int]()
        self._ended: list[tuple[str, str]] = []
        self._states: Sequence[JobState] = ()
        self._left: Sequence[Unmade] = ()
        self._chosen = 0
        self.can_focus = False

    def stumble(self, job: int) -> None:
        """One of a job's takes came to nothing."""
        self._stumbled[job] += 1

    def end(self, job: int, *, cancelled: bool) -> None:
        """A job that was shown is over."""
        failed = self._stumbled.pop(job, 0)
        word = f"{failed} failed" if failed else "stopped" if cancelled else "done"
        if name := self._names.pop(job, None):
            self._ended = [*self._ended, (name, word)][-KEPT:]

    def show(self, states: Sequence[JobState], left: Sequence[Unmade] = ()) -> None:
        """`left` is what was asked for before, and nobody makes."""
        for state in states:
            self._names.setdefault(state.job, describe(state.recipes))
        self._states, self._left = states, left
        self.can_focus = bool(states or left)
        self._chosen = max(0, min(self._chosen, len(states) + len(left) - 1))
        if self.has_focus and not self.can_focus:
            self.blur()
        self._draw()

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.update(Content.assemble(*self._parts()).rstrip())

    def _parts(self) -> Iterator[tuple[str, str]]:
        for name, word in self._ended:
            yield f"{'✓' if word == 'done' else '–'} {name}", "$quiet"
            yield f"  {word}\n", {"done": "$success", "stopped": "$quiet"}.get(word, "$error")
        for place, state in enumerate(self._states):
            yield from self._head(place, "●" if state.active else " ", self._names[state.job], quiet=not state.active)
            if state.active:
                full = int(state.fraction * BAR)
                yield "\n  " + "━" * full, "$primary"
                yield "━" * (BAR - full), "$border"
                left = describe_remaining(state.remaining_s)
                words = [f"{state.finished} of {len(state.recipes)}", f"{left} left" if left else "", plain(state.note)]
                yield " " + "  ".join(word for word in words if word), "$quiet"
            else:
                yield "  paused" if state.paused else "  waiting", "$quiet"
            yield "  ", ""
            if place:
                yield "↑", f"$primary @click=screen.hasten_job({state.job})"
                yield " ", ""
            yield "▶" if state.paused else "‖", f"$primary @click=screen.pause_job({state.job})"
            yield " ", ""
            yield "✕", f"$error @click=screen.cancel_job({state.job})"
            yield "\n", ""
        for place, unmade in enumerate(self._left, len(self._states)):
            yield from self._head(place, "○", describe(unmade.recipes), quiet=True)
            yield "  from before  ", "$quiet"
            yield "▶", f"$primary @click=screen.go_on('{unmade.wish.id}')"
            yield " ", ""
            yield "✕", f"$error @click=screen.drop_wish('{unmade.wish.id}')"
            yield "\n", ""

    def _head(self, place: int, mark: str, name: str, *, quiet: bool) -> Iterator[tuple[str, str]]:
        if self.has_focus and place == self._chosen:
            yield f"▸ {name}", "$primary"
        else:
            yield f"{mark} {name}", "$quiet" if quiet else ""

    def _row(self) -> JobState | Unmade | None:
        rows: list[JobState | Unmade] = [*self._states, *self._left]
        return rows[self._chosen] if self._chosen < len(rows) else None

    def action_choose(self, by: int) -> None:
        self._chosen = max(0, min(self._chosen + by, len(self._states) + len(self._left) - 1))
        self._draw()

    async def action_pause(self) -> None:
        if isinstance(row := self._row(), JobState):
            await self.run_action(f"screen.pause_job({row.job})")
        elif row is not None:
            await self.run_action(f"screen.go_on('{row.wish.id}')")

    async def action_move(self, by: int) -> None:
        if isinstance(row := self._row(), JobState):
            await self.run_action(f"screen.move_job({row.job},{by})")
            jobs = [state.job for state in self._states]
            self._chosen = jobs.index(row.job) if row.job in jobs else self._chosen
            self._draw()

    async def action_drop(self) -> None:
        if isinstance(row := self._row(), JobState):
            await self.run_action(f"screen.cancel_job({row.job})")
        elif row is not None:
            await self.run_action(f"screen.drop_wish('{row.wish.id}')")


def describe(recipes: Sequence[Recipe]) -> str:
    """`12 takes of 3 prompts: calm guitar, brass fanfare, …`."""
    prompts = [plain(prompt) for prompt in dict.fromkeys(recipe.prompt for recipe in recipes)]
    several = f"{len(prompts)} prompts: " if len(prompts) > 1 else ""
    return f"{counted(len(recipes), 'take')} of {several}{shortened(', '.join(prompts), PROMPT)}"
