"""The library that is open: read, remeasured, and another one in its place."""

from __future__ import annotations

import asyncio
import gc
import os
from functools import partial
from importlib import import_module

from textual import work
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.signal import Signal

from tui.generating.app_with_jobs import AppWithJobs
from tui.generating.job_queue import JobQueue
from tui.messages import LibraryChanged
from tui.open_library.library_refresh import LibraryRefresh
from tui.open_library.remeasuring import Remeasuring
from tui.playing.deck import Deck
from tui.playing.player.api import Player
from tui.session.judgement_writer import JudgementWriter
from tui.settings import Settings
from tui.workspace import Workspace

REMEASURE_AFTER_S = 10.0
"""So long after the start a library's older measures are looked at: first come the listener's keys."""
MOST_LIBRARIES = 12
"""So many are remembered."""


class AppWithLibrary(AppWithJobs):
    """Has one library open at a time, and the main screens on it."""

    BETWEEN = "between"
    """The mode without anything to act on, while one library takes the place of another."""
    settings: Settings

    def __init__(self, workspace: Workspace, player: Player, screens: dict[str, tuple[str, str]]) -> None:
        """`screens` by their modes: the module and the class, imported when it is first shown."""
        # Without colours only those of the terminal itself can be left out, not those that would be grey instead.
        super().__init__(workspace, ansi_color=True if "NO_COLOR" in os.environ else None)
        self._screens = screens
        self.library_changed: Signal[LibraryChanged] = Signal(self, "library_changed")
        self.add_mode(self.BETWEEN, Screen)
        self._hold(workspace, player)

    def remember(self, **changes: object) -> None:
        """Change settings and keep them."""
        raise NotImplementedError

    async def ask(self, dialog: ModalScreen[ScreenResultType | None]) -> ScreenResultType | None:
        """Show a dialogue, and wait for its answer."""
        raise NotImplementedError

    def library_opened(self) -> None:
        """Another one is open now: what was asked of the screens was about the one before."""

    def _hold(self, workspace: Workspace, player: Player) -> None:
        self.workspace = workspace
        self.deck = Deck(player, workspace)
        self._writer = JudgementWriter(workspace.log, workspace.plans, self.post_message)
        self._jobs, self._acts = JobQueue(workspace.catalog.library, self.post_message), []
        self._refresh = LibraryRefresh(self, workspace, self.library_changed.publish)
        self._remeasuring = Remeasuring(self, workspace)
        for mode in self._screens:
            self.add_mode(mode, partial(self._load_screen, mode))

    def _load_screen(self, mode: str) -> Screen[None]:
        module, name = self._screens[mode]
        screen: Screen[None] = getattr(import_module(module), name)(self)
        return screen

    def refresh_library(self) -> None:
        self._refresh.start()

    def begin_library(self) -> None:
        """Read it, have measured anew what is old, and remember it as the last one that was open, if it is there."""
        self.refresh_library()
        self._waiting_wishes.look(self.workspace.catalog)
        self.set_timer(REMEASURE_AFTER_S, self._remeasuring.start)
        if self.workspace.library.founded:
            here = str(self.workspace.library.root)
            self.remember(libraries=tuple(dict.fromkeys((here, *self.settings.libraries)))[:MOST_LIBRARIES])

    @work(group="libraries", name="opening a library", exit_on_error=False)
    async def action_open_library(self) -> None:
        """Another library in the place of this one, which stays where that can't be opened."""
        from tui.browsing.libraries_dialog import LibrariesDialog, loses_takes

        here = str(self.workspace.library.root)
        others = [root for root in self.settings.libraries if root != here]
        workspace = await self.ask(LibrariesDialog(here, others, self.workspace.listener))
        if workspace is not None and (not self._jobs.unmade or await self.ask(loses_takes(self._jobs.unmade))):
            await self._put_in_place(workspace)

    async def _put_in_place(self, workspace: Workspace) -> None:
        """Close the library that is open, with all that works on it, and go to this one.

        What was asked for is written before. Takes that are being made wait in their library.
        """
        starts, player = self.deck.starts, self.deck.player
        player.pause()
        await self.switch_mode(self.BETWEEN)
        for screen in self._screens:
            await self.remove_mode(screen)
        await self._writer.finish()
        await asyncio.to_thread(self._close_library)
        self._hold(workspace, player)
        self.deck.starts = starts
        self.library_opened()
        await self.switch_mode("library")
        self.begin_library()
        self.call_later(_forget)

    def _close_library(self) -> None:
        self._refresh.close()
        self._remeasuring.close()
        self._jobs.close()
        self._writer.close()

    async def finish_writing(self, within_s: float | None = None) -> bool:
        """Wait for what was asked for to be written; whether it is by then."""
        return await self._writer.finish(within_s)

    def close_down(self) -> None:
        """End the processes; safe to call twice."""
        self.deck.player.close()
        self._remeasuring.close()
        self._jobs.close()


def _forget() -> None:
    """Give the memory of a library back that was kept out of the garbage collector's way."""
    gc.unfreeze()
    gc.collect()
