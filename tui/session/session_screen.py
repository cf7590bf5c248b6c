"""The life of a listening session on screen: how it begins, goes on, comes to its end, and is changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on, work
from textual.widgets import ContentSwitcher

from library.take import Take
from tui.context import AppContext
from tui.frame.fit_thread import run_on_fit_thread
from tui.frame.formatting import counted
from tui.frame.main_screen import MainScreen
from tui.frame.mode_bar import ModeBar
from tui.frame.next_steps import NextSteps, Step
from tui.frame.tray import Tray
from tui.messages import LibraryChanged, PlayheadMoved, RateRequest
from tui.session.filmstrip import Filmstrip
from tui.session.session_controller import SessionController, SessionRequest
from tui.session.session_pages import ENDS, Page, end_of, going_on, in_a_session, nothing_to_hear, status_of
from tui.session.session_progress import SessionProgress
from tui.session.session_summary import SessionSummary

if TYPE_CHECKING:
    from ratings.model.schedule import Question
    from ratings.session.plan import Reveal
    from ratings.session.session import Session
    from ratings.session.summary import Promise
    from tui.frame.more_dialog import MoreChoices

LONGEST_TICK_S = 0.5
"""Longer gaps between two words of the play head, as when the computer slept, don't count as listening."""
JUST_ASKED_S = 3.0
"""A question that has stood for less than this gives way when the goal turns out to be reached."""
WIDE_FILM = 110
"""Columns from which on the film of answers shows all its stars."""
GOING_ON = {"play_pause", "play_from_start"}
"""What goes on with a session that has come to its end."""
WHILE_ASKED = {"rate", "reject", "pick", "mark", "note", "finish", "cycle_reveal"}
"""Actions that mean nothing where a page stands in the question's place."""


class SessionScreen(MainScreen):
    """Runs a session. A screen derived from it shows the questions and takes the answers."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.page: Page = "reading"
        self._beginning = False
        self._unmet = ""
        self._asked_for: RateRequest | None = None
        """What was asked for elsewhere, as far as it was begun."""
        self._thinking = self._think_again = False
        self._ticked = time.monotonic()
        self._reached: tuple[object, ...] | None = None
        """The aims that turned out to be reached while the question stood already."""

    def on_mount(self) -> None:
        self.controller = SessionController(self.context.workspace, self.context.judge)
        self.show_page("reading")

    # What a derived screen says

    def show_question(self) -> None:
        """Show and play what is asked about."""

    def forget_last_session(self) -> None:
        """Another session stands: forget the one before."""

    async def get_ready(self, coming: list[Take]) -> None:
        """These takes may come next."""

    # The session

    @property
    def session(self) -> Session | None:
        return self.controller.session

    @property
    def asked(self) -> Question | None:
        """The question; None on a page, and while a session is being begun."""
        return None if self.page or self._beginning or self.session is None else self.session.question

    @property
    def reveal(self) -> Reveal:
        settings = self.context.settings
        return "always" if not settings.blind else "end" if settings.until_end else "verdict"

    def take(self, name: str | None) -> Take | None:
        return None if name is None else self.context.workspace.catalog.get(name)

    def library_changed(self, change: LibraryChanged) -> None:
        """Begin when the library has been read; later ask about what is new, too."""
        session = self.session
        if session is None:
            if not self._beginning:
                opening, asked = self.context.opening, self.context.rate_request
                self._asked_for = asked
                best, minutes = asked.best or opening.best, asked.minutes or opening.minutes
                self._begin(self._request(asked.only or None, best, minutes, asked.first))
            return
        if change.added:
            self._take_in_new(session)
        self.controller.handle_written(change.judged, elsewhere=True)
        self.think()

    def begin_what_is_asked(self) -> bool:
        """Begin a session of what was filtered elsewhere, or go back to it; whether that is another than stands."""
        request, session = self.context.rate_request, self.session
        if session is None or self._beginning or request is self._asked_for:
            return False
        self._asked_for = request
        if request.first:
            return self._begin_with(request, session)
        if request.only == session.plan.selection and not (request.best and self.page in ENDS):
            if request.best:
                self.controller.change(best=request.best, minutes=request.minutes)
            return False
        self._begin(self._request(request.only, request.best, request.minutes))
        return True

    def _begin_with(self, request: RateRequest, session: Session) -> bool:
        """Ask about those takes next: in the session that stands, if they are among what it is about."""
        only = request.only or session.plan.selection
        if self.controller.selection_with(request.first, only) == session.plan.selection:
            self._take_in_new(session)
            self._go_on_with(request.first, session)
        else:
            self._begin(self._request(only, request.best, request.minutes, request.first))
        return True

    @work(exclusive=True, group="session", exit_on_error=False)
    async def _go_on_with(self, first: tuple[str, ...], session: Session) -> None:
        """Once the session knows these takes."""
        self._beginning = True
        try:
            await self.controller.think(run_on_fit_thread)
        finally:
            self._beginning = False
        more = going_on(self.page, session, self.controller.progress) if self.page in ENDS else {}
        self.controller.begin_with(first, **more)
        self.show_question()
        self.think()

    def _take_in_new(self, session: Session) -> None:
        session.choose_from(self.context.workspace.catalog, self.controller.selected_by(session.plan))

    def _request(
        self, selection: str | None, best: int | None, minutes: float | None, first: tuple[str, ...] = ()
    ) -> SessionRequest:
        settings = self.context.settings
        usual = (settings.best, settings.minutes)
        explore = self.context.opening.explore if self.session is None else None
        return SessionRequest(selection, best, minutes, usual=usual, reveal=self.reveal, first=first, explore=explore)

    @work(exclusive=True, group="session", exit_on_error=False)
    async def _begin(self, request: SessionRequest) -> None:
        self._beginning = True
        if self.page == "reading":
            self.page = "choosing"
            self.query_one("#page", NextSteps).show("Choosing what to play …", "", [])
        try:
            session = await run_on_fit_thread(self.controller.open, request)
            if session is not None:
                if len(session.takes) < len(self.context.workspace.catalog):  # some came in meanwhile
                    self._take_in_new(session)
                self.controller.progress = await run_on_fit_thread(self.controller.measure)
        finally:
            self._beginning = False
        if damages := self.controller.plans.damages:
            more = f" So are {len(damages) - 1:,} more; `earmark doctor` lists them." if len(damages) > 1 else ""
            self.notify(f"{damages[0]}{more}", title="A session's plan is damaged", severity="warning", timeout=12)
        if session is None and self.session is not None:
            words = f"No takes match {in_a_session(request.selection or '')}: the session hasn't changed."
            self.notify(words, severity="warning", timeout=6)
            return
        if session is None:
            self._unmet = request.selection or ""
            self.show_page("nothing")
            return
        if self.controller.resumed and session.answers:
            self.notify(f"Resuming your session: {counted(len(session.answers), 'answer')} so far")
        self.forget_last_session()
        self.page = ""
        if not self._comes_to_an_end():
            self.show_question()
        self.think()

    @work(group="thinking", exit_on_error=False)
    async def think(self) -> None:
        """Work out what is due, then how far the session has come, then what may come next; one at a time."""
        self._think_again = True
        if self._thinking:
            return
        self._thinking = True
        try:
            while self._think_again and self.session is not None:
                self._think_again = False
                aims = self._aims()
                await self.controller.think(run_on_fit_thread)
                self.controller.progress = await run_on_fit_thread(self.controller.measure)
                self.show_status()
                if self.page in ENDS:  # it told of how things stood before the last answer
                    title, words, _ = end_of(self.page, self.session, self.controller.progress)
                    self.query_one(SessionSummary).say(title, words)
                if aims != self._aims():
                    continue  # one has gone on meanwhile: that the time before is up, or its goal reached, is no end
                if not self._comes_to_an_end() and self.asked is not None and self.is_current:
                    names = await run_on_fit_thread(self.controller.likely_next)
                    await self.get_ready([take for take in map(self.take, names) if take is not None])
        finally:
            self._thinking = False

    def _aims(self) -> tuple[object, ...]:
        plan = self.controller.plan
        return () if plan is None else (plan.best, plan.goal, plan.minutes)

    def _comes_to_an_end(self) -> bool:
        """Stop when the goal is reached or the minutes are up, but only between two questions."""
        progress, session = self.controller.progress, self.session
        if progress is None or session is None or self.page or self._beginning:
            return False
        stop = progress.answers == session.belief.answers and progress.reason != "open"
        self._reached = self._aims() if stop else None
        if stop and session.since_s < JUST_ASKED_S:
            self.stop("settled" if progress.reason == "settled" else "over")
        return bool(self.page)

    @property
    def is_settled(self) -> bool:
        """Whether the goal was reached before this question, which was not known yet when it was asked."""
        return self._reached == self._aims()

    # More of what is worth making

    def more_like(self) -> Sequence[Take]:
        """On the summary of what is under its cursor; else of the take that is named."""
        promise = self._promise
        if promise is None:
            return super().more_like()
        from library.generators.more import model_take

        return [model_take(self.context.workspace.catalog, promise.prompt)]

    def make_more(self, count: int, choices: MoreChoices | None = None) -> None:
        promise = self._promise
        if promise is None or promise.seed is None:
            super().make_more(count, choices)
        else:
            self.make_cells([(promise.prompt, promise.seed)])

    @property
    def _promise(self) -> Promise | None:
        return self.query_one(SessionSummary).promise if self.page in ENDS else None

    # The time

    @on(PlayheadMoved)
    def _count_listening(self, event: PlayheadMoved) -> None:
        head, session, now = event.playhead, self.session, time.monotonic()
        if session is not None:
            take = self.subject()
            if take is not None and head.take == take.id and head.playing:
                before = int(session.used_s)
                session.listen(min(now - self._ticked, LONGEST_TICK_S))
                if int(session.used_s) != before:
                    self.show_status()
        self._ticked = now

    # The pages

    def action_play_pause(self) -> None:
        if self.page:
            self.action_go_on()
        else:
            super().action_play_pause()

    def action_play_from_start(self) -> None:
        if self.page:
            self.action_go_on()
        else:
            super().action_play_from_start()

    def action_go_on(self) -> None:
        """Another stretch of time, or on to be surer still."""
        session = self.session
        if session is None or self.page not in ENDS:
            return
        self.controller.change(**going_on(self.page, session, self.controller.progress))
        self.show_question()
        self.think()

    async def action_rate_listed(self) -> None:
        """R, where new takes wait: on with those."""
        await super().action_rate_listed()
        self.begin_what_is_asked()
        self.query_one(Tray).draw()

    def action_finish(self) -> None:
        if self.session is not None and not self.page:
            self.stop("finished")

    @work(group="session-dialog", exit_on_error=False)
    async def action_change_session(self) -> None:
        from tui.session.session_dialog import SessionChoices, SessionDialog

        settings, plan = self.context.settings, self.controller.plan
        now = (settings.best, settings.minutes, "") if plan is None else (plan.best, plan.minutes, plan.selection)
        choices = await self.context.ask(SessionDialog(self.context, SessionChoices(*now)))
        if choices is None:
            return
        session = self.session
        self.context.remember(best=choices.best, minutes=choices.minutes)
        if session is None or choices.anew or self.page or choices.selection != session.plan.selection:
            request = SessionRequest(
                choices.selection, usual=(choices.best, choices.minutes), reveal=self.reveal, anew=True
            )
            self._begin(request)
            return
        self.controller.change(best=choices.best, minutes=choices.minutes)
        self.show_status()
        self.think()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A page has nothing to judge or to finish; of what was judged last the sound can still be rated."""
        if action == "rate_listed":
            return True if self.context.fresh_takes else None  # there is no way to where one is
        if action == "rate" and self._sound_take is not None:
            return True
        if action in ("more", "more_as") and self.page:
            return self._promise is not None
        if self.page and (action in WHILE_ASKED or (action in GOING_ON and self.page not in ENDS)):
            return False
        return super().check_action(action, parameters)

    def stop(self, page: Page) -> None:
        """End the session, for now. What another screen plays meanwhile goes on."""
        self._reached = None
        if self in self.app.screen_stack:
            self.context.deck.player.pause()
        self.controller.change(ended=True)
        self.show_page(page)

    def show_page(self, page: Page) -> None:
        self.page = page
        self.set_focus(None)
        place, session = self.query_one("#place", ContentSwitcher), self.session
        if page in ENDS and session is not None:
            place.current = "summary"
            end = end_of(page, session, self.controller.progress)
            self.query_one(SessionSummary).show_page(*end)
            if not self.context.workspace.log.writing:
                self.sum_up()
        else:
            place.current = "page"
            words: tuple[str, str, list[Step]] = ("Reading the library …", "", [])
            if page == "nothing":
                takes = len(self.context.workspace.catalog)
                coming = self.context.opening.explore is not None or (not takes and bool(self.context.job_states()))
                words = nothing_to_hear(self._unmet, takes, coming=coming)
            self.query_one("#page", NextSteps).show(*words)
        self.show_status()

    @work(exclusive=True, group="summary", exit_on_error=False)
    async def sum_up(self) -> None:
        summary = await run_on_fit_thread(self.controller.sum_up)
        if self.page in ENDS:
            self.query_one(SessionSummary).show(summary, self.take)

    def show_status(self) -> None:
        session, progress, narrow = self.session, self.controller.progress, self.has_class("-narrow")
        line, film = self.query_one(SessionProgress), self.query_one(Filmstrip)
        if line.display == bool(self.page):
            line.display = not self.page
            self.refresh_bindings()
        film.display = session is not None and not self.page and bool(session.answers)
        if session is None:
            self.query_one(ModeBar).show_status("")
            return
        self.query_one(ModeBar).show_status(status_of(session, progress, narrow=narrow))
        line.show(progress, session.plan.goal, narrow=narrow)
        film.show(session.answers, narrow=narrow or self.size.width < WIDE_FILM)
