"""The dialogue for what came back from panels: files, or a text that was pasted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Label, TextArea

from ratings.errors import PanelError
from tui.frame.formatting import counted, plain
from tui.frame.path_field import PathField
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome

if TYPE_CHECKING:
    from ratings.panel.collect import Collected

PASTED = "the text"


class CollectDialog(TaskDialog["Collected"]):
    """Asks for what friends sent back, and says whose judgements came of it."""

    CSS = """
    CollectDialog TextArea { height: 6; }
    CollectDialog.-short TextArea { height: 3; }
    """

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Collect a panel\u2019s answers"
            yield Label("Files that friends sent back: drop them here", classes="first")
            yield PathField("", id="files", several=True, select_on_focus=False)
            yield Label("or paste the text of their messages")
            yield TextArea(id="text", tab_behavior="focus")
            yield from self.compose_end("Collect")

    def on_mount(self) -> None:
        self.query_one("#files").focus()

    def prepare_task(self) -> Callable[[Progress, Stopped], Collected]:
        journal = self.context.workspace.journal
        files = [(str(path), path) for path in self.query_one("#files", PathField).paths]
        text = self.query_one("#text", TextArea).text
        if not files and not text.strip():
            raise PanelError("There are no answers yet.", "Choose files, or paste a text.")

        def take_in(_progress: Progress, _stopped: Stopped) -> Collected:
            from ratings.panel.collect import collect

            pasted = [(PASTED, text.encode(errors="replace"))] if text.strip() else []
            return collect(journal, [*files, *pasted])

        return take_in

    def finished(self, report: Collected) -> TaskOutcome:
        """Whose judgements are new, and what was none."""
        self.context.refresh_library()
        by = f" by {', '.join(map(plain, report.listeners))}" if report.listeners else ""
        known = f", {report.known:,} here already" if report.known else ""
        summary = f"{counted(report.judgements, 'judgement')}{by}{known}." if report.judgements + report.known else ""
        failed = [f"{name}: {reason}" for name, reason in report.failed]
        return TaskOutcome(summary, bool(summary) and not failed, failed)
