"""What a listening session is about: how many to find, in how much time, among which takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Static

from ratings.session.plan import SessionPlan
from tui.frame.dialog import QuestionDialog
from tui.frame.key_names import key_name
from tui.frame.keys import key
from tui.frame.tick import Tick
from tui.frame.typed_number import typed_number

MOST = 10_000


@dataclass(frozen=True)
class SessionChoices:
    best: int
    minutes: float | None
    selection: str
    anew: bool


class SessionDialog(QuestionDialog[SessionChoices]):
    """Asks for it; None where nothing is to be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "dismiss", "Cancel", "Cancel: change nothing", "session.cancel")
    ]
    CSS: ClassVar[str] = """
    SessionDialog {
        .fields { height: 2; margin-bottom: 1; }
        .fields Vertical { width: 1fr; height: 2; margin-right: 2; }
        #anew { margin-top: 1; }
        #hint { color: $quiet; margin-top: 1; }
        #hint.-wrong { color: $error; }
    }
    """

    def __init__(self, plan: SessionPlan | None, best: int) -> None:
        """The session as it is, and how many are found by default."""
        super().__init__()
        self._plan, self._best = plan, best

    def compose(self) -> ComposeResult:
        plan = self._plan
        minutes = "" if plan is None or plan.minutes is None else f"{plan.minutes:g}"
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Session"
            with Horizontal(classes="fields"):
                best = str(self._best if plan is None else plan.best)
                yield Vertical(Label("Find the best"), Input(best, id="best"))
                yield Vertical(Label("Minutes of listening"), Input(minutes, id="minutes", placeholder="no limit"))
            yield Label("Which takes")
            yield Input(
                "" if plan is None else plan.selection,
                id="selection",
                placeholder="all; or a filter, like night or is:unrated (by you)",
            )
            yield Tick("start fresh", id="anew", compact=True)
            yield Static(
                f"Enter apply · {key_name(self, 'session.cancel').capitalize()} cancel", id="hint", markup=False
            )

    @on(Input.Submitted)
    def _take(self) -> None:
        best = self._number("best")
        minutes = self._number("minutes")
        if best is None or not 1 <= best <= MOST or best != int(best):
            self._refuse("Find the best: enter a whole number, 1 or more.")
        elif minutes is not None and not 0.1 <= minutes <= MOST:
            self._refuse("Minutes: enter a number, or leave it empty.")
        else:
            selection = self.query_one("#selection", Input).value.strip()
            self.dismiss(SessionChoices(int(best), minutes, selection, self.query_one("#anew", Tick).value))

    def _number(self, name: str) -> float | None:
        text = self.query_one(f"#{name}", Input).value.strip()
        try:
            return typed_number(text) if text else None
        except ValueError:
            return -1.0

    def _refuse(self, words: str) -> None:
        hint = self.query_one("#hint", Static)
        hint.update(words)
        hint.add_class("-wrong")
