"""Five targets, one a rating: what the keys 1 to 5 mean, for the mouse too."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.formatting import STAR

WORDS = ("bad", "weak", "fair", "good", "love it live")


class StarTarget(Static):
    """One rating; a click gives it."""

    def __init__(self, stars: int) -> None:
        super().__init__(
            Content.from_markup(
                "$stars\n[$primary]$number[/]  $word", stars=STAR * stars, number=stars, word=WORDS[stars - 1]
            )
        )
        self.stars = stars

    async def on_click(self) -> None:
        """As the key does."""
        await self.run_action(f"screen.stars({self.stars})")


class StarRow(Horizontal):
    """The targets side by side, the rating that the take has pointed out."""

    DEFAULT_CSS: ClassVar[str] = """
    StarRow {
        height: 2;
        width: 100%;
        max-width: 100;
        StarTarget { width: 1fr; height: 2; text-align: center; color: $quiet; }
        StarTarget:hover { color: $star; background: $surface; }
        StarTarget.-given { color: $star; text-style: bold; }
    }
    """

    def compose(self) -> ComposeResult:
        """One to five."""
        for stars in range(1, 6):
            yield StarTarget(stars)

    def show(self, given: float | None) -> None:
        """Point out the rating `given`, or none."""
        for target in self.query(StarTarget):
            target.set_class(given is not None and round(given) == target.stars, "-given")
