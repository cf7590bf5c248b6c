"""Paths as they are typed: ~ resolved, and completed from what is on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.suggester import Suggester


def expanded(path: str) -> Path:
    """`path` with ~ resolved, as far as it can be."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no such user
        return Path(path)


class PathSuggester(Suggester):
    """Completes the path that is being typed from what is on disk; `→` takes the suggestion."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first file or folder that begins so."""
        if "/" not in value:
            return None
        folder, _, start = value.rpartition("/")
        found = await asyncio.to_thread(_first, expanded(folder or "/"), start)
        return f"{folder}/{found}" if found else None


def _first(folder: Path, start: str) -> str | None:
    """The first name in `folder` that begins so; hidden ones only where a dot was typed. May take its time."""
    hidden = start.startswith(".")
    try:
        names = [child.name for child in folder.iterdir()]
    except (OSError, ValueError):
        return None
    return min((name for name in names if name.startswith(start) and name.startswith(".") == hidden), default=None)
