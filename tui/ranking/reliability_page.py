"""How far to trust the ranking: each listener's steadiness, their agreement, and the sound beside the composition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.frame.formatting import counted, plain

if TYPE_CHECKING:
    from ratings.ranking.leaderboard import Leaderboard


class ReliabilityPage(VerticalScroll, can_focus=True):
    """A few sentences a listener."""

    DEFAULT_CSS: ClassVar[str] = """
    ReliabilityPage { scrollbar-size-vertical: 1; }
    """

    def compose(self) -> ComposeResult:
        """One block of text."""
        yield Static("", markup=False)

    def show(self, leaderboard: Leaderboard) -> None:
        """Say how far to trust `leaderboard`."""
        self.query_one(Static).update(Content.assemble(*_sentences(leaderboard)))


def _sentences(leaderboard: Leaderboard) -> Iterator[tuple[str, str]]:
    for ears in leaderboard.ears:
        yield plain(ears.listener), "bold"
        yield f"   {counted(ears.judgements, 'judgement')}\n", "$quiet"
        for words in ears.words:
            yield f"{words}\n", ""
        yield "\n", ""
    if leaderboard.agreement is not None:
        yield "Together\n", "bold"
        yield f"{leaderboard.agreement}\n\n", ""
    if leaderboard.both is not None:
        yield "Composition and sound\n", "bold"
        yield f"{leaderboard.both}\n", ""
