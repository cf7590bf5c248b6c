"""The last answers of a session, as stars alone: how one has been judging, and nothing of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from tui.frame.formatting import STAR

FRAMES = 12


class Filmstrip(Static):
    """A frame an answer, the latest at the right."""

    DEFAULT_CSS: ClassVar[str] = """
    Filmstrip { height: 1; width: 100%; text-align: center; color: $quiet; }
    """

    def show(self, answers: Sequence[AnyJudgement], *, narrow: bool = False) -> None:
        frames = [_frame(one, narrow=narrow) for one in answers[-FRAMES:]]
        self.update(Content("  " if narrow else " │ ").join(frames))


def _frame(one: AnyJudgement, *, narrow: bool) -> Content:
    match one:
        case Stars(stars=stars):
            return Content.styled(f"{stars}{STAR}" if narrow else f"{STAR * stars:·<5}", "$star")
        case Reject():
            return Content("✕" if narrow else "  ✕  ")
        case Duel(winner=winner, side=side):
            words = "–" if one.neither else "=" if winner == "tie" else "AB"[(side == "a") != (winner == "take")]
            return Content.styled(words if narrow else f"{words:^5}", "$secondary")
        case _:
            return Content("")
