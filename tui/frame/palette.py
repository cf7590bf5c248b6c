"""Earmark's own entries in the command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from ratings.browse import SORTS, Sort

if TYPE_CHECKING:
    from tui.app import EarmarkApp


class Command(NamedTuple):
    """What the palette lists."""

    name: str
    help: str
    run: Callable[[], Any]


class EarmarkCommands(Provider):
    """Going places, loading, exporting, sorting; the same as the keys do."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._commands():
            yield DiscoveryHit(command.name, command.run, help=command.help)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(score, matcher.highlight(command.name), command.run, help=command.help)

    def _commands(self) -> Iterator[Command]:
        app = cast("EarmarkApp", self.app)
        yield Command("Rate", "Hear take after take, blind, and judge each", partial(app.action_go, "rate"))
        yield Command("Duel", "Compare two takes at a time, blind", partial(app.action_go, "duel"))
        yield Command("Ranking", "What wins: takes, prompts, seeds", partial(app.action_go, "ranking"))
        yield Command("Generate", "Write prompts, choose seeds, make takes", partial(app.action_go, "generate"))
        yield Command("Record a draft", "Hum or play what new takes are to follow", self._record)
        yield Command("Library", "All takes", partial(app.action_go, "library"))
        yield Command("Import takes", "Load files or folders", app.action_import_takes)
        yield Command("Export the best", "Take the best away as WAVs", app.action_export)
        for sort in SORTS:
            yield Command(f"Sort by {sort}", "The order of the library", partial(self._sort, sort))
        yield Command("Undo", "Take back the last judgement", partial(app.run_action, "screen.undo"))
        yield Command("Help", "All keys", app.action_help)
        yield Command("Doctor", "What to do when something does not work", self._doctor)

    async def _record(self) -> None:
        from tui.generating.generate_screen import GenerateScreen

        app = cast("EarmarkApp", self.app)
        await app.action_go("generate")
        if isinstance(app.screen, GenerateScreen):
            app.screen.action_record_draft()

    async def _sort(self, sort: Sort) -> None:
        from tui.browsing.library_screen import LibraryScreen

        app = cast("EarmarkApp", self.app)
        await app.action_go("library")
        if isinstance(app.screen, LibraryScreen):
            app.screen.sort_by(sort)

    def _doctor(self) -> None:
        app = cast("EarmarkApp", self.app)
        trouble = app.deck.player.trouble()
        sound = f"{trouble.what} {trouble.remedy} " if trouble else "Sound works as far as the app can tell. "
        app.tell(
            f"{sound}`earmark doctor` in a terminal checks the sound, this library and the generators, "
            "and says how to mend what does not work.",
            title="Doctor",
            timeout=15,
        )
