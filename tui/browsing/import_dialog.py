"""The dialogue for loading files and folders."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Label

from library.errors import ImportingError
from library.importing.request import ImportReport, ImportRequest
from tui.frame.formatting import counted
from tui.frame.path_field import PathField
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome
from tui.frame.tick import Tick


class ImportDialog(TaskDialog[ImportReport]):
    """Asks where the takes are; shows how far it is and what could not be loaded."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Import takes"
            yield Label("File or folder (wav, flac, ogg, opus, mp3, aiff); → completes", classes="first")
            yield PathField("~/", id="path", several=True, select_on_focus=False)
            yield Label("Sheet, if there is one (CSV with file, prompt, seed)")
            yield PathField(id="sheet")
            yield Label("Pattern of the names, if they are unusual, like {prompt}_s{seed}")
            yield Input("", id="pattern", compact=True)
            yield Tick("copy the files into the library", id="copy", compact=True)
            yield from self.compose_end("Import")

    def on_mount(self) -> None:
        self.query_one("#path").focus()

    def prepare_task(self) -> Callable[[Progress, Stopped], ImportReport] | None:
        paths, sheets = (self.query_one(name, PathField).paths for name in ("#path", "#sheet"))
        pattern = self.query_one("#pattern", Input).value.strip()
        if not paths:
            raise ImportingError("There is nothing to import yet.", "Name a file or a folder.")
        request = ImportRequest(
            paths=paths,
            sheet=next(iter(sheets), None),
            pattern=pattern or None,
            copy=self.query_one("#copy", Tick).value,
        )

        def load(progress: Progress, stopped: Stopped) -> ImportReport:
            from library.importing.known_sounds import KnownSounds
            from library.importing.run_import import run_import

            catalog, known = self.context.workspace.catalog, KnownSounds.of_user()
            return run_import(catalog, request, progress=progress, cancelled=stopped, known=known)

        return load

    def finished(self, report: ImportReport) -> TaskOutcome:
        self.context.refresh_library()
        failed = [f"{path.name}: {reason}" for path, reason in report.failed]
        summary = f"{counted(len(report.takes), 'take')} imported"
        if report.duplicates:
            summary += f", {len(report.duplicates)} known already"
        if report.unclear:
            summary += f", {counted(len(report.unclear), 'source')} not understood: {report.unclear[0][1]}"
        if report.unmatched:
            summary += f", {report.unmatched} not named as the pattern says"
        if report.cancelled:
            summary += "; stopped before the end"
        if not (report.takes or report.duplicates or report.cancelled):
            summary = "" if failed else "No sound files are there"
        done = bool(report.takes or report.cancelled) and not failed
        return TaskOutcome(f"{summary}." if summary else "", done, failed)
