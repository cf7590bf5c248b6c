"""Duel: two takes at a time, blind, from the same place; who meets whom is where an answer is worth most."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import ContentSwitcher, Static

from library.take import Take
from ratings.browse import Query
from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Duel, Reject, Retraction, Stars
from ratings.session.blindfold import Kept
from tui.context import AppContext
from tui.frame.fit_thread import run_on_fit_thread
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain, stars_bar
from tui.frame.main_screen import MainScreen
from tui.frame.mode_bar import ModeBar
from tui.frame.next_steps import GENERATE, IMPORT, LIBRARY, RATE, NextSteps, Step
from tui.messages import LibraryChanged, PlayheadMoved
from tui.session.duel_stage import DuelStage, answers, describe, sides_of
from tui.session.keys import DUEL
from tui.session.session_pages import in_a_session

if TYPE_CHECKING:
    from ratings.model.schedule import Question
    from ratings.session.duel_run import DuelRun

WHILE_ASKED = {"rate", "reject", "pick", "mark", "note", "sound", "clear", "label", "loop", "toggle_blind", "step"}
"""What is about the pair."""


class DuelScreen(MainScreen):
    """A run of duels among the takes that the screen before had listed."""

    MODE = "duel"
    ASKS = True
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*DUEL]
    CSS = """
    DuelScreen {
        #place { width: 100%; height: 1fr; }
        #last { height: 1; width: 100%; text-align: center; color: $quiet; padding: 0 2; }
        &.-tall #place { margin-top: 1; }
        &.-tall #last { margin: 0 0 1 0; }
    }
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._run: DuelRun | None = None
        self._question: Question | None = None
        self._asked: object = None
        """The request that the run was begun for."""
        self._of = 0
        """How many takes the library had then."""
        self._stage = DuelStage(context.deck, id="stage")
        """Held: other screens ask about its pair, also while this one is taken down."""
        self._last: AnyJudgement | str = ""
        """What was judged last, or what there is to say instead."""
        self._answering = False
        """Whether an answer is on its way to the disk."""
        self._answers: dict[str, Question] = {}
        """What was asked, by the id of the answer."""

    def compose_body(self) -> ComposeResult:
        with ContentSwitcher(initial="page", id="place"):
            yield NextSteps(id="page")
            yield self._stage
        yield Static("", id="last", markup=False)

    def on_mount(self) -> None:
        self.context.workspace.blindfold.add(self.MODE, self._keep)
        self._show_page("Reading the library …", "")

    # The run

    def library_changed(self, change: LibraryChanged) -> None:
        """Begin when the library has been read, and when there are takes at last."""
        if self.is_current and (self._run is None or (self._question is None and change.added)):
            self._begin()

    def on_screen_resume(self) -> None:
        """Begin anew if that was asked for, or there are other takes now; else go on with the pair on show."""
        workspace = self.context.workspace
        if not workspace.loaded:
            return
        if self._asked is not self.context.duel_request or self._of != len(workspace.catalog):
            self._begin()
        elif self._question is not None:
            self._show_hidden()
            self._stage.resume()

    @work(exclusive=True, group="duels", exit_on_error=False)
    async def _begin(self) -> None:
        request, workspace = self.context.duel_request, self.context.workspace
        self._asked, self._of = request, len(workspace.catalog)
        only = Query.parse(request.only)
        self._question = None
        self._show_page("Choosing the first pair …", "")
        take = None if request.take is None else request.take.id

        def begin() -> tuple[DuelRun, Question | None]:
            from ratings.session.duel_run import DuelRun

            takes = workspace.view.to_judge(only, workspace.listener) + (
                [request.take] if request.take is not None else []
            )
            run = DuelRun(takes, workspace.history, workspace.listener, workspace.log.name, take=take)
            return run, run.next()

        self._run, question = await run_on_fit_thread(begin)
        await self._ask(question)

    @work(exclusive=True, group="duels", exit_on_error=False)
    async def _go_on(self, answer: Duel | None) -> None:
        run = self._run
        if run is None:
            return

        def go_on() -> Question | None:
            if answer is not None:
                run.learn(answer)
            return run.next()

        await self._ask(await run_on_fit_thread(go_on))

    @work(exclusive=True, group="duels", exit_on_error=False)
    async def _ask_again(self, question: Question) -> None:
        if self._run is not None:
            self._run.again(question)
            await self._ask(question)
            self.context.workspace.blindfold.look(question.take, question.other or "")  # the answer has named them

    async def _ask(self, question: Question | None) -> None:
        """Show the pair; then get ready what is likely to come after it."""
        run, pair = self._run, self._sides(question)
        self._answering = False
        if run is None or question is None or pair is None:
            self._question = None
            self._show_nothing()
            self._draw_last()
            return
        self._show(question, pair)
        guess, settled = await run_on_fit_thread(lambda: (run.guess(), run.settled()))
        self._show_status(settled)
        if coming := self._sides(guess):
            self._stage.expect(coming)

    def _sides(self, question: Question | None) -> tuple[Take, Take] | None:
        return sides_of(question, self.context.workspace.catalog.get)

    def _show(self, question: Question, pair: tuple[Take, Take]) -> None:
        self._question = question
        self.query_one("#place", ContentSwitcher).current = "stage"
        blindfold, names = self.context.workspace.blindfold, [take.id for take in pair]
        blindfold.begin(self.MODE, names, self.context.workspace.history.ratings)
        if (given := self.context.duel_request.take) is not None and not self._answers:
            blindfold.look(given.id)  # the listener came here with it
        self._stage.show(question, pair, hidden=self._hides, play=self.is_current)
        self._show_hidden()
        self._draw_last()
        self.refresh_bindings()

    # Answers

    @on(DuelStage.Answered)
    def _answered(self, event: DuelStage.Answered) -> None:
        question = self._question
        if question is None or self._answering:
            return
        blind = self.is_blind(event.a, event.b)
        duel = event.judgement(question, self.own_log, blind=blind, spent_s=event.heard_s)
        if duel is not None:
            self.context.workspace.blindfold.forget(event.a.id, event.b.id)
            self._answering = True
            self._answers[duel.id] = question
            self.context.judge([duel])

    def redo_judgements(self, again: list[AnyJudgement]) -> None:
        if (question := self._question) is not None and not self._answering and answers(again[0], question):
            self.context.workspace.blindfold.forget(*takes_of(again[0]))
            self._answering = True
            self._answers[again[0].id] = question
        super().redo_judgements(again)

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """After an answer to the next pair; after an undo back to the pair that it was about."""
        picked = self.show_pick(judgements)
        for event in judgements:
            if isinstance(event, Duel) and event.id in self._answers:
                self._show_last(event)
                self._go_on(event)
            elif self.is_current and not picked:
                self._show_other(event)
            if isinstance(event, Retraction) and (question := self._answers.pop(event.retracts, None)) is not None:
                self._ask_again(question)

    def judgements_withdrawn(self, judgements: list[AnyJudgement]) -> None:
        for judgement in judgements:
            if self._answers.pop(judgement.id, None) is not None:
                self._answering = False

    def step(self, by: int) -> None:
        if by > 0 and self._question is not None and not self._answering:
            self._show_last("skipped")
            self._go_on(None)

    def action_reject(self) -> None:
        """X: the one that sounds is out, and so is the pair."""
        if self.subject() is not None:
            self.context.spend_key()
            super().action_reject()
            self._go_on(None)

    def action_toggle_blind(self) -> None:
        self.context.remember(blind=not self.context.settings.blind)
        self._show_hidden()
        self._draw_last()

    def _show_hidden(self) -> None:
        """Show the names, or hide them; what was shown once is known."""
        self._stage.set_hidden(self._hides)
        if not self._hides and (pairing := self._stage.pairing) is not None:
            self.context.workspace.blindfold.look(pairing.a.id, pairing.b.id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        has_none = self._question is None and (
            action in WHILE_ASKED or (action == "play_pause" and self.context.deck.take is None)
        )
        return action != "duel" and not has_none and super().check_action(action, parameters)

    # What is known of the pair

    def subject(self) -> Take | None:
        pairing = self._stage.pairing if self._question is not None else None
        return None if pairing is None or pairing.on is None else pairing.take(pairing.on)

    @property
    def _hides(self) -> bool:
        return self.context.settings.blind

    def _keep(self, take: str) -> Kept | None:
        pairing = self._stage.pairing if self._question is not None else None
        if pairing is None or take not in (pairing.a.id, pairing.b.id):
            return None
        return Kept(hidden=self._hides, asked=True)

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        if self._question is not None:
            self._stage.set_playhead(event.playhead)

    # Words

    def _show_last(self, last: AnyJudgement | str) -> None:
        self._last = last
        self._draw_last()

    def _draw_last(self) -> None:
        """What was judged last; without names as long as they would tell what is asked about now."""
        last = self._last
        if isinstance(last, str):
            self._write_last(last)
            return
        takes = [take for name in takes_of(last) if (take := self.context.workspace.catalog.get(name)) is not None]
        hidden = any(self.context.workspace.blindfold.hides(take.id) for take in takes)
        if isinstance(last, Reject):
            self._write_last("last: rejected" if hidden else f"last: rejected  {describe(takes[0])}" if takes else "")
        elif isinstance(last, Duel) and len(takes) == 2:
            self._write_last("last: saved" if hidden else f"last: {self._outcome(last, *takes)}")

    @staticmethod
    def _outcome(duel: Duel, take: Take, other: Take) -> str:
        better, worse = (other, take) if duel.winner == "other" else (take, other)
        word = "nor" if duel.neither else "ties with" if duel.winner == "tie" else "beat"
        before = "neither " if duel.neither else ""
        if better.prompt == worse.prompt and better.seed is not None and worse.seed is not None:
            return f"{before}seed {better.seed} {word} seed {worse.seed}  ·  “{plain(better.prompt or '')}”"
        return f"{before}{describe(better)}  {word}  {describe(worse)}"

    def _show_other(self, event: AnyJudgement) -> None:
        """Of what was judged here beside answers; nothing that names one of the pair."""
        if isinstance(event, Stars):
            self._show_last(f"{stars_bar(event.stars)} for the one playing")
        elif isinstance(event, Reject):
            self._show_last(event)
        elif isinstance(event, Retraction):
            self._show_last("undone")

    def _write_last(self, words: str) -> None:
        self.query_one("#last", Static).update(shortened(words, max(20, self.size.width - 4)))

    def _show_status(self, settled: int) -> None:
        parts = [counted(len(self._answers), "duel")] if self._answers else []
        if (run := self._run) is not None:
            best = "" if self.has_class("-narrow") else f"top {run.top} of {len(run)}: "
            parts.append(f"{best}{settled} certain" if best else f"top {run.top}: {settled} certain")
        self.query_one(ModeBar).show_status(" · ".join(parts))

    def _show_nothing(self) -> None:
        only, workspace = self.context.duel_request.only, self.context.workspace
        title = "Nothing to compare."
        if len(workspace.catalog) == 0:
            self._show_page(title, "The library is empty.", GENERATE, IMPORT, LIBRARY)
        elif only:
            self._show_page(title, f"Fewer than two takes match {in_a_session(only)}.", RATE, LIBRARY)
        else:
            self._show_page(title, "A duel needs two takes.", GENERATE, IMPORT, LIBRARY)

    def _show_page(self, title: str, words: str, *steps: Step) -> None:
        self.query_one("#place", ContentSwitcher).current = "page"
        self.query_one(NextSteps).show(title, words, steps)
        self.query_one(ModeBar).show_status("")
        self.set_focus(None)  # a pair that isn't there takes no answers
        self.refresh_bindings()
