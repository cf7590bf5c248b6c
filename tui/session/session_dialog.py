"""What a listening session is about: how many to find, in how much time, among which takes, and what that comes to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Static

from ratings.filtering.query import Query
from tui.context import AppContext
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.filter_field import FilterField
from tui.frame.formatting import counted, duration_words, plain
from tui.frame.key_names import key_name
from tui.frame.tick import Tick
from tui.frame.typed_number import typed_number
from tui.session.keys import SESSION

MOST = 10_000
SETTLE_S = 0.15


@dataclass(frozen=True)
class SessionChoices:
    best: int
    minutes: float | None
    selection: str
    """A filter."""
    anew: bool = False


class SessionDialog(QuestionDialog[SessionChoices]):
    """Asks for it; None where nothing is to be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [*SESSION]
    CSS: ClassVar[str] = """
    SessionDialog {
        .fields { height: 2; margin-bottom: 1; }
        .fields Vertical { width: 1fr; height: 2; margin-right: 2; }
        #found { height: auto; max-height: 3; color: $quiet; }
        #anew { margin-top: 1; }
    }
    """

    def __init__(self, context: AppContext, now: SessionChoices, *, new: bool = False) -> None:
        """The session as it is, or as a `new` one would be."""
        super().__init__()
        self._shared, self._now, self._new = context, now, new

    def compose(self) -> ComposeResult:
        now = self._now
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Rate" if self._new else "Session"
            with Horizontal(classes="fields"):
                minutes = "" if now.minutes is None else f"{now.minutes:g}"
                yield Vertical(Label("Find the best"), Input(str(now.best), id="best"))
                yield Vertical(Label("Minutes of listening"), Input(minutes, id="minutes", placeholder="no limit"))
            yield Label("Which takes")
            every = "all, or a filter like night or is:unrated (by you)"
            yield FilterField(self._shared, now.selection, id="selection", placeholder=every)
            yield Static("", id="found", markup=False)
            if not self._new:
                yield Tick("start fresh", id="anew", compact=True)
            enter = "start" if self._new else "apply"
            cancel = key_name(self, "session.cancel").capitalize()
            yield DialogKeys(("Enter", enter, "screen.take"), (cancel, "cancel", "screen.dismiss"))

    def on_mount(self) -> None:
        self._look()

    @on(Input.Changed, "#selection")
    @work(group="found", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        """Say what the filter finds."""
        text = self.query_one("#selection", Input).value
        await asyncio.sleep(SETTLE_S)
        self.query_one("#found", Static).update(await asyncio.to_thread(self._found, Query.parse(text)))

    def _found(self, query: Query) -> str:
        workspace = self._shared.workspace
        if faults := workspace.vocabulary.faults(query):
            return plain(" ".join(map(str, faults)))
        takes = workspace.view.to_judge(query, workspace.listener)
        judged = sum(workspace.listener in workspace.ratings(take).judged_by for take in takes)
        length = duration_words(sum(take.duration_s for take in takes))
        return f"{counted(len(takes), 'take')}, {length}; you have judged {judged:,}" if takes else "No takes match."

    @on(Input.Submitted)
    def action_take(self) -> None:
        best = self._number("best")
        minutes = self._number("minutes")
        if best is None or not 1 <= best <= MOST or best != int(best):
            self._refuse("Find the best: enter a whole number, 1 or more.")
        elif minutes is not None and not 0.1 <= minutes <= MOST:
            self._refuse("Minutes: enter a number, or leave it empty.")
        else:
            selection = self.query_one(FilterField)
            selection.remember()
            anew = not self._new and self.query_one("#anew", Tick).value
            self.dismiss(SessionChoices(int(best), minutes, selection.value.strip(), anew))

    def _number(self, name: str) -> float | None:
        text = self.query_one(f"#{name}", Input).value.strip()
        try:
            return typed_number(text) if text else None
        except ValueError:
            return -1.0

    def _refuse(self, words: str) -> None:
        self.query_one(DialogKeys).refuse(words)
