"""The generation queue on screen: a line a job, with progress and time left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from library.jobs.eta import describe_remaining
from library.jobs.job import JobState
from library.take import Recipe
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain

BAR = 20
PROMPT = 40
KEPT = 4
"""Ended jobs that stay in sight."""


class JobList(Static):
    """Shows what runs, what waits and what has just ended."""

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

    def stumble(self, job: int) -> None:
        """One of a job's takes came to nothing."""
        self._stumbled[job] += 1

    def end(self, job: int, *, cancelled: bool) -> None:
        """A job that was shown is over."""
        failed = self._stumbled.pop(job, 0)
        word = f"{failed} failed" if failed else "stopped" if cancelled else "done"
        if name := self._names.pop(job, None):
            self._ended = [*self._ended, (name, word)][-KEPT:]

    def show(self, states: Sequence[JobState]) -> None:
        for state in states:
            self._names.setdefault(state.job, describe(state.recipes))
        self.update(Content.assemble(*self._parts(states)).rstrip())

    def _parts(self, states: Sequence[JobState]) -> Iterator[tuple[str, str]]:
        for name, word in self._ended:
            yield f"{'✓' if word == 'done' else '–'} {name}", "$quiet"
            yield f"  {word}\n", {"done": "$success", "stopped": "$quiet"}.get(word, "$error")
        for state in states:
            yield f"{'●' if state.active else ' '} {self._names[state.job]}", "" if state.active else "$quiet"
            if state.active:
                full = int(state.fraction * BAR)
                yield "\n  " + "━" * full, "$primary"
                yield "━" * (BAR - full), "$border"
                left = describe_remaining(state.remaining_s)
                words = [f"{state.finished} of {len(state.recipes)}", f"{left} left" if left else "", plain(state.note)]
                yield " " + "  ".join(word for word in words if word), "$quiet"
            else:
                yield "  waiting", "$quiet"
            yield "  ", ""
            yield "✕", f"$error @click=screen.cancel_job({state.job})"
            yield "\n", ""


def describe(recipes: Sequence[Recipe]) -> str:
    """`12 takes of 3 prompts: calm guitar, brass fanfare, …`."""
    prompts = [plain(prompt) for prompt in dict.fromkeys(recipe.prompt for recipe in recipes)]
    several = f"{len(prompts)} prompts: " if len(prompts) > 1 else ""
    return f"{counted(len(recipes), 'take')} of {several}{shortened(', '.join(prompts), PROMPT)}"
