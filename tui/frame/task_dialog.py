"""What the dialogues that load and export share: one task at a time, its progress, and stopping it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, ProgressBar, Static
from textual.worker import Worker

from library.errors import EarmarkError
from tui.context import AppContext
from tui.frame.dialog import Dialog
from tui.frame.formatting import plain
from tui.frame.key_names import key_name
from tui.frame.keys import TASK

Report = TypeVar("Report")
Progress = Callable[[int, int], None]
"""Takes how much is done, and of how much."""
Stopped = Callable[[], bool]
SHOWN_FAILURES = 6


class TaskOutcome(NamedTuple):
    summary: str
    """In a sentence; empty if nothing did."""
    done: bool
    """Whether the dialogue has served its purpose."""
    failures: Sequence[str]


class TaskDialog(Dialog[None], Generic[Report]):
    """Fields, a button that begins, a bar, and words. Escape stops what runs (what it did stays), or closes."""

    BINDINGS: ClassVar[list[BindingType]] = [*TASK]
    DEFAULT_CSS = """
    TaskDialog {
        .dialog Label { color: $quiet; margin-top: 1; }
        .dialog Label.first { margin-top: 0; }
        .dialog Tick { border: none; padding: 0; background: transparent; margin-top: 1; }
        #buttons { height: 1; margin-top: 1; }
        #buttons Button { margin-right: 2; }
        ProgressBar { margin-top: 1; display: none; }
        #status { height: auto; max-height: 12; margin-top: 1; }
        &.-short .dialog { padding: 0 2; }
    }
    """

    @dataclass
    class Progressed(Message):
        """The task is so far. Posted from its thread."""

        done: int
        of: int

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TaskDialog.Progressed)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self._stopped = False
        self._busy = False
        self.error: EarmarkError | None = None
        """Why the last task failed as a whole, or could not begin."""
        self.outcome: TaskOutcome | None = None

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.context.report_failure(event)

    def compose_end(self, begin: str) -> Iterator[Widget]:
        with Horizontal(id="buttons"):
            yield Button(begin, id="go", variant="primary", compact=True)
            yield Button(f"Close  {key_name(self, 'dialog.leave')}", id="leave", compact=True)
        yield ProgressBar(id="bar", show_eta=True)
        yield Static("", id="status", markup=False)

    def prepare_task(self) -> Callable[[Progress, Stopped], Report] | None:
        """What the fields ask for, to be done on a thread; None if that is nothing. Raises EarmarkError."""
        raise NotImplementedError

    def finished(self, report: Report) -> TaskOutcome:
        raise NotImplementedError

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def _begin(self) -> None:
        if self._busy:
            return
        try:
            task = self.prepare_task()
        except EarmarkError as error:
            self._show_error(error)
            return
        if task is not None:
            self._busy, self._stopped = True, False
            self.error = self.outcome = None
            self._show_message("")
            self.query_one("#bar", ProgressBar).update(total=None, progress=0)
            self.query_one("#bar").display = True
            self._run(task)

    @work(group="task", name="task", exit_on_error=False)
    async def _run(self, task: Callable[[Progress, Stopped], Report]) -> None:
        try:
            report = await asyncio.to_thread(task, self._post_progress, lambda: self._stopped)
        except EarmarkError as error:
            self._show_error(error)
        else:
            self._finish(report)
        finally:
            self._stopped, self._busy = True, False  # also for a thread that outlives an app being left
            if self.is_mounted:
                self.query_one("#bar").display = False

    def _post_progress(self, done: int, of: int) -> None:
        self.post_message(self.Progressed(done, of))

    @on(Progressed)
    def _show_progress(self, event: Progressed) -> None:
        self.query_one("#bar", ProgressBar).update(total=event.of, progress=event.done)

    def _finish(self, report: Report) -> None:
        self.outcome = summary, done, failures = self.finished(report)
        lines = [summary] if summary else []
        lines += [plain(line) for line in failures[:SHOWN_FAILURES]]
        if len(failures) > SHOWN_FAILURES:
            lines.append(f"and {len(failures) - SHOWN_FAILURES} more")
        if done and self.is_current:
            self.notify(summary, timeout=8)
            self.dismiss(None)
        else:
            self._show_message("\n".join(lines))

    def _show_error(self, error: EarmarkError) -> None:
        self.error = error
        self._show_message(str(error))

    def _show_message(self, words: str) -> None:
        if self.is_mounted:
            self.query_one("#status", Static).update(words)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        if self._busy:
            self._stopped = True
            self._show_message("Stopping …")
        else:
            self.dismiss(None)
