"""Rate: one question after the other, with nothing known of what is heard but its sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import ContentSwitcher

from library.take import Take
from ratings.judgement import AnyJudgement, Pick, Reject, Retraction, Stars
from tui.context import AppContext
from tui.frame.fitted_text import shortened
from tui.frame.footer import Footer
from tui.frame.formatting import stars_bar
from tui.frame.keys import key
from tui.frame.mode_bar import ModeBar
from tui.frame.next_steps import NextSteps
from tui.frame.player_bar import PlayerBar
from tui.messages import PlayheadMoved
from tui.playing.pairing import Side
from tui.playing.waveform import Waveform
from tui.session.duel_stage import DuelStage
from tui.session.question_pane import HearingPane, describe
from tui.session.session_pages import ENDS
from tui.session.session_progress import SessionProgress
from tui.session.session_screen import SittingScreen
from tui.session.session_summary import SessionSummary
from tui.session.star_row import StarRow

if TYPE_CHECKING:
    from ratings.model.schedule import Question
    from ratings.session.plan import Reveal

SAID: dict[Reveal, str] = {
    "verdict": "Blind: prompt and seed are shown with your verdict",
    "end": "Blind: prompt and seed are shown when the session is over",
    "always": "Prompt and seed are shown",
}
HINTS: dict[Reveal, str] = {
    "verdict": "blind: prompt and seed follow your verdict",
    "end": "blind: prompt and seed are shown at the end",
    "always": "",
}


class RateScreen(SittingScreen):
    """A take or a pair, what is asked about it, and the answers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("h", "cycle_reveal", "Hide", "When prompt and seed are shown: with the verdict, at the end, at once",
            "rate.blind", show=True),
        key("s", "change_session", "Session", "Minutes, how many to find, which takes", "rate.session", show=True),
        key("f", "finish", "Finish", "End the session here and see what came of it", "rate.finish", show=True),
    ]  # fmt: skip
    AUTO_FOCUS = ""
    CSS = """
    RateScreen {
        #place { width: 100%; height: 1fr; }
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
        self._picked: set[str] = set()
        """Takes picked at this hearing."""
        self._last_shown: tuple[Question | None, int] = (None, 0)
        """The question that was shown last, and how far back from it."""

    def compose(self) -> ComposeResult:
        """Bar; a take, a pair, or a page; how far the session has come; player, keys."""
        yield ModeBar("rate")
        with ContentSwitcher(initial="page", id="place"):
            yield NextSteps(id="page")
            yield HearingPane(self.context.deck.path_of, id="hearing")
            yield DuelStage(self.context.deck, id="duel")
            yield SessionSummary(id="summary")
        yield SessionProgress(id="progress")
        yield PlayerBar(id="player")
        yield Footer()

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

    sound_words = "sound of the one before"

    def sound_subject(self) -> Take | None:
        """The take judged last: its sound is asked about after the composition, never before."""
        judged = self.subject() if self._back else self.take(self._trail[-1]) if self._trail else None
        return judged if judged is not None and self.context.workspace.verdict(judged).rated else None

    def show_sound_asked(self, asked: bool) -> None:
        """The stars are for the sound just now."""
        self.query_one(StarRow).ask_sound(asked)

    @property
    def _in_a_duel(self) -> bool:
        return not self._back and self.asked is not None and self.asked.other is not None

    @property
    def blind(self) -> bool:
        """Whether what is heard has no name just now."""
        take = self.subject()
        return take is not None and self.is_hidden(take)

    def is_hidden(self, take: Take) -> bool:
        """Whether the take is still to be judged by its sound alone."""
        sitting, reveal = self.sitting, self.reveal
        if reveal == "always" or self.page in ENDS:
            return False
        if sitting is None:
            return not self.context.workspace.verdict(take).rated
        if not self._back and take.id in (sitting.question.take, sitting.question.other):
            return True
        return take.id in sitting.wanted and (reveal == "end" or take.id not in sitting.moment.seen)

    def on_screen_resume(self) -> None:
        """Coming here plays what is asked about, unless it is on already."""
        take, on = self.subject(), self.context.deck.take
        if take is None:
            return
        if self._last_shown != (self.asked, self._back):  # taken back from another screen
            self.hear()
        elif self._in_a_duel:
            self.query_one(DuelStage).resume()
        elif on is None or on.id != take.id:
            self.hear()

    def begun(self) -> None:
        """Another session: there is nothing to go back to."""
        self._trail.clear()
        self._back = 0

    def hear(self) -> None:
        """Show and play what is asked about, or the take one went back to."""
        sitting = self.sitting
        if sitting is None:
            return
        self.page = ""
        self._picked.clear()
        if sitting.plan.ended:
            self.context.judge(self.listening.change(ended=False))
        asked = sitting.question
        self._last_shown = (asked, self._back)
        if self._in_a_duel:
            first, second = self.take(asked.take), self.take(asked.other)
            if first is not None and second is not None:
                sides = (first, second) if asked.side == "a" else (second, first)
                begins: Side = "a" if (asked.first == "take") == (asked.side == "a") else "b"
                self.query_one("#place", ContentSwitcher).current = "duel"
                hidden = self.reveal != "always"
                self.query_one(DuelStage).show(*sides, begins, hidden=hidden, play=self.is_current)
        elif (take := self.take(self._trail[-self._back] if self._back else asked.take)) is not None:
            self.query_one("#place", ContentSwitcher).current = "hearing"
            self.set_focus(None)
            if self.is_current:
                self.context.deck.put_on(take)
            self.query_one(HearingPane).show(take, self.context.workspace.verdict(take))
            self._tell_take()
        self.tell_status()

    async def get_ready(self, coming: list[Take]) -> None:
        """Decode ahead what may come, and draw its outline."""
        if not self._in_a_duel:
            self.context.deck.expect(coming)
        await self.query_one(HearingPane).waveform.expect(coming[:2])

    def step(self, by: int) -> None:
        """Back to what was heard before; on to the question, and past it without an answer."""
        sitting = self.sitting
        if self.page in ENDS:
            self.query_one(SessionSummary).scroll_relative(y=3 * by, animate=False)
        if self.asked is None or sitting is None:
            return
        if by < 0 and self._back < len(self._trail):
            self._back += 1
        elif by > 0 and self._back:
            self._back -= 1
        elif by > 0:
            if sitting.question.other is None:
                self._trail.append(sitting.question.take)
            self.context.judge(self.listening.skip())
        else:
            return
        self.hear()

    @on(PlayheadMoved)
    def _show_playhead(self, event: PlayheadMoved) -> None:
        head, take = event.playhead, self.subject()
        if self._in_a_duel:
            self.query_one(DuelStage).set_playhead(head)
        else:
            on_show = take is not None and head.take == take.id
            self.query_one(HearingPane).set_playhead(head if on_show else None, self.context.deck.looping)

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        self.context.deck.player.seek(event.position_s)

    # Answers

    def action_stars(self, stars: int) -> None:
        """1 to 5."""
        if (take := self._take_to_judge()) is None:
            return
        name, heard, blind = take.id, self.context.deck.heard_s(take), self.blind
        if self._back:
            self.context.judge(
                self.listening.correct(lambda session: session.stars(name, stars, heard_s=heard, blind=blind), name)
            )
        else:
            self.context.judge(
                self.listening.answer(
                    lambda session, spent: session.stars(name, stars, heard_s=heard, blind=blind, spent_s=spent),
                    take=name, stars=stars, heard_s=heard, blind=blind,
                )
            )  # fmt: skip
            self._trail.append(name)
        self.advance()

    def action_reject(self) -> None:
        """X."""
        if (take := self._take_to_judge()) is None:
            return
        name, heard, blind = take.id, self.context.deck.heard_s(take), self.blind
        if self._back:
            self.context.judge(
                self.listening.correct(lambda session: session.reject(name, heard_s=heard, blind=blind), name)
            )
        else:
            self.context.judge(
                self.listening.answer(
                    lambda session, spent: session.reject(name, heard_s=heard, blind=blind, spent_s=spent),
                    take=name, heard_s=heard, blind=blind,
                )
            )  # fmt: skip
            self._trail.append(name)
        self.advance()

    def _take_to_judge(self) -> Take | None:
        """The take that stars and reject are about; of a pair they are not."""
        if self._in_a_duel:
            self.notify("Of a pair, a or b is better; t is a tie", timeout=2)
            return None
        return self.subject()

    @on(DuelStage.Answered)
    def _duel_answered(self, event: DuelStage.Answered) -> None:
        asked = self.asked
        if asked is None or asked.other is None or self._back or {event.a.id, event.b.id} != {asked.take, asked.other}:
            return
        take, other, side = asked.take, asked.other, asked.side
        winner: Literal["take", "other", "tie"] = (
            "tie" if event.winner == "tie" else "take" if event.winner == side else "other"
        )
        first: Literal["take", "other"] = "take" if event.first == side else "other"
        heard, blind = event.heard_s, self.reveal != "always"
        self.context.judge(
            self.listening.answer(
                lambda session, spent: session.duel(
                    take, other, winner, side=side, first=first, heard_s=heard, blind=blind, spent_s=spent
                ),
                take=take, other=other, winner=winner, side=side, first=first, heard_s=heard, blind=blind,
            )
        )  # fmt: skip
        self.advance()

    def advance(self) -> None:
        """The answer is given: on to the next question, or to the end."""
        self.context.spend_key()
        self._back = 0
        if self.sitting is not None and self.sitting.minutes_left == 0:
            self.stop("over")
        elif self.is_settled:
            self.stop("settled")
        else:
            self.hear()

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Say what was saved; after an undo ask again."""
        if self.sitting is None:
            return
        again = self.listening.hear(judgements)
        for event in judgements:
            if isinstance(event, Stars | Reject):
                self._tell_last(event)
        taken_back = bool(judgements) and isinstance(judgements[-1], Retraction)
        if not self.tell_pick(judgements) and taken_back and self.is_current:
            self.query_one(HearingPane).tell_last("taken back")
        if again is not None:
            if self._trail and self._trail[-1] == again.take and again.other is None:
                self._trail.pop()
            self._back = 0
        if again is not None and self.is_current:
            self.hear()
        elif not self.page:
            self._tell_take()
        if self.page in ENDS:
            self.sum_up()
        self.tell_status()
        self.think()

    def action_undo(self) -> None:
        """Ctrl+Z: also an answer of before the session was resumed."""
        if self.sitting is None:
            super().action_undo()
        else:
            self.judge_back(self.listening.undo())

    def action_pick(self) -> None:
        """P. Of a take that comes again unnoticed the pick stays."""
        take = self.subject()
        if take is None:
            return
        said = self.context.workspace.history.live(take.id)
        mine = any(isinstance(one, Pick) and one.listener == self.context.workspace.listener for one in said)
        if mine and self.blind and take.id not in self._picked:
            self.context.spend_key()
            self.notify("Picked", timeout=1.5)
        else:
            super().action_pick()
        self._picked.add(take.id)

    def action_note(self) -> None:
        """N. Notes of an earlier hearing would tell that a hidden take comes again."""
        if (take := self.subject()) is not None:
            earlier = self.query_one(HearingPane).earlier
            if self._in_a_duel:
                earlier = frozenset(name for _, name in self.context.workspace.verdict(take).notes)
            self._ask_note(take, earlier if self.blind else frozenset())

    @work(group="notes", exit_on_error=False)
    async def _ask_note(self, take: Take, hidden: frozenset[str]) -> None:
        from tui.session.note_dialog import NoteScreen

        text = await self.app.push_screen_wait(NoteScreen(self.context.workspace, take, hidden))
        if text:
            self.context.judge(lambda _: self.context.workspace.note(take, text))

    def action_clear(self) -> None:
        """0: of what was judged before, not of what is asked now."""
        if self._back:
            super().action_clear()

    # Words

    def action_cycle_reveal(self) -> None:
        """H."""
        order: tuple[Reveal, ...] = ("verdict", "end", "always")
        reveal = order[(order.index(self.reveal) + 1) % len(order)]
        self.context.remember(blind=reveal != "always", until_end=reveal == "end")
        if self.sitting is not None:
            self.context.judge(self.listening.change(reveal=reveal))
        self.notify(SAID[reveal])
        self.query_one(DuelStage).set_hidden(reveal != "always")
        self._tell_take()

    def _tell_take(self) -> None:
        take = self.subject()
        if take is not None:
            hint = HINTS[self.reveal] if self.is_hidden(take) else None
            self.query_one(HearingPane).tell(take, self.context.workspace.verdict(take), hint=hint)

    def _tell_last(self, event: Stars | Reject) -> None:
        take = self.take(event.take)
        if take is not None:
            said = stars_bar(event.stars) if isinstance(event, Stars) else "rejected"
            name = "" if self.reveal == "end" else f"  {shortened(describe(take), max(20, self.size.width - 24))}"
            self.query_one(HearingPane).tell_last(f"last: {said}{name}")
