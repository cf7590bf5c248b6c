"""Two takes against each other: both outlines on one time line, the one that sounds lit, and the four answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from library.take import Take
from ratings.journal import JudgementLog
from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from ratings.judgement import Winner as JudgedWinner
from tui.frame.fitted_text import shortened
from tui.frame.formatting import plain
from tui.frame.key_names import key_name
from tui.frame.keys import DUELLING
from tui.playing.deck import Deck
from tui.playing.pairing import SIDES, Pairing, Side
from tui.playing.player.api import Playhead
from tui.playing.waveform import Waveform

if TYPE_CHECKING:
    from ratings.model.schedule import Question

QUESTION = "Imagine both played live, by an orchestra or a small band.\nWhich one is better?"
Winner = Literal["a", "b", "tie", "neither"]
ANSWERS: dict[Winner, str] = {"a": "A is better", "tie": "a tie", "neither": "neither is good", "b": "B is better"}
KEYS: dict[Winner, str] = {"a": "duel.a", "tie": "duel.tie", "neither": "duel.neither", "b": "duel.b"}


class Answer(Static):
    """One of the answers; a click gives it."""

    def __init__(self, winner: Winner) -> None:
        super().__init__(id=f"duel-{winner}")
        self._winner = winner

    def on_mount(self) -> None:
        key, word = key_name(self, KEYS[self._winner]), ANSWERS[self._winner]
        self.update(Content.from_markup("[$primary]$key[/]  $word", key=key, word=word))

    async def on_click(self) -> None:
        self.query_ancestor(DuelStage).action_answer(self._winner)


class DuelStage(Vertical, can_focus=True):
    """Plays a pair on the app's deck and asks which is better.

    The screen around it calls `show` for each pair and `set_playhead` at each PlayheadMoved, and handles `Answered`.
    It has the keys while it has the focus, which `show` gives it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*DUELLING]
    DEFAULT_CSS: ClassVar[str] = """
    DuelStage {
        height: 1fr;
        align: center middle;
        padding: 1 2 0 2;
        #duel-question { width: 100%; text-align: center; text-style: bold; margin-bottom: 1; }
        .side { height: 1fr; min-height: 3; max-height: 10; }
        .side Static { height: 1; color: $quiet; }
        .side Waveform { height: 1fr; min-height: 1; }
        .side Waveform .waveform--dark { color: $border; }
        .side Waveform .waveform--bright { color: $quiet; }
        .side Waveform .waveform--played-dark { color: $border; }
        .side Waveform .waveform--played-bright { color: $quiet; }
        .side Waveform .waveform--head { color: $quiet; }
        .side.-on Static { color: $foreground; }
        .side.-on Waveform .waveform--dark { color: $wave-dark; }
        .side.-on Waveform .waveform--bright { color: $wave-bright; }
        .side.-on Waveform .waveform--played-dark { color: $wave-played-dark; }
        .side.-on Waveform .waveform--played-bright { color: $wave-played-bright; }
        .side.-on Waveform .waveform--head { color: $foreground; }
        #duel-b-side { margin-top: 1; }
        #duel-answers { height: 1; margin-top: 1; }
        Answer { width: 1fr; text-align: center; }
        Answer:hover { background: $surface; }
        .-unheard Answer { color: $quiet; }
        #duel-hint { height: 1; width: 100%; text-align: center; color: $quiet; }
    }
    .-tall DuelStage {
        .side { max-height: 14; }
        #duel-b-side { margin-top: 2; }
        #duel-answers { margin-top: 2; }
        #duel-hint { margin-top: 1; }
    }
    """

    class Answered(Message):
        """The listener has judged which one is better, both having sounded."""

        def __init__(self, winner: Winner, pairing: Pairing) -> None:
            """`winner` is a side, "tie" or "neither"; `pairing` has the takes, and the seconds heard of both."""
            super().__init__()
            self.winner: Winner = winner
            self.a, self.b = pairing.a, pairing.b
            self.heard_s = pairing.heard_s()

        def judgement(self, question: Question, log: JudgementLog, *, blind: bool, spent_s: float) -> Duel | None:
            """The answer to `question`, made by `log`; None where it is to a pair that has given way meanwhile."""
            if question.other is None or {self.a.id, self.b.id} != {question.take, question.other}:
                return None
            side = question.side
            winner: JudgedWinner = "take" if self.winner == side else "other" if self.winner in SIDES else "tie"
            return log.duel(
                question.take, question.other, winner, side=side, first=question.first,
                neither=self.winner == "neither", heard_s=self.heard_s, blind=blind, spent_s=spent_s,
            )  # fmt: skip

    def __init__(self, deck: Deck, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._deck = deck
        self.pairing: Pairing | None = None
        self._hidden = True
        self._hint = ""
        self._written: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Static(QUESTION, id="duel-question", markup=False)
        for side in SIDES:
            with Vertical(classes="side", id=f"duel-{side}-side"):
                yield Static("", id=f"duel-{side}-name", markup=False)
                yield Waveform(self._deck.path_of, id=f"duel-{side}-wave")
        with Horizontal(id="duel-answers"):
            for winner in ANSWERS:
                yield Answer(winner)
        yield Static("", id="duel-hint", markup=False)

    def show(self, question: Question, sides: tuple[Take, Take], *, hidden: bool, play: bool) -> None:
        """Put a pair on show and, with `play`, the one to be heard first on the deck; `resume` plays it later.

        While `hidden`, the takes have no names.
        """
        first: Side = "a" if (question.first == "take") == (question.side == "a") else "b"
        self.pairing = Pairing(self._deck, *sides, first)
        self._hidden, self._hint = hidden, ""
        self._lay_out()
        if play:
            self.pairing.begin()
        self._draw()
        self.focus()

    def expect(self, coming: Sequence[Take]) -> None:
        """Get the pair ready that is likely to come next."""
        if self.pairing is not None:
            self.pairing.preload(coming)
            self._expect_outlines(coming)

    @work(exclusive=True, group="outlines", exit_on_error=False)
    async def _expect_outlines(self, takes: Sequence[Take]) -> None:
        await self._wave("a").preload(takes)

    def resume(self) -> None:
        """Play the pair again, if something else was on meanwhile."""
        if self.pairing is not None and self.pairing.on is None:
            self.pairing.begin()
            self._draw()

    def set_hidden(self, hidden: bool) -> None:
        self._hidden = hidden
        self._lay_out()

    def set_playhead(self, head: Playhead) -> None:
        pairing = self.pairing
        if pairing is None:
            return
        pairing.follow(self._deck.playhead())  # what comes here may tell of the moment before the other one was put on
        on = pairing.on
        for side in SIDES:
            wave = self._wave(side)
            beyond = side != on and head.position_s > pairing.take(side).duration_s
            wave.set_playhead(None if on is None or beyond else head.position_s)
            wave.set_loop(self._deck.looping if side == on else None)
        if head.error and on is not None:
            self._hint = f"{on.upper()} can't be played: {key_name(self, 'play.next')} skips to another pair."
        elif self._hint and pairing.unheard is None:
            self._hint = ""
        self._draw()

    # What the listener does

    def action_other(self) -> None:
        if self.pairing is not None:
            self.pairing.swap()
            self._draw()

    def action_answer(self, winner: Winner) -> None:
        pairing = self.pairing
        if pairing is None:
            return
        head = self._deck.playhead()
        pairing.follow(head)
        missing = pairing.unheard
        if missing is not None:
            way = f": {key_name(self, 'duel.other')} plays it from the same spot" if missing != pairing.on else ""
            way = f": {key_name(self, 'play.start')} plays it from the start" if not (way or head.playing) else way
            self._hint = f"{missing.upper()} hasn't played long enough yet{way}."
            self._draw()
        else:
            self.post_message(self.Answered(winner, pairing))

    @on(Waveform.Sought)
    def _go_there(self, event: Waveform.Sought) -> None:
        event.stop()
        if self.pairing is not None:
            side: Side = "a" if event.waveform is self._wave("a") else "b"
            self.pairing.go_to(side, event.position_s)
            self._draw()

    # What is drawn

    def _wave(self, side: Side) -> Waveform:
        return self.query_one(f"#duel-{side}-wave", Waveform)

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        if self.pairing is not None:
            lengths = [self.pairing.take(side).duration_s for side in SIDES]
            for side in SIDES:  # on one scale of time; lengths would tell
                span_s = min(lengths) if self._hidden else max(lengths)
                self._wave(side).show(self.pairing.take(side), span_s=span_s)
            self._draw()

    def _draw(self) -> None:
        pairing = self.pairing
        if pairing is None:
            return
        on = pairing.on
        for side in SIDES:
            box = self.query_one(f"#duel-{side}-side")
            box.set_class(side == on, "-on")
            heard = pairing.heard_s(side)
            state = "playing" if side == on else f"heard {heard:.0f} s" if heard >= 0.5 else "not heard yet"
            name = "" if self._hidden else f"   {describe(pairing.take(side))}"
            line = f"{'▶' if side == on else ' '} {side.upper()}   {state:<13}{name}"
            self._write(f"duel-{side}-name", shortened(line, max(8, box.size.width)))
        self.query_one("#duel-answers").set_class(pairing.unheard is not None, "-unheard")
        self._write("duel-hint", self._hint)

    def _write(self, place: str, words: str) -> None:
        """Write only what changed: this is asked twenty times a second."""
        if self._written.get(place) != words:
            self._written[place] = words
            self.query_one(f"#{place}", Static).update(words)


def answers(one: AnyJudgement, asked: Question) -> bool:
    """Whether `one` is an answer to that question."""
    if asked.other is None:
        return isinstance(one, Stars | Reject) and one.take == asked.take
    return isinstance(one, Duel) and {one.take, one.other} == {asked.take, asked.other}


def sides_of(question: Question | None, take_of: Callable[[str], Take | None]) -> tuple[Take, Take] | None:
    """A and B of a question that is a duel, where both takes are known."""
    if question is None or question.other is None:
        return None
    take, other = take_of(question.take), take_of(question.other)
    if take is None or other is None:
        return None
    return (take, other) if question.side == "a" else (other, take)


def describe(take: Take) -> str:
    """Prompt and seed of `take` on one line."""
    words = f"“{plain(take.prompt)}”" if take.prompt else "(no prompt)"
    return words if take.seed is None else f"{words} · seed {take.seed}"
