"""Measuring anew, behind the screens, what an older meter measured."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import App

from tui.workspace import Workspace

if TYPE_CHECKING:
    from library.mending.remeasuring import Remeasured
    from library.processes.child import Child

_END_S = 2.0


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
