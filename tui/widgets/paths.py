"""Paths as they are typed: ~ resolved, and completed from what is on disk."""

from __future__ import annotations

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
        try:
            names = sorted(child.name for child in expanded(folder or "/").iterdir())
        except (OSError, ValueError):
            return None
        hidden = start.startswith(".")
        found = next((name for name in names if name.startswith(start) and name.startswith(".") == hidden), None)
        return f"{folder}/{found}" if found else None
