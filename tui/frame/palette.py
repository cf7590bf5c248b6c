"""Earmark's own entries in the command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider

from ratings.browse import SORTS


class Command(NamedTuple):
    """What the palette lists."""

    name: str
    help: str
    run: Callable[[], Any]


class EarmarkCommands(Provider):
    """Going places, loading, exporting, sorting: the actions that keys have, by name."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._commands():
            yield DiscoveryHit(command.name, command.run, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(score, matcher.highlight(command.name), command.run, help=command.help)

    def _commands(self) -> Iterator[Command]:
        def command(name: str, what: str, *actions: str) -> Command:
            return Command(name, what, partial(self._run, actions))

        yield command("Rate", "Hear take after take, blind, and judge each", "app.go('rate')")
        yield command("Duel", "Compare two takes at a time, blind", "app.go('duel')")
        yield command("Ranking", "What wins: takes, prompts, seeds", "app.go('ranking')")
        yield command("Generate", "Write prompts, choose seeds, make takes", "app.go('generate')")
        yield command(
            "Record a draft", "Hum or play what new takes are to follow", "app.go('generate')", "screen.record_draft"
        )
        yield command("Library", "All takes", "app.go('library')")
        yield command("Import takes", "Load files or folders", "app.import_takes")
        yield command("Export the best", "Take the best away as WAVs", "app.export")
        for sort in SORTS:
            yield command(
                f"Sort by {sort}", "The order of the library", "app.go('library')", f"screen.sort_by('{sort}')"
            )
        yield command("Undo", "Take back the last judgement", "screen.undo")
        yield command("Help", "All keys", "app.help")
        yield command("Doctor", "What to do when something does not work", "app.doctor")

    async def _run(self, actions: Sequence[str]) -> None:
        for action in actions:
            await self.app.run_action(action)
