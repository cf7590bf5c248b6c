"""The line that says what is on and where it stands. A click on its sign plays or pauses, on its line seeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from library.take import Take
from tui.frame.fitted_text import shortened
from tui.frame.formatting import clock, plain
from tui.frame.key_names import key_name
from tui.frame.probe_words import short_seed
from tui.frame.theme import ink
from tui.playing.player.api import Playhead, Trouble

SIGN_WIDTH = 4
NO_SOUND = "no sound: press {help} or run earmark doctor"
NO_SOUND_SHORT = "no sound: {help}"
UNPLAYABLE = "this take can't be played"
WIDE = 110
"""Columns from which on there is room for the longer words."""
GAP = 2
LONGEST_LINE = 48


class _Shown(NamedTuple):
    take: Take | None = None
    playing: bool = False
    second: int = 0
    duration_s: float = 0.0
    cells: int = 0
    """How much of the longest line is filled."""
    hidden: bool = False
    subject: Take | None = None
    """What the keys act upon, if that is not what is on."""
    volume_db: float = 0.0
    order: str = ""
    """What comes after it, in a word or two."""
    trouble: bool = False
    error: str = ""


class PlayerBar(Widget):
    """One line, redrawn only when something on it changes."""

    DEFAULT_CSS: ClassVar[str] = """
    PlayerBar {
        height: 1;
        margin: 0 1;
    }
    """

    @dataclass
    class Sought(Message):
        """A place in what is on was pointed at."""

        position_s: float

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = _Shown()
        self._part = 0.0
        self._line = (0, 0)

    def show(
        self,
        playhead: Playhead,
        take: Take | None,
        hidden: bool,
        volume_db: float,
        trouble: Trouble | None,
        *,
        subject: Take | None = None,
        order: str = "",
    ) -> None:
        """Say this. `take` is what is on; `hidden` keeps prompt, seed and length back; the rest as in _Shown."""
        duration_s = playhead.duration_s or (take.duration_s if take else 0.0)
        self._part = min(1.0, max(0.0, playhead.position_s / duration_s)) if duration_s > 0 else 0.0
        shown = _Shown(
            take=take,
            playing=playhead.playing,
            second=int(playhead.position_s),
            duration_s=duration_s,
            cells=int(self._part * LONGEST_LINE),
            hidden=hidden,
            subject=None if take is None else subject,
            volume_db=volume_db,
            order=order,
            trouble=trouble is not None,
            error=plain(playhead.error) if playhead.error and take and playhead.take in (take.id, "") else "",
        )
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def on_resize(self) -> None:
        self._line = (0, 0)
        self.refresh()

    async def on_click(self, event: events.Click) -> None:
        first, last = self._line
        if event.x < SIGN_WIDTH:
            await self.run_action("screen.play_pause")
        elif first <= event.x < last and self._shown.duration_s > 0:
            self.post_message(self.Sought((event.x - first) / (last - first) * self._shown.duration_s))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        if y:
            return Strip.blank(width, base)
        right = self._right(width, base)
        room = max(0, width - sum(segment.cell_length for segment in right))
        left = Strip(self._left(room, base)).adjust_cell_length(room, base)
        return Strip([*left, *right]).adjust_cell_length(width, base)

    def _left(self, room: int, base: Style) -> list[Segment]:
        shown, quiet = self._shown, ink(self, base, "quiet")
        if (take := shown.take) is None:
            self._line = (0, 0)
            return [Segment(" ▶  ", quiet), Segment("Nothing playing", quiet)]
        sign = Segment(" ▮▮ " if shown.playing else " ▶  ", ink(self, base, "primary"))
        times = clock(shown.second) + ("" if shown.hidden else f" / {clock(shown.duration_s)}")
        start = SIGN_WIDTH + len(times) + GAP
        length = max(8, min(LONGEST_LINE, (room - start) // 3))
        self._line = (start, start + length)
        done = int(self._part * length)
        if shown.error:
            error = UNPLAYABLE if shown.hidden else shown.error  # which names the file
            room -= start
            self._line = (0, 0)
            return [sign, Segment(times + " " * GAP, base), Segment(shortened(error, room), ink(self, base, "error"))]
        left = max(0, room - start - length - GAP - 1)
        here: list[Segment] = []
        if shown.subject is not None:
            here = [Segment("   cursor: ", ink(self, base, "primary")), *self._written(shown.subject, left // 3, base)]
            left -= sum(segment.cell_length for segment in here)
        return [
            sign,
            Segment(times + " " * GAP, base),
            Segment("━" * done, ink(self, base, "wave-played")),
            Segment("─" * (length - done), ink(self, base, "border")),
            Segment(" " * GAP, base),
            *([Segment("blind", quiet)] if shown.hidden else self._written(take, left, base)),
            *here,
        ]

    def _written(self, take: Take, room: int, base: Style) -> list[Segment]:
        """Prompt and seed in so many cells."""
        seed = "" if take.seed is None else f" · {short_seed(take)}"
        words = plain(take.prompt) if take.prompt else "(no prompt)"
        return [Segment(shortened(words, max(0, room - len(seed))), base), Segment(seed, ink(self, base, "quiet"))]

    def _right(self, width: int, base: Style) -> list[Segment]:
        segments = []
        if self._shown.order:
            words = self._shown.order if width >= WIDE else self._shown.order.partition(" · ")[0]
            segments.append(Segment(f"  {words} ", ink(self, base, "secondary")))
        if self._shown.volume_db < 0:
            segments.append(Segment(f"  −{-self._shown.volume_db:.0f} dB ", ink(self, base, "quiet")))
        if self._shown.trouble:
            words = NO_SOUND if width >= WIDE else NO_SOUND_SHORT
            segments.append(Segment(f"  {words.format(help=key_name(self, 'go.help'))} ", ink(self, base, "error")))
        return segments
