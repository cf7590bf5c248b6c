"""The generation queue on screen: a line a job, with progress and time left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.message import Message
from textual.widgets import Static

from library.jobs.eta import describe_remaining
from library.jobs.queue import JobState
from library.take import Recipe
from tui.formatting import counted, plain

BAR = 20
KEPT = 4
"""Ended jobs that stay in sight."""


class JobList(Static):
    """Shows what runs, what waits and what has just ended."""

    DEFAULT_CSS: ClassVar[str] = "JobList { height: auto; }"

    class Cancelled(Message):
        """A click asked to stop a job."""

        def __init__(self, job: int) -> None:
            super().__init__()
            self.job = job

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._names: dict[int, str] = {}
        self._ended: list[tuple[int, str]] = []

    def put(self, job: int, recipes: Sequence[Recipe]) -> None:
        """Remember what a job is about."""
        first = plain(recipes[0].prompt)[:40]
        more = "" if len({recipe.prompt for recipe in recipes}) == 1 else " …"
        self._names[job] = f"{counted(len(recipes), 'take')} of {first}{more}"

    def end(self, job: int, *, cancelled: bool) -> None:
        """A job is over."""
        if job in self._names:
            word = "stopped" if cancelled else "done"
            self._ended = [*self._ended, (job, word)][-KEPT:]

    def action_cancel(self, job: int) -> None:
        """A click on ✕."""
        self.post_message(self.Cancelled(job))

    def show(self, states: Sequence[JobState]) -> None:
        """Draw the queue as it is now."""
        colours = self.app.theme_variables
        quiet, done = colours["quiet"].split()[0], colours["success"]
        text = Text()
        for job, word in self._ended:
            text.append(f"{'✓' if word == 'done' else '–'} {self._names[job]}", quiet)
            text.append(f"  {word}\n", done if word == "done" else quiet)
        for state in states:
            name = self._names.get(state.job) or counted(len(state.recipes), "take")
            if not state.active:
                text.append(f"  {name}  waiting", quiet)
            else:
                full = int(state.fraction * BAR)
                text.append(f"● {name}\n  ")
                text.append("━" * full, colours["primary"])
                text.append("━" * (BAR - full), colours["border"])
                left = describe_remaining(state.remaining_s)
                text.append(f" {state.settled} of {len(state.recipes)}", quiet)
                text.append(f"  {left} left" if left else "", quiet)
                text.append(f"  {plain(state.note)}" if state.note else "", quiet)
            text.append("  ")
            text.append("✕\n", colours["error"])
            text.apply_meta({"@click": f"cancel({state.job})"}, len(text) - 2, len(text) - 1)
        self.update(text)
