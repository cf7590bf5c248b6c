"""What the keys do that play: a take, a section of it, the spot between its marks."""

from __future__ import annotations

from textual import on

from tui.frame.formatting import called
from tui.frame.key_names import key_name
from tui.frame.player_bar import PlayerBar
from tui.frame.take_screen import TakeScreen
from tui.messages import PlayheadMoved
from tui.settings import Start

STARTS: dict[Start, str] = {
    "beginning": "Takes start at the beginning",
    "strongest": "Takes start at their strongest passage",
    "place": "Takes start where the last one was",
}


class PlayingScreen(TakeScreen):
    """Plays what the keys mean."""

    @property
    def play_words(self) -> str:
        """What comes after the take that plays, where something does."""
        return ""

    @on(PlayheadMoved)
    def _show_in_player_bar(self, event: PlayheadMoved) -> None:
        deck, subject = self.context.deck, self.subject()
        elsewhere = subject is not None and not self.blind and not deck.is_known_on(subject)
        self.query_one(PlayerBar).show(
            event.playhead,
            deck.take,
            hidden=deck.hidden,
            subject=subject if elsewhere else None,
            volume_db=self.context.settings.volume_db,
            trouble=deck.player.trouble(),
            order=self.play_words,
        )

    @on(PlayerBar.Sought)
    def _seek_in_what_is_on(self, event: PlayerBar.Sought) -> None:
        self.context.deck.seek(event.position_s)

    def action_play_pause(self) -> None:
        self.context.deck.toggle(self.subject(), blind=self.ASKS)

    def action_play_from_start(self) -> None:
        if take := self.subject():
            self.context.deck.load(take, at_s=0.0, blind=self.ASKS)

    def action_seek(self, seconds: int) -> None:
        self.context.deck.seek_by(seconds)

    def action_step(self, by: int) -> None:
        self.step(by)

    def action_section(self, by: int) -> None:
        """[ and ]: to where a section begins, or to a mark."""
        if (take := self.context.deck.take) and self.context.deck.go_to_section(by, self.marks_of(take)) is None:
            self.notify("This is the last section" if self.context.deck.sections else "No sections found", timeout=2)

    def action_replay(self) -> None:
        if take := self.context.deck.take:
            self.context.deck.replay(self.marks_of(take))

    def action_cycle_start(self) -> None:
        starts = list(STARTS)
        start = starts[(starts.index(self.context.settings.starts) + 1) % len(starts)]
        self.context.remember(starts=start)
        self.notify(STARTS[start])

    def action_loop(self) -> None:
        deck = self.context.deck
        if self.plays_subject() and (take := deck.take):
            span = deck.cycle_loop(self.marks_of(take))
            end = "" if span is None else "end" if span[1] >= take.duration_s else f"{span[1]:.1f} s"
            self.notify("Loop off" if span is None else f"Loop {span[0]:.1f}–{end}")

    def plays_subject(self) -> bool:
        subject, deck = self.subject(), self.context.deck
        if subject is None or (deck.is_on(subject) if self.ASKS else deck.is_known_on(subject)):
            return True
        how = key_name(self, "play.start")
        self.notify(f"Play {called(subject)} first ({how}): the cursor is on it.")
        return False
