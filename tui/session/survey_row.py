"""One take of a survey: its key, how it stands, and its outline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from library.take import Take
from tui.frame.fitted_text import shortened
from tui.playing.waveform import Waveform


class SurveyRow(Vertical):
    """A click on its line plays it; one on its outline plays it from there."""

    DEFAULT_CSS: ClassVar[str] = """
    SurveyRow {
        height: 1fr;
        min-height: 2;
        max-height: 8;
        padding: 0 1;
        border-left: outer $background;
        Static { height: 1; color: $quiet; }
        Waveform {
            height: 1fr;
            .waveform--dark { color: $border; }
            .waveform--bright { color: $quiet; }
            .waveform--played-dark { color: $border; }
            .waveform--played-bright { color: $quiet; }
            .waveform--head { color: $quiet; }
        }
        &.-on {
            border-left: outer $primary;
            Static { color: $foreground; }
            Waveform {
                .waveform--dark { color: $wave-dark; }
                .waveform--bright { color: $wave-bright; }
                .waveform--played-dark { color: $wave-played-dark; }
                .waveform--played-bright { color: $wave-played-bright; }
                .waveform--head { color: $foreground; }
            }
        }
    }
    """

    class Chosen(Message):
        """It is to be heard."""

        def __init__(self, row: SurveyRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, place: int, take: Take, path_of: Callable[[Take], Path]) -> None:
        """`place` is its place in the line-up; its key is one more."""
        super().__init__()
        self.place, self.take = place, take
        self.waveform = Waveform(path_of)
        self._words = Static("", markup=False)
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield self._words
        yield self.waveform

    def show(self, *, on: bool, heard_s: float, name: str, standing: str) -> None:
        """Say how it stands: in words whose place in the order it has, and its name where that may be told."""
        state = "playing" if on else f"heard {heard_s:.0f} s" if heard_s >= 0.5 else "not heard yet"
        width = self.content_size.width
        shown = (on, state, name, standing, width)
        if shown == self._shown:
            return
        self._shown = shown
        self.set_class(on, "-on")
        left = f"{'▶' if on else ' '} "
        middle = f"   {state:<13}   {name}"
        room = max(1, width - len(left) - 1 - len(standing) - 2)
        middle = shortened(middle.rstrip(), room).ljust(room)
        line = Content.assemble(left, (str(self.place + 1), "bold $primary"), middle, ("  " + standing, "$secondary"))
        self._words.update(line)

    def on_click(self) -> None:
        self.post_message(self.Chosen(self))
