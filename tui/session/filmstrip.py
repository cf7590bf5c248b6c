"""The last answers of a session, as stars alone: how one has been judging, and nothing of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.widgets import Static

from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from tui.frame.formatting import STAR

FRAMES = 12


class Filmstrip(Static):
    """A frame an answer, the latest at the right. A click on one goes back to its take."""

    DEFAULT_CSS: ClassVar[str] = """
    Filmstrip { height: 1; width: 100%; text-align: center; color: $quiet; }
    """

    _gap = 0
    _frames: Sequence[tuple[AnyJudgement, int]] = ()
    """The answers on show, and how wide each is with the gap after it."""

    def show(self, answers: Sequence[AnyJudgement], *, narrow: bool = False) -> None:
        shown, gap = answers[-FRAMES:], "  " if narrow else " │ "
        frames = [_frame(one, narrow=narrow) for one in shown]
        self._frames = [(one, frame.cell_length + len(gap)) for one, frame in zip(shown, frames, strict=True)]
        self._gap = len(gap)
        self.update(Content(gap).join(frames))

    async def on_click(self, event: events.Click) -> None:
        """Back to the take that was answered so."""
        start = (self.content_size.width - sum(width for _, width in self._frames) + self._gap) // 2
        for one, width in self._frames:
            if start <= event.x < start + width - self._gap and not isinstance(one, Duel):
                await self.run_action(f"screen.back_to('{one.take}')")
            start += width


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
