"""More like this: how many, and whether the take is to steer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Select

from library.errors import GenerationError
from library.generators.more import MOST
from library.generators.registry import find_spec
from library.take import DraftUse, Take
from tui.frame.choice import Choice
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.key_names import key_name
from tui.frame.keys import MORE
from tui.frame.typed_number import typed_number

FRESH = "fresh"
WAYS: dict[str, str] = {
    FRESH: "fresh seeds, all else the same",
    "melody": "fresh seeds that follow its melody",
    "continuation": "keep its beginning, go on another way",
}
KEPT = 0.4
"""The part of a take that is kept where another beginning is not asked for."""


@dataclass(frozen=True)
class MoreChoices:
    count: int
    steered: DraftUse | None = None
    """How the take steers them; None where it doesn't."""
    from_s: float | None = None
    """Where a continuation leaves the take."""


class MoreDialog(QuestionDialog[MoreChoices]):
    """Offers what the takes' generators can do; None where nothing is to be made."""

    BINDINGS: ClassVar[list[BindingType]] = [*MORE]
    CSS: ClassVar[str] = """
    MoreDialog {
        .fields { height: 2; margin-bottom: 1; }
        .fields Vertical { width: 1fr; height: 2; margin-right: 2; }
    }
    """

    def __init__(self, likes: Sequence[Take], count: int) -> None:
        """`likes`: the takes that more are made like."""
        super().__init__()
        self._count = count
        self._ways = [FRESH, *ways_of(likes)]
        self._kept_s = round(min(take.duration_s for take in likes) * KEPT, 1)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "More like this"
            with Horizontal(classes="fields"):
                yield Vertical(Label("How many"), Input(str(self._count), id="count"))
                kept = Vertical(Label("Seconds to keep"), Input(f"{self._kept_s:g}", id="kept"), id="keeping")
                kept.display = False
                yield kept
            options = [(WAYS[way], way) for way in self._ways]
            yield Choice(options, value=FRESH, allow_blank=False, compact=True, id="way", disabled=len(options) == 1)
            cancel = key_name(self, "more.cancel").capitalize()
            yield DialogKeys(("Enter", "make", "screen.take"), (cancel, "cancel", "screen.dismiss"))

    @on(Select.Changed, "#way")
    def _chosen(self, event: Select.Changed) -> None:
        self.query_one("#keeping").display = event.value == "continuation"

    @on(Input.Submitted)
    def action_take(self) -> None:
        count, kept = self._number("count"), self._number("kept")
        way = str(self.query_one("#way", Choice).value)
        if not 1 <= count <= MOST or count != int(count):
            self._refuse(f"How many: enter a whole number from 1 to {MOST:,}.")
        elif way == "continuation" and kept <= 0:
            self._refuse("Seconds to keep: enter a number above 0.")
        elif way == "melody":
            self.dismiss(MoreChoices(int(count), "melody"))
        elif way == "continuation":
            self.dismiss(MoreChoices(int(count), "continuation", kept))
        else:
            self.dismiss(MoreChoices(int(count)))

    def _number(self, name: str) -> float:
        try:
            return typed_number(self.query_one(f"#{name}", Input).value.strip())
        except ValueError:
            return -1.0

    def _refuse(self, words: str) -> None:
        self.query_one(DialogKeys).refuse(words)


def ways_of(likes: Sequence[Take]) -> list[DraftUse]:
    """How a take may steer more of itself, where the generators of all these takes can do that."""
    return [use for use in ("melody", "continuation") if all(_can(take, use) for take in likes)]


def _can(take: Take, use: DraftUse) -> bool:
    recipe = take.recipe
    if recipe is None or (spec := find_spec(recipe.generator)) is None:
        return False
    try:
        spec.check_draft(use, recipe.model)
    except GenerationError:
        return False
    return True
