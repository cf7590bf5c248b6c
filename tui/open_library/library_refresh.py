"""Reading what is new in the library, behind the screens."""

from __future__ import annotations

import gc
from collections.abc import Callable

from textual.app import App

from tui.messages import LibraryChanged
from tui.workspace import Workspace

GROUP = "reading"
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
