"""Survey: two to six takes from one place on the number keys, put in order; each neighbouring pair counts as a duel."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from library.take import Take
from ratings.judgement import AnyJudgement, Duel, Retraction
from ratings.session.blindfold import Blindfold, Kept
from tui.context import AppContext
from tui.frame.formatting import counted
from tui.frame.key_names import key_name
from tui.frame.main_screen import MainScreen
from tui.frame.mode_bar import ModeBar
from tui.messages import PlayheadMoved, SurveyRequest
from tui.playing.pairing import LineUp
from tui.playing.waveform import Waveform
from tui.session.duel_stage import describe
from tui.session.keys import SURVEY
from tui.session.survey_row import SurveyRow

QUESTION = "Imagine them played live. Put the best at the top."


class SurveyScreen(MainScreen):
    """The takes that were chosen on another screen, the best at the top once the listener has put them so."""

    MODE = "survey"
    ASKS = True
    BINDINGS: ClassVar[list[BindingType]] = [*SURVEY]
    AUTO_FOCUS = ""
    CSS = """
    SurveyScreen {
        #survey-question { width: 100%; text-align: center; text-style: bold; margin: 1 0; }
        &.-short #survey-question { margin: 0; }
        #survey-rows { height: 1fr; align: center middle; padding: 0 1; }
        &.-tall SurveyRow { margin-bottom: 1; }
        #survey-hint { height: 1; width: 100%; text-align: center; color: $quiet; }
        &.-tall #survey-hint { margin-bottom: 1; }
    }
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._request: SurveyRequest | None = None
        self._surveys = 0
        self._line = LineUp(context.deck, ())
        self._rows: list[SurveyRow] = []
        """Those of the line-up; none while those of the one before give way."""
        self._order: list[int] = []
        """Places in the line-up, the best first."""
        self._ties: set[int] = set()
        """Places of those that are as good as the one above them."""
        self._first_heard: list[int] = []
        self._saved: list[Duel] = []
        self._hint = ""

    def compose_body(self) -> ComposeResult:
        yield Static(QUESTION, id="survey-question", markup=False)
        yield Vertical(id="survey-rows")
        yield Static("", id="survey-hint", markup=False)

    def on_mount(self) -> None:
        self._blindfold.add(self.MODE, self._keep)

    def on_screen_resume(self) -> None:
        """Begin what was asked for; else go on, if something else was on meanwhile."""
        request = self.context.survey_request
        if request is not self._request:
            self._request = request
            self._begin(request)
        elif self._line.takes and self._line.on is None:
            self._line.begin(self._order[0])

    @work(exclusive=True, group="survey", exit_on_error=False)
    async def _begin(self, request: SurveyRequest) -> None:
        takes = list(request.takes)
        if self._hides:  # else the order of the list that one came from would tell
            random.Random(f"{self.own_log.name} {self._surveys}").shuffle(takes)  # noqa: S311 - an order, not a secret
            self._surveys += 1
        self._rows = []
        self._line = LineUp(self.context.deck, takes)
        self._order, self._ties = list(range(len(takes))), set()
        self._first_heard, self._saved, self._hint = [], [], ""
        self._blindfold.begin(self.MODE, [take.id for take in takes], self.context.workspace.history.ratings)
        self._note_seen()
        column, path_of = self.query_one("#survey-rows"), self.context.deck.path_of
        await column.remove_children()
        rows = [SurveyRow(place, take, path_of) for place, take in enumerate(takes)]
        await column.mount(*rows)
        self._rows = rows
        self._lay_out()
        self.query_one(ModeBar).show_status(f"survey of {counted(len(takes), 'take')}")
        if takes:
            self._line.begin(0)
        self._draw()

    def _lay_out(self) -> None:
        """All outlines on one scale of time; while they are hidden, no longer than the shortest: lengths would tell."""
        lengths = [take.duration_s for take in self._line.takes]
        for row in self._rows:
            row.waveform.show(row.take, span_s=min(lengths) if self._hides and not self._saved else max(lengths))

    # What is heard

    def subject(self) -> Take | None:
        on_deck = self._line.on
        return None if on_deck is None else self._line.takes[on_deck]

    def action_hear(self, number: int) -> None:
        if number <= len(self._line.takes):
            self._line.switch(number - 1)
            self._draw()

    def action_hear_next(self, by: int) -> None:
        if self._order:
            on_deck = self._line.on
            at = -1 if on_deck is None else self._order.index(on_deck)
            self._line.switch(self._order[(at + by) % len(self._order)])
            self._draw()

    def step(self, by: int) -> None:
        """Up and down the order, as it stands."""
        on_deck = self._line.on
        at = self._order.index(on_deck) + by if on_deck is not None else 0
        if 0 <= at < len(self._order):
            self._line.switch(self._order[at])
            self._draw()

    @on(SurveyRow.Chosen)
    def _row_chosen(self, event: SurveyRow.Chosen) -> None:
        if event.row in self._rows:
            self._line.switch(event.row.place)
            self._draw()

    @on(Waveform.Sought)
    def _go_there(self, event: Waveform.Sought) -> None:
        for row in self._rows:
            if row.waveform is event.waveform:
                self._line.go_to(row.place, event.position_s)
                self._draw()

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        self._line.follow(self.context.deck.playhead())
        on_deck = self._line.on
        if on_deck is not None and on_deck not in self._first_heard and self._line.heard_s(on_deck) > 0:
            self._first_heard.append(on_deck)
        for row in self._rows:
            beyond = event.playhead.position_s > row.take.duration_s
            row.waveform.set_playhead(None if on_deck is None or beyond else event.playhead.position_s)
            row.waveform.set_loop(self.context.deck.looping if row.place == on_deck else None)
        self._draw()

    # The order

    def action_move(self, by: int) -> None:
        """What plays goes up or down, and is tied with nothing any more."""
        on_deck, rows_by_place = self._line.on, {row.place: row for row in self._rows}
        at = self._order.index(on_deck) if on_deck is not None else -1
        if on_deck is None or not rows_by_place or not 0 <= at + by < len(self._order):
            return  # the rows of another line-up may not stand yet
        self._order.insert(at + by, self._order.pop(at))
        self._ties.discard(on_deck)
        self._ties.discard(self._order[0])
        rows = self.query_one("#survey-rows")
        for place in self._order:
            rows.move_child(rows_by_place[place], after=len(rows.children) - 1)
        self._hint = ""
        self._draw()

    def action_tie(self) -> None:
        on_deck = self._line.on
        if on_deck is None:
            return
        if on_deck == self._order[0]:
            self._say(
                f"The best has nothing above to tie with: play the next one, then {key_name(self, 'survey.tie')}."
            )
            return
        self._ties ^= {on_deck}
        self._draw()

    def action_finish(self) -> None:
        """F: each pair of neighbours becomes a duel; those of an order saved before give way."""
        if missing := self._line.unheard:
            keys = ", ".join(str(place + 1) for place in missing)
            self._say(f"Play {keys} first, for at least a second.")
        elif len(self._order) > 1:
            log, blind = self.own_log, self.is_blind(*self._line.takes)
            self._blindfold.forget(*(take.id for take in self._line.takes))
            gone = [log.retract(duel) for duel in self._saved if duel in log.standing(duel.take)]
            share_s = round(self._line.heard_s(*self._order) / (len(self._order) - 1), 2)
            self._saved = [self._duel(better, worse, blind, share_s) for better, worse in pairwise(self._order)]
            log.as_one(self._saved)
            self.context.judge([*gone, *self._saved])

    def _duel(self, better: int, worse: int, blind: bool, spent_s: float) -> Duel:
        takes, heard = self._line.takes, self._first_heard
        return self.own_log.duel(
            takes[better].id,
            takes[worse].id,
            "tie" if worse in self._ties else "take",
            side="a" if better < worse else "b",
            first="take" if heard.index(better) < heard.index(worse) else "other",
            heard_s=self._line.heard_s(better, worse),
            blind=blind,
            spent_s=spent_s,
        )

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        self.show_pick(judgements)
        if self._saved and self._saved[-1] in judgements:
            self._say(f"Saved as {counted(len(self._saved), 'duel')}. Change the order and save again, or go back.")
        elif any(
            isinstance(one, Retraction) and one.retracts == self._saved[0].id for one in judgements if self._saved
        ):
            self._saved = []
            self._note_seen(named=True)
            self._say("The order is no longer saved.")
        self._lay_out()

    def judgements_withdrawn(self, judgements: list[AnyJudgement]) -> None:
        if any(one in judgements for one in self._saved):
            self._saved = []
            self._say("The order wasn't saved.")

    # What is known of them

    @property
    def _hides(self) -> bool:
        return self.context.settings.blind

    @property
    def _blindfold(self) -> Blindfold:
        return self.context.workspace.blindfold

    def _keep(self, take: str) -> Kept | None:
        if not any(one.id == take for one in self._line.takes):
            return None
        return Kept(hidden=self._hides and not self._saved, asked=not self._saved)

    def _note_seen(self, *, named: bool = False) -> None:
        """Names that were shown before the order was saved are known."""
        if named or not self._hides:
            self._blindfold.look(*(take.id for take in self._line.takes))

    def action_toggle_blind(self) -> None:
        self.context.remember(blind=not self.context.settings.blind)
        self._note_seen()
        self._lay_out()
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Digits are takes here, unless the sound is asked about."""
        if action in ("rate", "hear"):
            return (action == "rate") == (self._sound_take is not None)
        return super().check_action(action, parameters)

    async def action_back(self) -> None:
        """Escape: to where one came from."""
        if self._sound_take is not None or self._request is None:
            await super().action_back()
        else:
            await self.context.go(self._request.origin)

    def _how(self) -> str:
        following, up, down = (key_name(self, f"survey.{name}") for name in ("next", "up", "down"))
        return f"1–{len(self._order)} or {following}: play it from the same spot · {up} {down}: move it"

    def _say(self, words: str) -> None:
        self._hint = words
        self._draw()

    def _draw(self) -> None:
        last = len(self._order) - 1
        for row in self._rows:
            at = self._order.index(row.place)
            standing = "= as good as above" if row.place in self._ties else {0: "best", last: "worst"}.get(at, "")
            on_deck = row.place == self._line.on
            name = "" if self._blindfold.hides(row.take.id) else describe(row.take)
            row.show(on=on_deck, heard_s=self._line.heard_s(row.place), name=name, standing=standing)
        hint = self._hint or self._how()
        self.query_one("#survey-hint", Static).update(hint)
