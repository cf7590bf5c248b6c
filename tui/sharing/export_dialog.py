"""The dialogue for taking the best takes away as WAVs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Select

from ratings.errors import ExportError
from tui.frame.formatting import counted, plain
from tui.frame.path_field import PathField
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome
from tui.frame.tick import Tick
from tui.frame.typed_number import typed_number

if TYPE_CHECKING:
    from ratings.export import ExportReport, ExportRequest

SUBTYPES = (("same as take", "as"), ("16 bit", "PCM_16"), ("24 bit", "PCM_24"), ("32 bit float", "FLOAT"))


class ExportDialog(TaskDialog["ExportReport"]):
    """Asks which takes go where; shows how far it is."""

    CSS: ClassVar[str] = """
    ExportDialog {
        .fields { height: 3; }
        .fields Vertical { width: 1fr; height: 3; margin-right: 2; }
        Select { height: 1; }
    }
    """

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Export the best"
            yield Label("Folder", classes="first")
            yield PathField("~/earmark-export", id="folder")
            with Horizontal(classes="fields"):
                yield Vertical(Label("How many"), Input("10", id="count", placeholder="all", compact=True))
                yield Vertical(Label("Minimum stars"), Input("", id="stars", placeholder="any", compact=True))
                yield Vertical(Label("Max per prompt"), Input("", id="per-prompt", placeholder="any", compact=True))
            with Horizontal(classes="fields"):
                yield Vertical(
                    Label("Bit depth"), Select(SUBTYPES, value="as", allow_blank=False, id="subtype", compact=True)
                )
                yield Vertical(
                    Label("Loudness (LUFS)"), Input("", id="normalize", placeholder="unchanged", compact=True)
                )
            yield Tick("only picked takes", id="picks", compact=True)
            yield from self.compose_end("Export")

    def _number(self, name: str, what: str) -> float | None:
        text = self.query_one(f"#{name}", Input).value.strip()
        try:
            return typed_number(text) if text else None
        except ValueError:
            what = f"{what} must be a number, not “{plain(text)}”."
            raise ExportError(what, "Enter a number, or leave it empty.") from None

    def _whole(self, name: str, what: str) -> int | None:
        number = self._number(name, what)
        if number is None:
            return None
        if number < 1 or number != int(number):
            raise ExportError(f"{what} can't be {number:g}.", "Enter a whole number, 1 or more, or leave it empty.")
        return int(number)

    def _request(self) -> ExportRequest:
        """What the fields ask for. Raises ExportError."""
        from ratings.export import ExportRequest

        folders = self.query_one("#folder", PathField).paths
        if not folders:
            raise ExportError("There's no folder to export to.", "Choose a folder.")
        subtype = self.query_one("#subtype", Select).value
        return ExportRequest(
            destination=folders[0],
            count=self._whole("count", "How many"),
            min_stars=self._number("stars", "Minimum stars"),
            picks=self.query_one("#picks", Tick).value,
            per_prompt=self._whole("per-prompt", "Max per prompt"),
            subtype=None if subtype == "as" else subtype,  # type: ignore[arg-type]
            normalize=self._number("normalize", "Loudness"),
        )

    def prepare_task(self) -> Callable[[Progress, Stopped], ExportReport]:
        request, workspace = self._request(), self.context.workspace
        self._destination = plain(str(request.destination))

        def write(progress: Progress, stopped: Stopped) -> ExportReport:
            from ratings.export import run_export

            return run_export(workspace.catalog, workspace.history, request, progress=progress, cancelled=stopped)

        return write

    def finished(self, report: ExportReport) -> TaskOutcome:
        """What is there now, and what could not be written."""
        failed = [f"{failure.take[:8]}: {failure.reason}" for failure in report.failed]
        summary = f"{counted(len(report.files), 'take')} exported to {self._destination}"
        if kept := sum(file.kept for file in report.files):
            summary += f", {kept} of them already there"
        if quieter := sum(file.turned_down for file in report.files):
            summary += f", {quieter} turned down to avoid clipping"
        if short := sum(file.short_lu > 0 for file in report.files):
            summary += f", {short} quieter than asked, since their peaks allow no more gain"
        if report.cancelled:
            summary += "; stopped before it finished"
        elif not report.files:
            nothing = "No takes match: nothing is judged yet, or the limits are too strict"
            summary = "" if failed else nothing
        return TaskOutcome(f"{summary}." if summary else "", bool(report.files) and not failed, failed)
