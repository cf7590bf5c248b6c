"""The dialogue for loading files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Button, Checkbox, Input, Label, ProgressBar, Static
from textual.worker import get_current_worker

from library.importing.request import ImportReport, ImportRequest
from tui.formatting import counted, plain

if TYPE_CHECKING:
    from tui.app import EarmarkApp

SHOWN_FAILURES = 6


class PathSuggester(Suggester):
    """Completes the path that is being typed from what is on disk; `→` takes the suggestion."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first file or folder that begins so."""
        if "/" not in value:
            return None
        folder, _, start = value.rpartition("/")
        try:
            names = sorted(child.name for child in Path(folder or "/").expanduser().iterdir())
        except OSError:
            return None
        hidden = start.startswith(".")
        found = next((name for name in names if name.startswith(start) and name.startswith(".") == hidden), None)
        return f"{folder}/{found}" if found else None


class ImportScreen(ModalScreen[None]):
    """Asks where the takes are; shows how far it is and what could not be loaded."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Close", id="import.leave")]
    CSS = """
    ImportScreen {
        .dialog Label { color: $quiet; margin-top: 1; }
        .dialog Label.first { margin-top: 0; }
        #buttons { height: 1; margin-top: 1; }
        #buttons Button { margin-right: 2; }
        ProgressBar { margin-top: 1; display: none; }
        #said { height: auto; max-height: 14; margin-top: 1; }
        Checkbox { border: none; padding: 0; background: transparent; margin-top: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._stopped = False
        self._busy = False

    @property
    def earmark(self) -> EarmarkApp:
        """The app, by its own type."""
        return cast("EarmarkApp", self.app)

    def compose(self) -> ComposeResult:
        """Where, how, go."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Import takes"
            yield Label("File or folder (wav, flac, ogg, opus, mp3, aiff); → completes", classes="first")
            yield Input("~/", id="path", suggester=PathSuggester(), select_on_focus=False, compact=True)
            yield Label("Sheet, if there is one (CSV with file, prompt, seed)")
            yield Input("", id="sheet", suggester=PathSuggester(), compact=True)
            yield Label("Pattern of the names, if they are unusual, like {prompt}_s{seed}")
            yield Input("", id="pattern", compact=True)
            yield Checkbox("copy the files into the library", id="copy", compact=True)
            with Horizontal(id="buttons"):
                yield Button("Import", id="go", variant="primary", compact=True)
                yield Button("Close  esc", id="leave", compact=True)
            yield ProgressBar(id="bar", show_eta=True)
            yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        """Type at the end of the path."""
        box = self.query_one("#path", Input)
        box.focus()
        box.cursor_position = len(box.value)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def _go(self) -> None:
        if self._busy:
            return
        path = self.query_one("#path", Input).value.strip()
        sheet = self.query_one("#sheet", Input).value.strip()
        pattern = self.query_one("#pattern", Input).value.strip()
        if not path:
            return
        request = ImportRequest(
            paths=(Path(path).expanduser(),),
            sheet=Path(sheet).expanduser() if sheet else None,
            pattern=pattern or None,
            copy=self.query_one("#copy", Checkbox).value,
        )
        self._busy, self._stopped = True, False
        self.query_one("#bar").display = True
        self.query_one("#said", Static).update("")
        self._import(request)

    @work(thread=True, group="importing", name="import", exit_on_error=False)
    def _import(self, request: ImportRequest) -> None:
        from library.importing.run import run_import

        worker = get_current_worker()
        try:
            report = run_import(
                self.earmark.workspace.catalog,
                request,
                progress=lambda done, of: self.app.call_from_thread(self._show_progress, done, of),
                cancelled=lambda: self._stopped or worker.is_cancelled,
            )
        finally:
            self._busy = False
        self.app.call_from_thread(self._finish, report)

    def _show_progress(self, done: int, of: int) -> None:
        if self.is_mounted:
            self.query_one("#bar", ProgressBar).update(total=of, progress=done)

    def _finish(self, report: ImportReport) -> None:
        self.earmark.look()
        said = f"{counted(len(report.takes), 'take')} imported"
        if report.duplicates:
            said += f", {len(report.duplicates)} known already"
        if report.cancelled:
            said += "; stopped before the end"
        if not report.failed and report.takes:
            self.earmark.tell(f"{said}.")
            self.dismiss(None)
            return
        lines = [f"{said}."] if report.takes or report.duplicates else []
        lines += [plain(f"{path.name}: {reason}") for path, reason in report.failed[:SHOWN_FAILURES]]
        if len(report.failed) > SHOWN_FAILURES:
            lines.append(f"and {len(report.failed) - SHOWN_FAILURES} more that could not be loaded")
        if not lines:
            lines = ["No sound files are there."]
        if self.is_mounted:
            self.query_one("#said", Static).update("\n".join(lines))
        else:
            self.earmark.tell("\n".join(lines), title="Import", severity="warning", timeout=12)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Escape: stop what runs (what it did stays), or close."""
        if self._busy:
            self._stopped = True
        else:
            self.dismiss(None)
