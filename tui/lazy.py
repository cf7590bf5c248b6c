"""What is imported when it is first shown, so that the first frame waits for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.screen import Screen

if TYPE_CHECKING:
    from textual.command import Provider


def screen(module: str, name: str) -> Callable[[], Screen[None]]:
    """A main screen, by its module and its class."""

    def make() -> Screen[None]:
        from importlib import import_module

        made: Screen[None] = getattr(import_module(module), name)()
        return made

    return make


def commands() -> type[Provider]:
    """Earmark's entries in the command palette."""
    from tui.frame.palette import EarmarkCommands

    return EarmarkCommands
