"""How far to trust the ranking: each listener's steadiness, their agreement, and the sound beside the composition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.frame.formatting import counted, plain
from tui.frame.reliability_words import agreement_words, consistency_words, correlation_words, sides_words

if TYPE_CHECKING:
    from ratings.ranking.leaderboard import Leaderboard


class ReliabilityPage(VerticalScroll, can_focus=True):
    """A few sentences a listener."""

    DEFAULT_CSS: ClassVar[str] = """
    ReliabilityPage { scrollbar-size-vertical: 1; }
    """

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def show(self, leaderboard: Leaderboard) -> None:
        self.query_one(Static).update(Content.assemble(*_sentences(leaderboard)))


def _sentences(leaderboard: Leaderboard) -> Iterator[tuple[str, str]]:
    for one in leaderboard.listeners:
        yield plain(one.listener), "bold"
        yield f"   {counted(one.judgements, 'judgement')}\n", "$quiet"
        yield f"{consistency_words(one.consistency)}\n", ""
        if one.sides.duels:
            yield f"{sides_words(one.sides)}\n", ""
        yield "\n", ""
    if leaderboard.agreement is not None:
        yield "Together\n", "bold"
        yield f"{agreement_words(leaderboard.agreement)}\n\n", ""
    if leaderboard.correlation is not None and (words := correlation_words(leaderboard.correlation)):
        yield "Composition and sound\n", "bold"
        yield f"{words}\n", ""
