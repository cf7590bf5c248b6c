"""The dialogue for taking the best takes away as WAVs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input, Label, ProgressBar, Select, Static
from textual.worker import get_current_worker

from tui.formatting import counted, plain
from tui.screens.importing import PathSuggester

if TYPE_CHECKING:
    from ratings.export import ExportReport, ExportRequest
    from tui.app import EarmarkApp

SUBTYPES = (("as the take", "as"), ("16 bit", "PCM_16"), ("24 bit", "PCM_24"), ("32 bit float", "FLOAT"))


class ExportScreen(ModalScreen[None]):
    """Asks which takes go where; shows how far it is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Close", id="export.leave")]
    CSS = """
    ExportScreen {
        .dialog Label { color: $quiet; margin-top: 1; }
        .dialog Label.first { margin-top: 0; }
        .fields { height: 3; }
        .fields Vertical { width: 1fr; height: 3; margin-right: 2; }
        #buttons { height: 1; margin-top: 1; }
        #buttons Button { margin-right: 2; }
        ProgressBar { margin-top: 1; display: none; }
        #said { height: auto; max-height: 12; margin-top: 1; }
        Checkbox { border: none; padding: 0; background: transparent; margin-top: 1; }
        Select { height: 1; }
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
        """Where, which, how, go."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Export the best"
            yield Label("Folder", classes="first")
            yield Input("~/earmark-export", id="folder", suggester=PathSuggester(), compact=True)
            with Horizontal(classes="fields"):
                with Vertical():
                    yield Label("At most")
                    yield Input("10", id="count", placeholder="all", compact=True)
                with Vertical():
                    yield Label("From stars")
                    yield Input("", id="stars", placeholder="any", compact=True)
                with Vertical():
                    yield Label("Each prompt at most")
                    yield Input("", id="per-prompt", placeholder="any", compact=True)
            with Horizontal(classes="fields"):
                with Vertical():
                    yield Label("Samples")
                    yield Select(SUBTYPES, value="as", allow_blank=False, id="subtype", compact=True)
                with Vertical():
                    yield Label("Loudness (LUFS)")
                    yield Input("", id="normalize", placeholder="untouched", compact=True)
            yield Checkbox("only picked takes", id="picks", compact=True)
            with Horizontal(id="buttons"):
                yield Button("Export", id="go", variant="primary", compact=True)
                yield Button("Close  esc", id="leave", compact=True)
            yield ProgressBar(id="bar", show_eta=True)
            yield Static("", id="said", markup=False)

    def _number(self, name: str, what: str) -> float | None:
        text = self.query_one(f"#{name}", Input).value.strip().replace(",", ".")
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{what}: {text!r} is no number.") from None

    def _request(self) -> ExportRequest:
        """What the fields ask for. Raises ValueError with a sentence."""
        from ratings.export import ExportRequest

        folder = self.query_one("#folder", Input).value.strip()
        if not folder:
            raise ValueError("Name a folder.")
        count, per_prompt = self._number("count", "At most"), self._number("per-prompt", "Each prompt at most")
        subtype = self.query_one("#subtype", Select).value
        return ExportRequest(
            destination=Path(folder).expanduser(),
            count=None if count is None else int(count),
            min_stars=self._number("stars", "From stars"),
            picks=self.query_one("#picks", Checkbox).value,
            per_prompt=None if per_prompt is None else int(per_prompt),
            subtype=None if subtype == "as" else subtype,  # type: ignore[arg-type]
            normalize=self._number("normalize", "Loudness"),
        )

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def _go(self) -> None:
        if self._busy:
            return
        try:
            request = self._request()
        except ValueError as error:
            self.query_one("#said", Static).update(plain(str(error)))
            return
        self._busy, self._stopped = True, False
        self.query_one("#bar").display = True
        self.query_one("#said", Static).update("")
        self._export(request)

    @work(thread=True, group="exporting", name="export", exit_on_error=False)
    def _export(self, request: ExportRequest) -> None:
        from ratings.export import run_export

        worker, workspace = get_current_worker(), self.earmark.workspace
        try:
            report = run_export(
                workspace.catalog,
                workspace.history,
                request,
                progress=lambda done, of: self.app.call_from_thread(self._show_progress, done, of),
                cancelled=lambda: self._stopped or worker.is_cancelled,
            )
        finally:
            self._busy = False
        self.app.call_from_thread(self._finish, report, request)

    def _show_progress(self, done: int, of: int) -> None:
        if self.is_mounted:
            self.query_one("#bar", ProgressBar).update(total=of, progress=done)

    def _finish(self, report: ExportReport, request: ExportRequest) -> None:
        said = f"{counted(len(report.files), 'take')} exported to {request.destination}"
        if report.files and not report.failed:
            self.earmark.tell(f"{said}.", timeout=8)
            self.dismiss(None)
            return
        lines = [f"{said}."] if report.files else []
        lines += [plain(f"{failure.take[:8]}: {failure.reason}") for failure in report.failed[:6]]
        if not lines:
            lines = ["No take answers to that: nothing is judged yet, or the conditions are too strict."]
        if self.is_mounted:
            self.query_one("#said", Static).update("\n".join(lines))

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Escape: stop what runs (what it wrote stays), or close."""
        if self._busy:
            self._stopped = True
        else:
            self.dismiss(None)
