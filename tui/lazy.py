"""What is imported when it is first shown, so that the first frame waits for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.context import AppContext

if TYPE_CHECKING:
    from textual.command import Provider

MAIN_SCREENS = {
    "library": ("tui.browsing.library_screen", "LibraryScreen"),
    "rate": ("tui.session.rate_screen", "RateScreen"),
    "duel": ("tui.session.duel_screen", "DuelScreen"),
    "ranking": ("tui.ranking.ranking_screen", "RankingScreen"),
    "generate": ("tui.generating.generate_screen", "GenerateScreen"),
}
"""By their modes: the module and the class."""


def load_screen(mode: str, context: AppContext) -> Screen[None]:
    """The main screen of that mode."""
    from importlib import import_module

    module, name = MAIN_SCREENS[mode]
    made: Screen[None] = getattr(import_module(module), name)(context)
    return made


def commands() -> type[Provider]:
    """Earmark's entries in the command palette."""
    from tui.frame.palette import EarmarkCommands

    return EarmarkCommands
