"""The library that is open, what works on it behind the screens, and another one in its place."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from textual import work
from textual.app import App
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.signal import Signal

from tui.generating.app_with_jobs import AppWithJobs
from tui.generating.job_queue import JobQueue
from tui.messages import LibraryChanged
from tui.playing.deck import Deck
from tui.playing.player.api import Player
from tui.session.judgement_writer import JudgementWriter
from tui.settings import Settings
from tui.workspace import Workspace

if TYPE_CHECKING:
    from library.mending.remeasuring import Remeasured
    from library.processes.child import Child

GROUP = "reading"
REMEASURE_AFTER_S = 10.0
"""So long after the start a library's older measures are looked at: first come the listener's keys."""
_END_S = 2.0
MOST_LIBRARIES = 12
"""So many are remembered."""
MANY = 10_000
"""So many takes that come at once are kept out of the garbage collector's way."""


class LibraryRefresh:
    """Reads on a thread, and tells of it on the event loop."""

    def __init__(self, app: App[None], workspace: Workspace, publish: Callable[[LibraryChanged], None]) -> None:
        """`publish` gets what is new, if anything is."""
        self._app = app
        self._workspace = workspace
        self._publish = publish
        self._busy = self._closed = False

    def start(self) -> None:
        """Read, unless that is under way."""
        if not (self._busy or self._closed):
            self._busy = True
            self._app.run_worker(self._read, "reading the library", GROUP, exit_on_error=False, thread=True)

    def close(self) -> None:
        """Tell of nothing any more."""
        self._closed = True

    def _read(self) -> None:
        if not self._workspace.loaded:
            gc.disable()  # all that is read stays
        try:
            change = self._workspace.refresh()
            self._busy = False
            self._app.call_from_thread(self._pass_on, change)
            if change.first:
                self._workspace.view.warm()
            if change.first or len(change.added) >= MANY:
                gc.freeze()  # else the collector walks over 100,000 takes, 80 ms, under some later key
        finally:
            self._busy = False
            gc.enable()

    def _pass_on(self, change: LibraryChanged) -> None:
        if self._closed:
            return
        if change.first or change.added or change.changed or change.judged:
            self._publish(change)
        for line in self._workspace.damage_lines():
            self._app.notify(line, title="A library file is damaged", severity="warning", timeout=15)


class Remeasuring:
    """A process that measures anew what an older meter measured, if there is any: at the lowest priority, once.

    What it writes is read as all that other processes write.
    """

    def __init__(self, app: App[None], workspace: Workspace) -> None:
        self._app = app
        self._workspace = workspace
        self._child: Child[None, Remeasured] | None = None
        self._closed = False

    def start(self) -> None:
        """Look whether there is any, on a thread, and begin."""
        self._app.run_worker(self._begin, "measuring", "measuring", exit_on_error=False, thread=True)

    def _begin(self) -> None:
        from library.mending.remeasuring import REMEASURING, has_old_measures
        from library.processes.child import Child

        if has_old_measures(self._workspace.catalog) and not self._closed:
            root = str(self._workspace.library.root)
            child = Child(REMEASURING, (root,), on_report=lambda _child, _report: None, own_session=True)
            with suppress(OSError):
                child.start()
                self._child = child

    def close(self) -> None:
        """End it; what it has measured so far is kept."""
        self._closed = True
        if self._child is not None:
            self._child.end(_END_S)


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

        What was asked for is written before. Takes that are being made are lost.
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
