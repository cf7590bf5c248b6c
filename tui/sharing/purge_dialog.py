"""The dialogue for freeing disk space: which takes, what that comes to, and the proof before each sound goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Static
from textual.worker import get_current_worker

from library.errors import EarmarkError
from library.take import Take
from ratings.errors import ExportError
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome
from tui.frame.tick import Tick
from tui.frame.typed_number import typed_number

if TYPE_CHECKING:
    from library.purging.purge import Purged
    from tui.workspace import Workspace

SETTLE_S = 0.15
NAMED = 4


class PurgeDialog(TaskDialog["Purged"]):
    """Asks which sounds may go; drops those that are proven to come back, and says why others stay."""

    CSS: ClassVar[str] = """
    PurgeDialog {
        .fields { height: 3; margin-top: 1; }
        .fields Vertical { width: 1fr; height: 3; margin-right: 2; }
        #would { height: auto; max-height: 9; margin-top: 1; color: $quiet; }
    }
    """

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Free disk space"
            yield Static(
                "Each take is made again first. Only if it comes out the same to the bit does its sound go; the take "
                "stays in every list, and is made again when you play or export it.", markup=False,
            )  # fmt: skip
            yield Tick("rejected takes", value=True, id="rejected", compact=True)
            with Horizontal(classes="fields"):
                yield Vertical(Label("Ranked below … stars"), Input("", id="below", placeholder="any", compact=True))
                yield Vertical(Label("With the label"), Input("", id="label", placeholder="any", compact=True))
            yield Static("", id="would", markup=False)
            yield from self.compose_end("Free space")

    def on_mount(self) -> None:
        self.query_one("#rejected").focus()
        self._foretell()

    @on(Input.Changed)
    @on(Tick.Changed)
    def _changed(self) -> None:
        if self.is_mounted:
            self._foretell()

    def _asked(self) -> dict[str, object]:
        """The conditions. Raises EarmarkError."""
        text, label = (self.query_one(name, Input).value.strip() for name in ("#below", "#label"))
        try:
            below = typed_number(text) if text else None
        except ValueError:
            raise ExportError(f"“{plain(text)}” is no number of stars.", "Enter 1 to 5, or nothing.") from None
        rejected = self.query_one("#rejected", Tick).value
        if not (rejected or below is not None or label):
            raise ExportError("That would be every take.", "Say which ones.")
        return {"rejected": rejected, "below": below, "labels": (label,) if label else ()}

    @work(group="forecast", exclusive=True, exit_on_error=False)
    async def _foretell(self) -> None:
        await asyncio.sleep(SETTLE_S)
        words = self.query_one("#would", Static)
        try:
            found = await asyncio.to_thread(_purge, self.context.workspace, self._asked(), dry_run=True)
        except EarmarkError as error:
            words.update(plain(str(error)))
            return
        names = [
            f"{one.take.id[:8]}  {shortened(plain(one.take.prompt or ''), 50)}"
            for one in found.dropped[:NAMED]
        ]  # fmt: skip
        more = [f"… {len(found.dropped) - NAMED:,} more"] if len(found.dropped) > NAMED else []
        tried = "No take would be tried."
        if found.dropped:
            tried = f"{counted(len(found.dropped), 'take')} would be tried, at most {megabytes(found.size)} freed"
        words.update("\n".join([tried, *names, *more, *_reasons(found)]))

    def prepare_task(self) -> Callable[[Progress, Stopped], Purged]:
        return partial(_run, self.context.workspace, self._asked())

    def finished(self, report: Purged) -> TaskOutcome:
        """What is free now; an undo brings all of it back."""
        self.context.refresh_library()
        takes = [one.take for one in report.dropped]
        if takes:
            self.context.did(f"purge of {counted(len(takes), 'take')}", partial(self._undo, takes))
        summary = f"{counted(len(takes), 'take')} purged, {megabytes(report.size)} freed"
        summary += "; stopped before the end." if report.cancelled else "."
        return TaskOutcome(summary, bool(takes) and not report.kept, _reasons(report))

    def _undo(self, takes: Sequence[Take]) -> bool:
        """Make them again, in the background."""
        app, context = self.app, self.context

        def bring_back() -> None:
            from library.purging.restore import restore

            worker = get_current_worker()
            try:
                done = restore(context.workspace.catalog, takes, stopped=lambda: worker.is_cancelled)
            except EarmarkError as error:
                app.call_from_thread(context.show_error, error)
                return
            if not worker.is_cancelled:
                app.call_from_thread(context.refresh_library)
                app.call_from_thread(app.notify, f"{counted(len(done.takes), 'take')} there again.")

        app.run_worker(bring_back, thread=True, group="restoring", exit_on_error=False)
        return True


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _reasons(purged: Purged) -> list[str]:
    """Why takes stay, each reason once."""
    why: dict[str, int] = {}
    for _, reason in purged.kept:
        why[reason] = why.get(reason, 0) + 1
    return [f"{counted(count, 'take')} kept. {plain(reason)}" for reason, count in why.items()]


def _run(workspace: Workspace, asked: dict[str, object], progress: Progress, stopped: Stopped) -> Purged:
    return _purge(workspace, asked, progress=progress, stopped=stopped)


def _purge(
    workspace: Workspace,
    asked: dict[str, object],
    *,
    dry_run: bool = False,
    progress: Progress = lambda _done, _of: None,
    stopped: Stopped = lambda: False,
) -> Purged:
    from library.purging.purge import purge
    from ratings.purgeable import find_purgeable

    found = find_purgeable(workspace.catalog, workspace.history, **asked)  # type: ignore[arg-type]

    def step(done: float, of: float) -> None:
        progress(round(done), max(round(of), 1))

    done = purge(workspace.catalog, found.takes, dry_run=dry_run, step=step, stopped=stopped)
    done.kept += found.kept
    return done
