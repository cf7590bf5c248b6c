"""The line that says what is on and where it stands. A click on its sign plays or pauses, on its line seeks."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from library.take import Take
from tui.frame.fitted_text import shortened
from tui.frame.formatting import clock, plain
from tui.playing.player.api import Playhead, Trouble

SIGN_WIDTH = 4
NO_SOUND = "no sound — press ? or run earmark doctor"
NO_SOUND_SHORT = "no sound — ?"
UNPLAYABLE = "this take can't be played"
WIDE = 110
"""Columns from which on there is room for the longer words."""
GAP = 2
LONGEST_LINE = 48


class PlayerBar(Widget):
    """One line, redrawn only when something on it changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "player-bar--sign",
        "player-bar--played",
        "player-bar--rest",
        "player-bar--quiet",
        "player-bar--trouble",
    }
    DEFAULT_CSS: ClassVar[str] = """
    PlayerBar {
        height: 1;
        margin: 0 1;
        .player-bar--sign { color: $primary; }
        .player-bar--played { color: $wave-played; }
        .player-bar--rest { color: $border; }
        .player-bar--quiet { color: $quiet; }
        .player-bar--trouble { color: $error; }
    }
    """

    class Sought(Message):
        """A place in what is on was pointed at."""

        def __init__(self, position_s: float) -> None:
            super().__init__()
            self.position_s = position_s

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._take: Take | None = None
        self._playing = False
        self._second = 0
        self._duration_s = 0.0
        self._part = 0.0
        self._hidden = False
        self._volume_db = 0.0
        self._trouble = False
        self._error = ""
        self._line = (0, 0)
        self._drawn: tuple[object, ...] = ()

    def show(
        self, playhead: Playhead, take: Take | None, hidden: bool, volume_db: float, trouble: Trouble | None
    ) -> None:
        """Say this. `take` is what is on; `hidden` keeps its prompt and seed back."""
        self._take = take
        self._playing = playhead.playing
        self._second = int(playhead.position_s)
        self._duration_s = playhead.duration_s or (take.duration_s if take else 0.0)
        self._part = min(1.0, max(0.0, playhead.position_s / self._duration_s)) if self._duration_s > 0 else 0.0
        self._hidden = hidden
        self._volume_db = volume_db
        self._trouble = trouble is not None
        self._error = plain(playhead.error) if playhead.error and take and playhead.take == take.id else ""
        state = (
            take.id if take else None,
            self._playing,
            self._second,
            self._duration_s,
            int(self._part * LONGEST_LINE),
            hidden,
            volume_db,
            self._trouble,
            self._error,
        )
        if state != self._drawn:
            self._drawn = state
            self.refresh()

    def on_resize(self) -> None:
        """The line's length depends on the width."""
        self._line = (0, 0)
        self.refresh()

    async def on_click(self, event: events.Click) -> None:
        """The sign plays and pauses, the line seeks."""
        first, last = self._line
        if event.x < SIGN_WIDTH:
            await self.run_action("screen.play_pause")
        elif first <= event.x < last and self._duration_s > 0:
            self.post_message(self.Sought((event.x - first) / (last - first) * self._duration_s))

    def render_line(self, y: int) -> Strip:
        """Sign, time, line, what is on; volume and trouble at the right end."""
        width = self.size.width
        base = self.rich_style
        if y:
            return Strip.blank(width, base)
        right = self._right(width)
        room = max(0, width - sum(segment.cell_length for segment in right))
        left = Strip(self._left(room, base)).adjust_cell_length(room, base)
        return Strip([*left, *right]).adjust_cell_length(width, base)

    def _style(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"player-bar--{name}", partial=True)

    def _left(self, room: int, base: Style) -> list[Segment]:
        quiet = self._style("quiet")
        if self._take is None:
            self._line = (0, 0)
            return [Segment(" ▶  ", quiet), Segment("nothing is on", quiet)]
        sign = Segment(" ▮▮ " if self._playing else " ▶  ", self._style("sign"))
        times = f"{clock(self._second)} / {clock(self._duration_s)}"
        start = SIGN_WIDTH + len(times) + GAP
        length = max(8, min(LONGEST_LINE, (room - start) // 3))
        self._line = (start, start + length)
        done = int(self._part * length)
        if self._error:
            error = UNPLAYABLE if self._hidden else self._error  # which names the file
            room -= start
            self._line = (0, 0)
            return [sign, Segment(times + " " * GAP, base), Segment(shortened(error, room), self._style("trouble"))]
        words = "blind" if self._hidden else plain(self._take.prompt) if self._take.prompt else "(no prompt)"
        seed = "" if self._hidden or self._take.seed is None else f" · {self._take.seed}"
        left = max(0, room - start - length - GAP - len(seed) - 1)
        return [
            sign,
            Segment(times + " " * GAP, base),
            Segment("━" * done, self._style("played")),
            Segment("─" * (length - done), self._style("rest")),
            Segment(" " * GAP, base),
            Segment(shortened(words, left), quiet if self._hidden else base),
            Segment(seed, quiet),
        ]

    def _right(self, width: int) -> list[Segment]:
        segments = []
        if self._volume_db < 0:
            segments.append(Segment(f"  −{-self._volume_db:.0f} dB ", self._style("quiet")))
        if self._trouble:
            words = NO_SOUND if width >= WIDE else NO_SOUND_SHORT
            segments.append(Segment(f"  {words} ", self._style("trouble")))
        return segments
