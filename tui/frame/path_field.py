"""A line for paths, typed or pasted; completed from what is on disk."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

from textual import events
from textual.suggester import Suggester
from textual.widgets import Input

from library.errors import EarmarkError, UnknownUserError
from library.locations import is_whole, typed_paths


class PathField(Input):
    """A line for a path, or for `several`. What a terminal pastes of a dropped file stands in it as its plain path."""

    def __init__(
        self, value: str = "", *, id: str, several: bool = False, placeholder: str = "", select_on_focus: bool = True,
        suggester: Suggester | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            value, placeholder, suggester=suggester or PathSuggester(), id=id, compact=True,
            select_on_focus=select_on_focus,
        )  # fmt: skip
        self._prefilled = value
        self._several = several

    @property
    def paths(self) -> list[Path]:
        """What it names: none, one, or `several`. Raises EarmarkError."""
        paths = typed_paths(self.value)
        if len(paths) > 1 and not self._several:
            raise EarmarkError(f"There are {len(paths)} paths here.", "Enter just one.")
        return paths

    def on_paste(self, event: events.Paste) -> None:
        """A path that needs nothing before it takes the place of what stands there, or follows it."""
        event.prevent_default()
        event.stop()
        pasted = _paths(event.text) if is_whole(event.text) else []
        if not pasted:
            self.replace(" ".join(event.text.splitlines()), *self.selection)
            return
        if self._several and self.selection.is_empty and self.value.strip() != self._prefilled:
            pasted = _paths(self.value) + pasted
        plain = str(pasted[0])
        only = len(pasted) == 1 and typed_paths(plain) == pasted
        self.replace(plain if only else shlex.join(map(str, pasted)), 0, len(self.value))


def _paths(text: str) -> list[Path]:
    try:
        return typed_paths(text)
    except UnknownUserError:
        return []


class PathSuggester(Suggester):
    """Completes the path that is being typed from what is on disk; `→` takes the suggestion."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        if "/" not in value:
            return None
        folder, _, start = value.rpartition("/")
        found = await asyncio.to_thread(_first, folder or "/", start)
        return f"{folder}/{found}" if found else None


def _first(folder: str, start: str) -> str | None:
    """The first name in `folder` that begins so; hidden ones only where a dot was typed. May take its time."""
    hidden = start.startswith(".")
    try:
        names = [child.name for path in typed_paths(folder)[-1:] for child in path.iterdir()]
    except (OSError, ValueError, UnknownUserError):
        return None
    return min((name for name in names if name.startswith(start) and name.startswith(".") == hidden), default=None)
