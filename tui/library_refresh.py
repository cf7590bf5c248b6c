"""Reading what is new in the library, and having measured anew what is old: behind the screens."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import App

from tui.messages import LibraryChanged
from tui.workspace import Workspace

if TYPE_CHECKING:
    from library.mending.remeasuring import Remeasured
    from library.processes.child import Child

GROUP = "reading"
REMEASURE_AFTER_S = 10.0
"""So long after the start a library's older measures are looked at: first come the listener's keys."""
_END_S = 2.0
MANY = 10_000
"""So many takes that come at once are kept out of the garbage collector's way."""


class LibraryRefresh:
    """Reads on a thread, and tells of it on the event loop."""

    def __init__(self, app: App[None], workspace: Workspace, publish: Callable[[LibraryChanged], None]) -> None:
        """`publish` gets what is new, if anything is."""
        self._app = app
        self._workspace = workspace
        self._publish = publish
        self._busy = False

    def start(self) -> None:
        """Read, unless that is under way."""
        if not self._busy:
            self._busy = True
            self._app.run_worker(self._read, "reading the library", GROUP, exit_on_error=False, thread=True)

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
