"""Keys where several takes are meant: those that are selected, or those of a prompt's line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType

from library.take import Take
from ratings.filtering.folding import PromptGroup, Row
from ratings.filtering.named import MOST, filter_of
from ratings.judgement import AnyJudgement
from tui.browsing.keys import SELECTING
from tui.browsing.library_list import LibraryList
from tui.frame.confirm_dialog import ConfirmDialog
from tui.frame.formatting import STAR, counted
from tui.frame.key_names import key_name
from tui.frame.main_screen import MainScreen
from tui.messages import MOST_SURVEYED, DuelRequest

HELPFUL_FOR_MANY = ("list.clear", "judge.1", "judge.reject", "judge.pick")
UNASKED = 10
"""So many takes are rejected or picked without a question."""
MANY = 1000
"""The judgements of more takes are made on a thread."""


class ManyTakesScreen(MainScreen):
    """Judges all takes that are selected, as one act that one undo takes back. A line of several takes judges none."""

    BINDINGS: ClassVar[list[BindingType]] = [*SELECTING]

    @property
    def take_list(self) -> LibraryList:
        return self.query_one(LibraryList)

    @property
    def many(self) -> Sequence[Take]:
        """The takes that are selected; none where keys mean the one under the cursor."""
        return self.take_list.selected

    @property
    def group(self) -> PromptGroup | None:
        """The prompt under the cursor, where its line stands for several takes."""
        return self.take_list.group

    def subject(self) -> Take | None:
        row = self.take_list.current
        return row if isinstance(row, Take) and not self.take_list.selection else None

    def more_like(self) -> Sequence[Take]:
        """Of a prompt's line the newest take that can be made again."""
        if self.group is None or self.many:
            return super().more_like()
        from library.generators.more import can_make_more

        newest = sorted(self.group, key=lambda take: (can_make_more(take), take.created_at))
        return newest[-1:]

    def lead(self) -> Take | None:
        """What plays of what is under the cursor."""
        return self.take_list.lead(self.take_list.current)

    def point_at(self, take: Take) -> None:
        self.take_list.point_at(take)

    def note_seen(self, row: Row | None) -> None:
        """What is on show is seen, whether or not it is what another screen asks about."""
        if self.is_current and (take := self.take_list.lead(row)) is not None:
            self.context.workspace.blindfold.look(take.id)

    def on_screen_resume(self) -> None:
        self.note_seen(self.take_list.current)

    # What is selected

    @property
    def helpful_now(self) -> Sequence[str]:
        """The keys that the footer keeps longest."""
        return HELPFUL_FOR_MANY if self.take_list.selection else ()

    @property
    def listed_count(self) -> int:
        """How many takes are listed."""
        return 0

    def show_status(self) -> None:
        """Say how much is listed and selected."""

    @on(LibraryList.Selected)
    def _selected(self) -> None:
        self.take_list.refresh()
        self.show_status()
        self.refresh_bindings()

    def deselect(self) -> None:
        self.take_list.selection.clear()
        self._selected()

    def action_select(self) -> None:
        """V: a range from here to wherever the cursor goes; once more, and it is done."""
        take_list = self.take_list
        if take_list.selection.anchor is not None:
            take_list.selection.end()
        elif take_list.current is not None:
            take_list.selection.begin(take_list.current)
        self._selected()

    def action_extend_to(self, by: int) -> None:
        self.take_list.extend(by)
        self._selected()

    def action_select_all(self) -> None:
        self.take_list.select_all()
        self._selected()

    @property
    def _selected_filter(self) -> str | None:
        """What those that are selected answer to; None, and a word about it, where they are too many to be named."""
        takes = self.many
        if len(takes) == self.listed_count:
            return self.listed
        if len(takes) > MOST:
            self.notify(f"Select {MOST} takes at most, or filter for them.", timeout=4)
            return None
        return filter_of(takes)

    # What keys do

    async def action_rate_listed(self) -> None:
        """R: those that are selected, if there are any."""
        if not self.many:
            await super().action_rate_listed()
        elif (only := self._selected_filter) is not None:
            self.context.ask_to_rate(only)

    async def action_duel(self) -> None:
        """D: among those that are selected; of one alone, among all that are listed."""
        takes = self.many
        if len(takes) < 2:
            if takes:
                self.context.duel_request = DuelRequest(self.listed, takes[0])
                await self.context.go("duel")
            else:
                await super().action_duel()
        elif (only := self._selected_filter) is not None:
            if only != self.context.duel_request.only:
                self.context.duel_request = DuelRequest(only)
            await self.context.go("duel")

    def action_play_pause(self) -> None:
        self.context.deck.toggle(self.lead())

    def action_play_from_start(self) -> None:
        if take := self.lead():
            self.context.deck.load(take, at_s=0.0)

    def to_survey(self) -> Sequence[Take]:
        """What is selected; else the takes of the prompt under the cursor, or those from the cursor on."""
        if self.take_list.selection or self.group is not None:
            return self.many or list(self.group or ())
        rows = self.take_list.rows[self.take_list.cursor : self.take_list.cursor + MOST_SURVEYED]
        return [row for row in rows if isinstance(row, Take)]

    def action_stars(self, stars: int) -> None:
        if self.many:
            self._judge_many(f"{STAR * stars} to", f"Give {STAR * stars} to", "stars", stars)
        elif not self._told_of_group():
            super().action_stars(stars)

    def action_reject(self) -> None:
        if self.many:
            self._judge_many("Rejected", "Reject", "reject")
        elif not self._told_of_group():
            super().action_reject()

    def action_pick(self) -> None:
        if self.many:
            self._judge_many("Picked", "Pick", "pick")
        elif not self._told_of_group():
            super().action_pick()

    def action_clear(self) -> None:
        if self.many:
            self._judge_many("Cleared", "Clear your stars, picks and rejects of", "clear")
        elif not self._told_of_group():
            super().action_clear()

    def action_label(self) -> None:
        if self.many or not self._told_of_group():
            super().action_label()

    def action_note(self) -> None:
        if self._is_one_take("A note is for one take"):
            super().action_note()

    def action_sound(self) -> None:
        if self._is_one_take("Production quality is rated one take at a time"):
            super().action_sound()

    def action_extend(self) -> None:
        if self._is_one_take("Only one take at a time can be extended"):
            super().action_extend()

    async def action_use_as_draft(self) -> None:
        if self._is_one_take("A draft is a single take"):
            await super().action_use_as_draft()

    def _is_one_take(self, why_not: str) -> bool:
        if self.many:
            self.notify(f"{why_not}: {key_name(self, 'list.clear')} clears the selection.", timeout=4)
        return not self.many and not self._told_of_group()

    def _told_of_group(self) -> bool:
        """Say, where that is so, that the line under the cursor is several takes."""
        if self.group is not None:
            opens = key_name(self.take_list, "list.open")
            self.notify(f"This line is {counted(len(self.group), 'take')}: {opens} opens it, to judge them.", timeout=4)
        return self.group is not None

    @work(group="many", exclusive=True, exit_on_error=False)
    async def _judge_many(self, done: str, ask: str, kind: str, stars: int = 0) -> None:
        takes = list(self.many)
        what = counted(len(takes), "take")
        if (len(takes) > 1 and kind == "stars") or len(takes) > UNASKED:
            unheard = sum(not self.context.workspace.ratings(take).heard for take in takes)
            more = f"\n{unheard:,} of them were never heard." if unheard and kind in ("stars", "reject") else ""
            question = ConfirmDialog(
                f"{what} selected", f"{ask} {what}?{more}\nOne {key_name(self, 'judge.undo')} undoes it.", "do it"
            )
            if not await self.context.ask(question):
                return
        if len(takes) > MANY:
            judgements = await asyncio.to_thread(self._judgements, kind, takes, stars)
        else:
            judgements = self._judgements(kind, takes, stars)
        self.context.judge(judgements)
        self.deselect()
        self.notify(f"{done} {what}" if judgements else "There was nothing to clear.")

    def _judgements(self, kind: str, takes: Sequence[Take], stars: int) -> Sequence[AnyJudgement]:
        log, heard_s = self.own_log, self.context.deck.heard_s
        made: Sequence[AnyJudgement]
        if kind == "clear":
            made = log.clear(*(take.id for take in takes))
        elif kind == "stars":
            made = [log.stars(take.id, stars, heard_s=heard_s(take)) for take in takes]
        elif kind == "reject":
            made = [log.reject(take.id, heard_s=heard_s(take)) for take in takes]
        else:
            made = [log.pick(take.id, heard_s=heard_s(take)) for take in takes]
        log.as_one(made)
        return made
