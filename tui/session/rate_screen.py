"""Rate: one question after the other, with nothing known of what is heard but its sound."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import ContentSwitcher

from library.take import Take
from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Pick, Reject, Retraction, Stars
from ratings.session.blindfold import Blindfold, Kept
from tui.context import AppContext
from tui.frame.fitted_text import shortened
from tui.frame.formatting import stars_bar
from tui.frame.key_names import key_name
from tui.frame.next_steps import NextSteps
from tui.messages import PlayheadMoved
from tui.playing.waveform import Waveform
from tui.session.duel_stage import DuelStage, answers, sides_of
from tui.session.exploring_screen import ExploringScreen
from tui.session.filmstrip import Filmstrip
from tui.session.keys import RATE
from tui.session.question_pane import QuestionPane, making_of
from tui.session.session_pages import ENDS
from tui.session.session_progress import SessionProgress
from tui.session.session_summary import SessionSummary
from tui.session.star_row import StarRow

if TYPE_CHECKING:
    from ratings.model.schedule import Question
    from ratings.session.plan import Reveal

REVEALS: dict[Reveal, str] = {
    "verdict": "blind: prompt and seed appear after your answer",
    "end": "blind: prompt and seed appear at the end",
    "always": "prompt and seed are shown",
}
"""In the order of the key that changes it."""


class RateScreen(ExploringScreen):
    """A take or a pair, what is asked about it, and the answers."""

    MODE = "rate"
    ASKS = True
    BINDINGS: ClassVar[list[BindingType]] = [*RATE]
    AUTO_FOCUS = ""
    CSS = """
    RateScreen {
        #place { width: 100%; height: 1fr; }
        &.-tall QuestionPane Waveform { max-height: 28; }
        Filmstrip { margin: 0 2; }
        SessionProgress { margin: 1 0; }
        &.-short SessionProgress { margin: 0; }
    }
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._trail: list[str] = []
        """Takes heard one at a time, as far as one can go back to them."""
        self._back = 0
        """So many takes back from the question one is."""
        self._told: set[str] = set()
        """Takes that were named here after their answers: who goes back to one knows it, hidden or not."""
        self._picked: set[str] = set()
        """Takes picked at this hearing."""
        self._last_shown: tuple[Question | None, int] = (None, 0)
        """The question that was shown last, and how far back from it."""

    def compose_body(self) -> ComposeResult:
        with ContentSwitcher(initial="page", id="place"):
            yield NextSteps(id="page")
            yield QuestionPane(self.context.deck.path_of, id="one-take")
            yield DuelStage(self.context.deck, id="duel")
            yield SessionSummary(id="summary")
        yield Filmstrip(id="filmstrip")
        yield SessionProgress(id="progress")

    # What is heard

    def subject(self) -> Take | None:
        """The take that is being heard; of a pair, the one that sounds."""
        asked = self.asked
        if asked is None:
            return None
        if self._back:
            return self.take(self._trail[-self._back])
        pairing = self.query_one(DuelStage).pairing
        if asked.other is not None and pairing is not None:
            return pairing.take(pairing.on or pairing.first)
        return self.take(asked.take)

    sound_words = "Production quality of the last take"

    def sound_subject(self) -> Take | None:
        """The take judged last: its sound is asked about after the composition, never before."""
        judged = self.subject() if self._back else self.take(self._trail[-1]) if self._trail else None
        return judged if judged is not None and self.context.workspace.ratings(judged).rated else None

    def show_sound_scale(self, on: bool) -> None:
        self.query_one(StarRow).show_sound_scale(on)

    @property
    def _in_a_duel(self) -> bool:
        return not self._back and self.asked is not None and self.asked.other is not None

    def _keep(self, take: str) -> Kept | None:
        """Takes are judged by their sound alone: the one asked about, and until the end all others."""
        session, reveal = self.session, self.reveal
        if session is None or self.page in ENDS:
            return None
        asked = take in (session.question.take, session.question.other)
        if asked or (take in session.selected and (reveal == "end" or take not in session.belief.seen)):
            return Kept(hidden=reveal != "always", asked=asked)
        return None

    def on_mount(self) -> None:
        self.context.workspace.blindfold.add(self.MODE, self._keep)

    def on_screen_resume(self) -> None:
        """Coming here plays what is asked about, unless it is on already."""
        self._show_hidden()
        if self.begin_what_is_asked():
            return
        take, on = self.subject(), self.context.deck.take
        if take is None:
            return
        if self._last_shown != (self.asked, self._back):  # taken back from another screen
            self.show_question()
        elif self._in_a_duel:
            self.query_one(DuelStage).resume()
        elif on is None or on.id != take.id:
            self.show_question()

    def forget_last_session(self) -> None:
        self._trail.clear()
        self._back = 0

    def show_question(self) -> None:
        """Show and play what is asked about, or the take one went back to."""
        session = self.session
        if session is None:
            return
        self.page = ""
        self._picked.clear()
        if session.plan.ended:
            self.controller.change(ended=False)
        asked = session.question
        self._last_shown = (asked, self._back)
        names = [name for name in (asked.take, asked.other) if name is not None]
        self._blindfold.begin(self.MODE, names, self.context.workspace.history.ratings)
        if len(session.selected) == 1:  # there is nothing else that it could be
            self._blindfold.look(asked.take)
        if self._in_a_duel:
            if sides := sides_of(asked, self.take):
                self.query_one("#place", ContentSwitcher).current = "duel"
                hidden = self.reveal != "always"
                self.query_one(DuelStage).show(asked, sides, hidden=hidden, play=self.is_current)
        elif (take := self.take(self._trail[-self._back] if self._back else asked.take)) is not None:
            self.query_one("#place", ContentSwitcher).current = "one-take"
            self.set_focus(None)
            if self.is_current:
                self.context.deck.load(take, blind=True)
            self.query_one(QuestionPane).show(take)
            self._show_known()
        self.show_status()

    async def get_ready(self, coming: list[Take]) -> None:
        if not self._in_a_duel:
            self.context.deck.preload(coming)
        await self.query_one(QuestionPane).waveform.preload(coming[:2])

    def step(self, by: int) -> None:
        """Back to what was heard before; on to the question, and past it without an answer."""
        session = self.session
        if self.page in ENDS:
            self.query_one(SessionSummary).step(by)
        if self.asked is None or session is None:
            return
        if by < 0 and self._back < len(self._trail):
            self._back += 1
        elif by > 0 and self._back:
            self._back -= 1
        elif by > 0:
            if session.question.other is None:
                self._trail.append(session.question.take)
            self.controller.skip()
        else:
            return
        self.show_question()

    def action_back_to(self, take: str) -> None:
        """Back to a take that was answered, by its id."""
        if self.asked is not None and take in self._trail:
            self._back = self._trail[::-1].index(take) + 1
            self.show_question()

    @on(PlayheadMoved)
    def _show_playhead(self, event: PlayheadMoved) -> None:
        if self._in_a_duel:
            self.query_one(DuelStage).set_playhead(event.playhead)
        else:
            self.query_one(QuestionPane).waveform.follow(event.playhead, self.context.deck.looping)

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        self.context.deck.seek(event.position_s)

    # Answers

    def action_stars(self, stars: int) -> None:
        if (take := self._take_to_judge()) is not None:
            self._answer(take, partial(self.own_log.stars, take.id, stars))

    def action_reject(self) -> None:
        if (take := self._take_to_judge()) is not None:
            self._answer(take, partial(self.own_log.reject, take.id))

    def _answer(self, take: Take, make: Callable[..., Stars | Reject]) -> None:
        """The answer to the question; of a take gone back to, in the place of what was answered before."""
        told = bool(self._back) and take.id in self._told
        heard_s, blind = self.context.deck.heard_s(take), self.is_blind(take) and not told
        self._blindfold.forget(take.id)
        if self._back:
            taken_back = self.controller.take_back(take.id)
            self.controller.judge([*taken_back, make(heard_s=heard_s, blind=blind)])
        else:
            self.controller.answer(make(heard_s=heard_s, blind=blind, spent_s=self._spent_s))
            self._trail.append(take.id)
        self.advance()

    @property
    def _spent_s(self) -> float:
        return 0.0 if self.session is None else round(self.session.since_s, 2)

    def _take_to_judge(self) -> Take | None:
        """The take that stars and reject are about; of a pair they are not."""
        if self._in_a_duel:
            a, b, tie, neither = (key_name(self, f"duel.{answer}") for answer in ("a", "b", "tie", "neither"))
            self.notify(f"This is a duel: {a} or {b} is better, {tie} is a tie, {neither} neither", timeout=2)
            return None
        return self.subject()

    @on(DuelStage.Answered)
    def _duel_answered(self, event: DuelStage.Answered) -> None:
        asked, blind = self.asked, self.is_blind(event.a, event.b)
        if asked is None or self._back:
            return
        self._blindfold.forget(event.a.id, event.b.id)
        duel = event.judgement(asked, self.own_log, blind=blind, spent_s=self._spent_s)
        if duel is not None:
            self.controller.answer(duel)
            self.advance()

    def advance(self) -> None:
        """The answer is given: on to the next question, or to the end."""
        self.context.spend_key()
        self._back = 0
        if self.session is not None and self.session.minutes_left == 0:
            self.stop("over")
        elif self.is_settled:
            self.stop("settled")
        else:
            self.show_question()

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Say what was saved; after an undo ask again."""
        if self.session is None:
            return
        again = self.controller.handle_written(judgements)
        for event in judgements:
            if isinstance(event, Stars | Reject):
                self._show_last(event)
        taken_back = bool(judgements) and isinstance(judgements[-1], Retraction)
        if not self.show_pick(judgements) and taken_back and self.is_current:
            self.query_one(QuestionPane).show_last("undone")
        if again is not None:
            if self.reveal != "end":  # the verdict has named it
                self._blindfold.look(again.take, *([] if again.other is None else [again.other]))
            if self._trail and self._trail[-1] == again.take and again.other is None:
                self._trail.pop()
            self._back = 0
        if again is not None and (self.is_current or self.page):
            self.show_question()
        elif not self.page:
            self._show_known()
        if self.page in ENDS:
            self.sum_up()
        self.show_status()
        self.think()

    def judgements_withdrawn(self, judgements: list[AnyJudgement]) -> None:
        """An answer that could not be written was not given: on from where the session stands without it."""
        if self.session is None:
            return
        if self.is_current and any(isinstance(one, Stars | Reject) for one in judgements):
            self.query_one(QuestionPane).show_last("not saved")
        if self.controller.withdraw(judgements):
            if not self.page:
                self.show_question()
            self.think()
        if self.page in ENDS:
            self.sum_up()

    def undo_judgement(self) -> list[Retraction]:
        """Also an answer of before the session was resumed."""
        return super().undo_judgement() if self.session is None else self.controller.undo()

    def redo_judgements(self, again: list[AnyJudgement]) -> None:
        one, asked = again[0], self.asked
        if asked is None or self._back or len(again) > 1 or not answers(one, asked):
            super().redo_judgements(again)
            return
        self._blindfold.forget(*takes_of(one))
        self.controller.answer(one)
        if asked.other is None:
            self._trail.append(one.take)
        self.advance()

    def action_pick(self) -> None:
        """P. Of a take that comes again unnoticed the pick stays."""
        take = self.subject()
        if take is None:
            return
        picked = any(isinstance(one, Pick) for one in self.own_log.standing(take.id))
        if picked and self.blind and take.id not in self._picked:
            self.context.spend_key()
            self.notify("Picked", timeout=1.5)
        else:
            super().action_pick()
        self._picked.add(take.id)

    def action_clear(self) -> None:
        """0: of what was judged before, not of what is asked now."""
        if self._back:
            super().action_clear()

    # Words

    def action_cycle_reveal(self) -> None:
        order = tuple(REVEALS)
        reveal = order[(order.index(self.reveal) + 1) % len(order)]
        self.context.remember(blind=reveal != "always", until_end=reveal == "end")
        if self.session is not None:
            self.controller.change(reveal=reveal)
        self.notify(REVEALS[reveal].capitalize())
        self.query_one(QuestionPane).show_last("")
        self._show_hidden()

    def _show_hidden(self) -> None:
        self.query_one(DuelStage).set_hidden(self.reveal != "always")
        self._show_known()
        if self.reveal == "always" and (asked := self.asked) is not None:
            self._blindfold.look(asked.take, *([] if asked.other is None else [asked.other]))

    def _show_known(self) -> None:
        take = self.subject()
        if take is not None:
            hint = REVEALS[self.reveal] if self.blind else None
            if hint is None:
                self._told.add(take.id)
            earlier = self._blindfold.earlier(take.id)
            self.query_one(QuestionPane).show_known(take, self.context.workspace.ratings(take), earlier, hint=hint)

    @property
    def _blindfold(self) -> Blindfold:
        return self.context.workspace.blindfold

    def _show_last(self, event: Stars | Reject) -> None:
        take = self.take(event.take)
        if take is not None:
            rating = stars_bar(event.stars) if isinstance(event, Stars) else "rejected"
            if self.reveal != "end":
                self._told.add(take.id)
            name = "" if self.reveal == "end" else f"  {shortened(making_of(take), max(20, self.size.width - 24))}"
            self.query_one(QuestionPane).show_last(f"last: {rating}{name}")
