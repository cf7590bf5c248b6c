"""Opening the app from the command line, and leaving it when a signal says so."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library import locations
from tui.cli import signals
from tui.cli.options import library_of

if TYPE_CHECKING:
    from tui.app import EarmarkApp
    from tui.messages import Opening

SWITCH_S = 0.0005
"""A thread gets the interpreter after so long, for Python's 5 ms: else a judgement isn't written before the screen has
answered its key."""
WRITE_S = 5.0
"""For so long a signal waits for judgements to be written."""
OPEN_S = 2.0
"""For so long it waits for a screen that is being opened."""
LAST_S = 10.0
"""By then the program has ended, even if something hangs."""
AS_IT_WAS = "\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
"""Undoes what Textual asks of a terminal: paste, wrap, mouse, keys, the other screen, the cursor, focus."""


def open_app(library: Path | None, listener: str | None, opening: Opening | None = None) -> None:
    """Open the app on a library and stay until it is left."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise click.UsageError("The app needs a terminal. Run `earmark --help` for commands that don't.")
    from tui.app import make_app

    app = make_app(
        library_of(library).root,
        listener=listener,
        settings_path=locations.settings_file(),
        opening=opening,
    )
    sys.setswitchinterval(SWITCH_S)
    try:
        asyncio.run(_Stay(app).run())
    finally:
        app.close_down()
    if app.return_code:
        sys.exit(app.return_code)


class _Stay:
    """From the app's first frame to its last, and to the terminal as it was before."""

    def __init__(self, app: EarmarkApp) -> None:
        self._app = app
        self._terminal = termios.tcgetattr(sys.stdin)
        self._output = sys.stdout.fileno()
        self._restored = False
        self._leaving: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Stay until the app is left, or until a signal ends it, without asking."""
        loop = asyncio.get_running_loop()

        def leave(_: int) -> None:
            if self._leaving is not None:
                self._end_now()  # it was asked before
            overdue = threading.Timer(LAST_S, self._end_now)
            overdue.daemon = True
            overdue.start()
            self._leaving = loop.create_task(self._leave())
            loop.call_soon_threadsafe(lambda: None)  # it may be waiting for something else

        with signals.handled(leave):
            await self._app.run_async()
            self._restored = True
            if self._leaving is not None:
                await self._leaving

    async def _leave(self) -> None:
        written = await self._app.finish_writing(WRITE_S)
        self._app.close_down()
        if not (written and self._has_terminal()):
            self._end_now()
        await self._wait_for_screen()
        self._app.exit()

    async def _wait_for_screen(self) -> None:
        """Until what is being opened is there: half a screen would look for its other half in vain, and fail."""
        from textual.app import ScreenStackError

        there = asyncio.Event()
        with suppress(ScreenStackError, TimeoutError):
            self._app.screen.call_after_refresh(there.set)
            await asyncio.wait_for(there.wait(), OPEN_S)

    def _has_terminal(self) -> bool:
        try:
            termios.tcgetattr(sys.stdin)
        except termios.error:
            return False
        return True

    def _end_now(self) -> None:
        """Restore the terminal, where there still is one, and end, whatever hangs. Children end by themselves then."""
        if not self._restored:
            with suppress(OSError, termios.error):
                os.write(self._output, AS_IT_WAS.encode())
                termios.tcsetattr(sys.stdin, termios.TCSANOW, self._terminal)
        os._exit(signals.exit_code() or 1)
