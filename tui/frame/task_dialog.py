"""What the dialogues that load and export share: one task at a time, its progress, and stopping it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, ProgressBar, Static
from textual.worker import Worker

from library.errors import EarmarkError
from tui.context import AppContext
from tui.frame.dialog import Dialog
from tui.frame.formatting import plain

Report = TypeVar("Report")
Progress = Callable[[int, int], None]
"""Takes how much is done, and of how much."""
Stopped = Callable[[], bool]
"""Whether to stop."""
SHOWN_FAILURES = 6


class TaskDialog(Dialog[None], Generic[Report]):
    """Fields, a button that begins, a bar, and words. Escape stops what runs (what it did stays), or closes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Close", id="dialog.leave")]
    DEFAULT_CSS = """
    TaskDialog {
        .dialog Label { color: $quiet; margin-top: 1; }
        .dialog Label.first { margin-top: 0; }
        .dialog Tick { border: none; padding: 0; background: transparent; margin-top: 1; }
        #buttons { height: 1; margin-top: 1; }
        #buttons Button { margin-right: 2; }
        ProgressBar { margin-top: 1; display: none; }
        #said { height: auto; max-height: 12; margin-top: 1; }
        &.-short .dialog { padding: 0 2; }
    }
    """

    class Progressed(Message):
        """The task is so far. Posted from its thread."""

        def __init__(self, done: int, of: int) -> None:
            super().__init__()
            self.done, self.of = done, of

        def can_replace(self, message: Message) -> bool:
            """Only the newest matters."""
            return isinstance(message, TaskDialog.Progressed)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self._stopped = False
        self._busy = False

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Failed tasks are the app's to tell of."""
        self.context.report_failure(event)

    def compose_end(self, begin: str) -> Iterator[Widget]:
        """The lower part: buttons, bar, words."""
        with Horizontal(id="buttons"):
            yield Button(begin, id="go", variant="primary", compact=True)
            yield Button("Close  esc", id="leave", compact=True)
        yield ProgressBar(id="bar", show_eta=True)
        yield Static("", id="said", markup=False)

    def asked_for(self) -> Callable[[Progress, Stopped], Report] | None:
        """What the fields ask for, to be done on a thread; None if that is nothing. Raises EarmarkError."""
        raise NotImplementedError

    def finished(self, report: Report) -> tuple[str, bool, Sequence[str]]:
        """In a sentence what came of it, whether the dialogue is done with, and what went wrong."""
        raise NotImplementedError

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def _begin(self) -> None:
        if self._busy:
            return
        try:
            task = self.asked_for()
        except EarmarkError as error:
            self._say(str(error))
            return
        if task is not None:
            self._busy, self._stopped = True, False
            self._say("")
            self.query_one("#bar", ProgressBar).update(total=None, progress=0)
            self.query_one("#bar").display = True
            self._run(task)

    @work(group="task", name="task", exit_on_error=False)
    async def _run(self, task: Callable[[Progress, Stopped], Report]) -> None:
        try:
            report = await asyncio.to_thread(task, self._tell_progress, lambda: self._stopped)
        except EarmarkError as error:
            self._say(str(error))
        else:
            self._finish(report)
        finally:
            self._stopped, self._busy = True, False  # also for a thread that outlives an app being left
            if self.is_mounted:
                self.query_one("#bar").display = False

    def _tell_progress(self, done: int, of: int) -> None:
        self.post_message(self.Progressed(done, of))

    @on(Progressed)
    def _show_progress(self, event: Progressed) -> None:
        self.query_one("#bar", ProgressBar).update(total=event.of, progress=event.done)

    def _finish(self, report: Report) -> None:
        said, done, failed = self.finished(report)
        lines = [said] if said else []
        lines += [plain(line) for line in failed[:SHOWN_FAILURES]]
        if len(failed) > SHOWN_FAILURES:
            lines.append(f"and {len(failed) - SHOWN_FAILURES} more")
        if done and self.is_current:
            self.notify(said, timeout=8)
            self.dismiss(None)
        else:
            self._say("\n".join(lines))

    def _say(self, words: str) -> None:
        if self.is_mounted:
            self.query_one("#said", Static).update(words)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Escape."""
        if self._busy:
            self._stopped = True
            self._say("Stopping …")
        else:
            self.dismiss(None)
