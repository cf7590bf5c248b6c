"""The dialogue for loading files and folders."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Label

from library.errors import EarmarkError, ImportingError
from library.importing.request import ImportReport, ImportRequest
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, kinds_left_out, plain, take_words
from tui.frame.path_field import PathField
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome
from tui.frame.tick import Tick

if TYPE_CHECKING:
    from library.importing.known_sounds import KnownSounds
    from library.importing.preview import Preview


PAUSE_S = 0.2
"""Nothing is looked at while somebody types on."""
TOO_WIDE = ("", "~", "~/", "/")
"""Where nobody's takes are, but all else is."""
ROOMY = 30
SCROLLBAR, LEAST_PROMPT = 2, 10


class ImportDialog(TaskDialog[ImportReport]):
    """Asks where the takes are; shows how far it is and what could not be loaded."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Import takes"
            yield Label("Audio files or folders (wav, flac, mp3, ogg …); → completes", classes="first")
            yield PathField("~/", id="path", several=True, select_on_focus=False)
            yield Label("Sheet, optional (CSV with file, prompt, seed)")
            yield PathField(id="sheet")
            yield Label("File name pattern, optional, like {prompt}_s{seed}")
            yield Input("", id="pattern", compact=True)
            yield Tick("copy the files into the library", id="copy", compact=True)
            yield from self.compose_end("Import")

    def on_mount(self) -> None:
        self.query_one("#path").focus()

    def _request(self) -> ImportRequest:
        """What the fields ask for. Raises EarmarkError."""
        paths, sheets = (self.query_one(name, PathField).paths for name in ("#path", "#sheet"))
        if not paths:
            raise ImportingError("There's nothing to import yet.", "Choose a file or folder.")
        return ImportRequest(
            paths=paths,
            sheet=next(iter(sheets), None),
            pattern=self.query_one("#pattern", Input).value.strip() or None,
            copy=self.query_one("#copy", Tick).value,
        )

    @on(Input.Changed)
    @work(exclusive=True, group="preview", name="looking at what would be imported", exit_on_error=False)
    async def _look(self) -> None:
        from library.importing.preview import preview

        stop, words = threading.Event(), ""
        try:
            await asyncio.sleep(PAUSE_S)
            if self.query_one("#path", Input).value.strip() not in TOO_WIDE:
                catalog, known = self.context.workspace.catalog, self._known_sounds
                most = 8 if self.size.height >= ROOMY else 3
                found = await asyncio.to_thread(preview, catalog, self._request(), known, most, stop.is_set)
                words = self._preview_words(found)
        except EarmarkError as error:
            words = str(error)
        finally:
            stop.set()
        self._show_message(words)

    def _preview_words(self, found: Preview) -> str:
        if not found.files:
            return ""
        like = ", like" if found.count > len(found.files) else ""
        lines = [f"{'' if found.counted else 'over '}{counted(found.count, 'audio file')}{like}:"]
        width = self.query_one("#status").size.width - SCROLLBAR
        for file in found.files:
            words, told = (plain(file.problem), "") if file.take is None else take_words(file.take)
            name = shortened(plain(file.path.name), width // 4)
            start = f"{name} → {'already in the library: ' * file.known}"
            told = shortened(told, width - cell_len(start) - LEAST_PROMPT)
            lines.append(f"{start}{shortened(words, width - cell_len(start + told))}{told}")
        return "\n".join(lines)

    @cached_property
    def _known_sounds(self) -> KnownSounds:
        from library.importing.known_sounds import KnownSounds

        return KnownSounds.of_user()

    def prepare_task(self) -> Callable[[Progress, Stopped], ImportReport]:
        request = self._request()
        self.workers.cancel_group(self, "preview")

        def load(progress: Progress, stopped: Stopped) -> ImportReport:
            from library.importing.run_import import run_import

            catalog, known = self.context.workspace.catalog, self._known_sounds
            return run_import(catalog, request, progress=progress, cancelled=stopped, known=known)

        return load

    def finished(self, report: ImportReport) -> TaskOutcome:
        self.context.refresh_library()
        failed = [f"{path.name}: {reason}" for path, reason in report.failed]
        summary = f"{counted(len(report.takes), 'take')} imported"
        if report.duplicates:
            summary += f", {len(report.duplicates)} already in the library"
        if report.partial:
            summary += f", {len(report.partial)} of them only partly"
        if report.left_out:
            summary += f", {kinds_left_out([path for path, _ in report.left_out])}"
        if report.unclear:
            summary += f", {counted(len(report.unclear), 'source')} not understood: {report.unclear[0][1]}"
        if report.unmatched:
            summary += f", {report.unmatched} not matching the pattern"
        if report.cancelled:
            summary += "; stopped before it finished"
        if not (report.takes or report.duplicates or report.left_out or report.cancelled):
            summary = "" if failed else "No audio files found"
        done = bool(report.takes or report.cancelled) and not failed
        return TaskOutcome(f"{summary}." if summary else "", done, failed)
