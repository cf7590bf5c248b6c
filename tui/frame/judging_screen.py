"""What the keys do that judge, and what takes it back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from textual import work

from library.take import Take
from ratings.judgement import AnyJudgement, Pick, Retraction, Sound
from tui.frame.formatting import stars_bar
from tui.frame.judgement_words import undone_words
from tui.frame.key_names import key_name, star_keys
from tui.frame.mode_bar import ModeBar
from tui.frame.playing_screen import PlayingScreen

MANY = 1000
"""An act of more judgements is undone on a thread."""


class JudgingScreen(PlayingScreen):
    """Writes down what is said of the take that the keys mean."""

    _sound_take: Take | None = None
    """The take whose sound the next digit rates."""
    _undone: Retraction | None = None
    """What the last undo made."""
    _undoing = False
    """Whether an act of many is being undone."""
    _last_pick: Pick | Retraction | None = None
    """What the last pick made: a pick, or one taken back."""
    _last_sound: Sound | None = None
    sound_words = "Production quality"

    def sound_subject(self) -> Take | None:
        return self.subject()

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """These are on disk now."""

    def judgements_withdrawn(self, judgements: list[AnyJudgement]) -> None:
        """These could not be written, and count as never made."""

    def _handle_written(self, judgements: list[AnyJudgement]) -> None:
        if self._last_sound is not None and self._last_sound in judgements:
            self.notify(f"Sound: {stars_bar(self._last_sound.sound)}", timeout=1.5)
        self.judgements_written(judgements)

    def action_rate(self, stars: int) -> None:
        """1 to 5: stars, or the sound if that was asked for."""
        take = self._sound_take
        if take is None:
            self.action_stars(stars)
            return
        self._rate_sound_of(None)
        heard_s = self.context.deck.heard_s(take)
        self._last_sound = self.own_log.sound(take.id, stars, heard_s=heard_s, blind=self.is_blind(take))
        self.context.judge([self._last_sound])

    def action_step(self, by: int) -> None:
        if self._sound_take is not None:
            self._rate_sound_of(None)
        super().action_step(by)

    def action_sound(self) -> None:
        """U: the next digit is about the sound; once more, and it is not."""
        take = self.sound_subject()
        if take is None and self.subject() is not None:
            self.notify(f"Rate the composition first, then {key_name(self, 'judge.sound')} rates its production.")
        self._rate_sound_of(None if self._sound_take is not None else take)

    def _rate_sound_of(self, take: Take | None) -> None:
        self._sound_take = take
        self.query_one(ModeBar).show_question("" if take is None else f"{self.sound_words}: {star_keys(self)}")
        self.show_sound_scale(take is not None)
        self.refresh_bindings()

    def show_sound_scale(self, on: bool) -> None:
        """Show what the digits mean: of the sound while that is `on`, else of the composition."""

    def action_stars(self, stars: int) -> None:
        if take := self.subject():
            heard_s = self.context.deck.heard_s(take)
            self.context.judge([self.own_log.stars(take.id, stars, heard_s=heard_s, blind=self.is_blind(take))])
            self.advance()

    def action_reject(self) -> None:
        if take := self.subject():
            heard_s = self.context.deck.heard_s(take)
            self.context.judge([self.own_log.reject(take.id, heard_s=heard_s, blind=self.is_blind(take))])
            self.advance()

    def action_pick(self) -> None:
        """P: pick, or take the pick back."""
        if take := self.subject():
            self.context.spend_key()  # else it would be picked, put back, picked …
            heard_s = self.context.deck.heard_s(take)
            self._last_pick = self.own_log.toggle_pick(take.id, heard_s=heard_s, blind=self.is_blind(take))
            self._judge_undoably([self._last_pick], "unpicking")

    def show_pick(self, judgements: list[AnyJudgement]) -> bool:
        """Say what the last pick here has come to, where no list shows it; whether it is among these."""
        if self._last_pick is None or self._last_pick not in judgements:
            return False
        self.notify("Picked" if isinstance(self._last_pick, Pick) else "No longer picked", timeout=1.5)
        return True

    def action_clear(self) -> None:
        if take := self.subject():
            self._judge_undoably(self.own_log.clear(take.id), "cleared")

    def _judge_undoably(self, judgements: Sequence[AnyJudgement], what: str) -> None:
        log, gone = self.own_log, self.own_log.taken_back(judgements)
        self.context.judge(judgements)

        def undo() -> bool:
            self.context.judge([log.again(one) for one in gone])
            return True

        if gone:
            self.context.did(what, undo)

    def action_mark(self) -> None:
        """M: a mark where the playhead is. What is heard while it is still being made can't be marked."""
        take = self.subject()
        if take is not None and take.id in self.context.workspace.catalog and self.plays_subject():
            self.context.judge([self.own_log.mark(take.id, self.context.deck.mark(), blind=self.is_blind(take))])

    def action_note(self) -> None:
        if take := self.subject():
            self.context.ask_note(take, blind=self.is_blind(take))

    def action_label(self) -> None:
        """Shift+L: words and colours for the take, or for those selected. What is heard blind keeps its own."""
        if self.blind:
            self.notify("Labels wait until you have answered.", timeout=2)
        elif takes := self.subjects():
            self._ask_labels(takes)

    @work(group="labels", exit_on_error=False)
    async def _ask_labels(self, takes: Sequence[Take]) -> None:
        from tui.frame.label_dialog import LabelDialog

        wanted = await self.context.ask(LabelDialog(self.context.workspace, takes))
        if wanted is not None:
            label = partial(self.own_log.label, [take.id for take in takes], add=wanted.add, remove=wanted.remove)
            if made := await asyncio.to_thread(label):
                self.context.judge(made)

    def action_undo(self) -> None:
        last = self.own_log.undoable()
        if (act := self.context.last_act(after="" if last is None else last.at)) is not None:
            self.notify(f"Undone: {act.what}" if act.undo() else f"Too late: {act.what} is already done")
            return
        if last is not None and self.own_log.made_with(last) > MANY:
            self._undo_many(self.own_log.made_with(last))
            return
        if undone := self.undo_judgement():
            self._tell_undone(undone)
        else:
            self.notify("Nothing to undo", timeout=1.5)

    @work(group="undoing", exit_on_error=False)
    async def _undo_many(self, count: int) -> None:
        """An act of so many judgements that working out its undo would hold up the keys."""
        if self._undoing:
            self.notify("Still undoing", timeout=1.5)
            return
        self._undoing = True
        self.notify(f"Undoing {count:,} judgements …", timeout=1.5)
        try:
            undone = self.own_log.undo()
            if undone is not None:
                act = [undone, *await asyncio.to_thread(self.own_log.rest_of, undone)]
                self.context.judge(act)
                self._tell_undone(act)
        finally:
            self._undoing = False

    def _tell_undone(self, undone: Sequence[Retraction]) -> None:
        self._undone = undone[0]
        act = self.own_log.taken_back(undone)
        self.context.workspace.undone.add(act)
        self.notify(f"Undone: {self._said(act[0])}")

    def _said(self, one: AnyJudgement) -> str:
        workspace = self.context.workspace
        take = None if workspace.blindfold.hides(one.take) else workspace.catalog.get(one.take)
        return undone_words(one, one.take, take)

    def undo_judgement(self) -> list[Retraction]:
        """Take back this listener's last act, and have that written; empty if there is none left."""
        undone = self.own_log.undo()
        if undone is None:
            return []
        act = [undone, *self.own_log.rest_of(undone)]
        self.context.judge(act)
        return act

    def action_redo(self) -> None:
        """Ctrl+Y: say again what was undone last."""
        if again := self.context.workspace.undone.again():
            self.redo_judgements(again)
            self.notify(f"Redone: {self._said(again[0])}")
        else:
            self.notify("Nothing to redo", timeout=1.5)

    def redo_judgements(self, again: list[AnyJudgement]) -> None:
        """Have them written; where the question stands that one of them answers, it is answered by that."""
        self.context.judge(again)

    def was_undone(self, judgements: list[AnyJudgement]) -> bool:
        """Whether this is what an undo here has written, and not a pick or stars taken back by their own keys."""
        return self._undone is not None and self._undone in judgements
