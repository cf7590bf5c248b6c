"""Paths completed from what is on disk while they are typed."""

from __future__ import annotations

import asyncio

from textual.suggester import Suggester

from library.errors import UnknownUserError
from library.locations import typed_path


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
        names = [child.name for child in typed_path(folder).iterdir()]
    except (OSError, ValueError, UnknownUserError):
        return None
    return min((name for name in names if name.startswith(start) and name.startswith(".") == hidden), default=None)
