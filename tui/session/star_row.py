"""Five targets, one a rating: what the keys 1 to 5 mean, for the mouse too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.frame.formatting import STAR
from tui.frame.key_names import key_name

WORDS = ("bad", "weak", "fair", "good", "love it live")
SOUND_WORDS = ("broken", "rough", "fair", "clean", "well produced")
"""What they mean while it is the sound that is asked about."""


class StarTarget(Static):
    """One rating; a click gives it."""

    def __init__(self, stars: int) -> None:
        super().__init__()
        self.stars = stars

    def on_mount(self) -> None:
        self.name_by(WORDS)

    def name_by(self, words: Sequence[str]) -> None:
        self.update(
            Content.from_markup(
                "$stars\n[$primary]$key[/]  $word",
                stars=STAR * self.stars,
                key=key_name(self, f"judge.{self.stars}"),
                word=words[self.stars - 1],
            )
        )

    async def on_click(self) -> None:
        await self.run_action(f"screen.rate({self.stars})")


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
        &.-sound StarTarget { color: $accent; text-style: none; }
    }
    """

    def compose(self) -> ComposeResult:
        for stars in range(1, 6):
            yield StarTarget(stars)

    def show(self, given: float | None) -> None:
        """Point out the rating `given`, or none."""
        for target in self.query(StarTarget):
            target.set_class(given is not None and round(given) == target.stars, "-given")

    def show_sound_scale(self, on: bool) -> None:
        self.set_class(on, "-sound")
        for target in self.query(StarTarget):
            target.name_by(SOUND_WORDS if on else WORDS)
