"""Rate: one take after the other, with nothing known of it but its sound."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Center, Vertical
from textual.widgets import ContentSwitcher, Static

from library.take import Take
from ratings.browse import Query
from ratings.judgement import QUESTION, AnyJudgement, Reject, Retraction, Stars
from ratings.query import Term
from ratings.sitting import Sitting
from tui.formatting import clock, counted, duration_words, plain, stars_bar
from tui.keys import key
from tui.messages import LibraryChanged, PlayheadMoved
from tui.screens.base import EarmarkScreen
from tui.widgets.footer import Footer
from tui.widgets.mode_bar import ModeBar
from tui.widgets.next_steps import NextSteps, Step
from tui.widgets.player_bar import PlayerBar
from tui.widgets.star_row import StarRow
from tui.widgets.waveform import Waveform
from tui.widgets.words import shortened

LONGEST_TICK_S = 0.5
"""Longer gaps between two words of the play head, as when the computer slept, don't count as listening."""
GO_ON_MINUTES = 10.0
RANKING: Step = ("w", "app.go('ranking')", "what wins so far: takes, prompts, seeds")
EXPORT: Step = ("e", "app.export", "take the best away as WAVs")
GENERATE: Step = ("g", "app.go('generate')", "make more takes")
IMPORT: Step = ("i", "app.import_takes", "load files or folders")
LIBRARY: Step = ("escape", "app.go('library')", "back to the library")

Page = Literal["", "reading", "nothing", "done", "over"]
"""What stands in the take's place; "" while there is a take to hear."""


class RateScreen(EarmarkScreen):
    """A frozen queue of unrated takes, blind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key(
            "h",
            "toggle_blind",
            "Hide",
            "Hide or show prompt and seed of what is not judged yet",
            "rate.blind",
            show=True,
        ),
    ]
    CSS = """
    RateScreen {
        #place { height: 1fr; }
        #hearing { align: center middle; height: 1fr; }
        #question { width: 100%; max-width: 100; text-align: center; text-style: bold; padding: 0 2; }
        Waveform { height: 1fr; max-height: 12; margin: 2 2 1 2; }
        StarRow { margin: 1 0; }
        #about, #last { width: 100%; text-align: center; padding: 0 2; height: auto; max-height: 2; }
        #about.-hidden { color: $quiet; }
        #last { color: $quiet; height: 1; }
        &.-short #hearing { padding-top: 1; }
        &.-short Waveform { margin: 0 2; }
        &.-tall #about { margin-top: 1; }
        &.-tall #last { margin-top: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._sitting = Sitting()
        self._begun = False
        self._page: Page = "reading"
        self._asked: list[str] = []
        """Takes whose verdict is on its way to the disk, in order."""
        self._until_s: float | None = None
        """Listening time at which the sitting is over."""
        self._ticked = 0.0

    def compose(self) -> ComposeResult:
        """Bar; question, waveform, stars, what is known; player, keys."""
        yield ModeBar("rate")
        with ContentSwitcher(initial="page", id="place"):
            yield NextSteps(id="page")
            with Vertical(id="hearing"):
                with Center():
                    yield Static(QUESTION.replace(". ", ".\n"), id="question", markup=False)
                yield Waveform(id="waveform")
                with Center():
                    yield StarRow()
                yield Static("", id="about", markup=False)
                yield Static("", id="last", markup=False)
        yield PlayerBar(id="player")
        yield Footer()

    def on_mount(self) -> None:
        """The queue is worked out when the library has been read."""
        if self.earmark.session_minutes is not None:
            self._until_s = self.earmark.session_minutes * 60
        self._show_page("reading")

    # The queue

    def _query(self) -> Query:
        asked = Query.parse(self.earmark.session_filter)
        return Query(asked.words, (*asked.terms, Term("is", "unrated")))

    def library_changed(self, change: LibraryChanged) -> None:
        """Begin when the library has been read; later put what is new at the end."""
        if not self._begun:
            self._begin()
            return
        if change.added:
            wanted = {take.id for take in change.added}
            self._sitting.extend(take for take in self.earmark.workspace.view.rows(self._query()) if take.id in wanted)
            if self._page in ("done", "nothing"):
                self._show_page(self._page)
        for judgement in change.judged:
            self._settle(judgement.take)
        self._tell_status()

    @work(exclusive=True, group="queue", exit_on_error=False)
    async def _begin(self) -> None:
        seed = zlib.crc32(self.earmark.workspace.session.name.encode())
        rows = self.earmark.workspace.view.rows
        self._sitting = await asyncio.to_thread(lambda: Sitting(rows(self._query()), seed=seed))
        self._begun = True
        if self._sitting.current is None:
            self._show_page("nothing")
        else:
            self._hear()

    def on_screen_resume(self) -> None:
        """Coming here plays the take that is next, unless it is on already."""
        take = self.subject()
        if take is not None and (self.earmark.deck.take is None or self.earmark.deck.take.id != take.id):
            self._hear()

    def _settle(self, take_id: str) -> None:
        self._sitting.settle(take_id, self.earmark.workspace.history.verdict(take_id).rated)

    # One take

    def subject(self) -> Take | None:
        """The take that is being heard."""
        current = None if self._page else self._sitting.current
        return None if current is None else self.earmark.workspace.catalog.get(current.id) or current

    @property
    def blind(self) -> bool:
        """Whether what is heard has no name yet."""
        current = self._sitting.current
        return self.earmark.settings.blind and current is not None and not self._sitting.is_judged(current.id)

    def _hear(self) -> None:
        """Show and play the take in the queue's place, and get the next ones ready."""
        self._page = ""
        self.query_one("#place", ContentSwitcher).current = "hearing"
        take = self.subject()
        if take is None:
            return
        if self.is_current:
            self.earmark.deck.put_on(take)
            self.earmark.deck.expect(self._sitting.coming)
        self.query_one(Waveform).show(take)
        self._expect_outlines()
        self._tell_take()
        self._tell_status()

    @work(exclusive=True, group="outlines", exit_on_error=False)
    async def _expect_outlines(self) -> None:
        await self.query_one(Waveform).expect(self._sitting.coming[:2])

    def step(self, by: int) -> None:
        """Back or on without judging."""
        if self._page in ("", "done") and self._sitting.step(by):
            self._hear()

    def advance(self) -> None:
        """The verdict is given: on to the next take."""
        take = self.subject()
        if take is None:
            return
        self._sitting.judge(take.id)
        self._asked.append(take.id)
        if not self._sitting.advance():
            self._stop("done")
        elif self._time_left_s == 0:
            self._stop("over")
        else:
            self._hear()

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Say what was saved; after an undo go back to the take it was about."""
        for event in judgements:
            if event.take in self._asked:
                # What was asked for before this and isn't in the history could not be written: it is open again.
                place = self._asked.index(event.take)
                for earlier in self._asked[:place]:
                    self._settle(earlier)
                del self._asked[: place + 1]
            if event.take not in self._asked:
                self._settle(event.take)
            if isinstance(event, Stars | Reject):
                self._tell_last(event)
        last = judgements[-1]
        if isinstance(last, Retraction) and self.is_current and self._goes_back_to(last.take):
            self.query_one("#last", Static).update("taken back")
            self._hear()
        else:
            self._tell_take()
            self._tell_status()

    def _goes_back_to(self, take_id: str) -> bool:
        current = self.subject()
        return (current is None or current.id != take_id) and self._sitting.go_to(take_id)

    # The time

    @property
    def _time_left_s(self) -> float | None:
        return None if self._until_s is None else max(0.0, self._until_s - self._sitting.listened_s)

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        head, deck, take = event.playhead, self.earmark.deck, self.subject()
        on_show = take is not None and head.take == take.id
        now = time.monotonic()
        if on_show and head.playing:
            before = int(self._sitting.listened_s)
            self._sitting.listen(min(now - self._ticked, LONGEST_TICK_S))
            if int(self._sitting.listened_s) != before:
                self._tell_status()
        self._ticked = now
        waveform = self.query_one(Waveform)
        waveform.set_playhead(head.position_s if on_show else None)
        waveform.set_loop(deck.looping if on_show else None)

    def is_hidden(self, take: Take) -> bool:
        """Whether the take is still to be judged by its sound alone."""
        if not self.earmark.settings.blind or self._sitting.is_judged(take.id):
            return False
        # Before the queue stands, what another screen left on may well come to be in it.
        return take.id in self._sitting or not self.earmark.workspace.verdict(take).rated

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        self.earmark.deck.player.seek(event.position_s)

    # The pages

    def action_play_pause(self) -> None:
        """Space; from a page, go on."""
        if self._page:
            self.action_go_on()
        else:
            super().action_play_pause()

    def action_play_from_start(self) -> None:
        """Enter; from a page, go on."""
        if self._page:
            self.action_go_on()
        else:
            super().action_play_from_start()

    def action_go_on(self) -> None:
        """Another stretch of time, or the takes that came in."""
        if self._page == "over" and self._until_s is not None:
            self._until_s = self._sitting.listened_s + (self.earmark.session_minutes or GO_ON_MINUTES) * 60
        if self._page in ("over", "done", "nothing") and self._sitting.current is not None:
            self._hear()

    def _stop(self, page: Page) -> None:
        self.earmark.deck.player.pause()
        self._show_page(page)

    def _show_page(self, page: Page) -> None:
        self._page = page
        self.query_one("#place", ContentSwitcher).current = "page"
        self.query_one(NextSteps).tell(*self._words_of(page))
        self._tell_status()

    def _words_of(self, page: Page) -> tuple[str, str, list[Step]]:
        come = self._sitting.left
        more: list[Step] = [("enter", "screen.go_on", f"hear the {counted(come, 'new take')}")] if come else []
        if page == "reading":
            return "Reading the library …", "", []
        if page == "nothing" and len(self.earmark.workspace.catalog) == 0:
            return "The library is empty.", "There is nothing to rate yet.", [*more, GENERATE, IMPORT, LIBRARY]
        if page == "nothing":
            asked = plain(self.earmark.session_filter)
            words = f"No unrated take answers to “{asked}”." if asked else "Every take has a verdict already."
            return "Nothing left to rate.", words, [*more, RANKING, EXPORT, GENERATE, LIBRARY]
        if page == "over":
            minutes = duration_words((self.earmark.session_minutes or GO_ON_MINUTES) * 60)
            go_on: Step = ("enter", "screen.go_on", f"go on for another {minutes}")
            words = f"{self._summary()} {counted(come, 'take')} are left." if come != 1 else f"{self._summary()}"
            return "Time is up.", words, [go_on, RANKING, EXPORT, LIBRARY]
        return "All heard.", self._summary(), [*more, RANKING, EXPORT, GENERATE, LIBRARY]

    def _summary(self) -> str:
        sitting = self._sitting
        words = f"You judged {counted(sitting.judged, 'take')} in {duration_words(sitting.listened_s)} of listening"
        pace = f", {duration_words(sitting.pace_s)} each of late" if sitting.pace_s else ""
        return f"{words}{pace}."

    # Words

    def _tell_take(self) -> None:
        take = self.subject()
        if take is None:
            return
        verdict = self.earmark.workspace.verdict(take)
        self.query_one(Waveform).set_marks([position for position, _ in verdict.marks])
        self.query_one(StarRow).show(verdict.stars)
        about = self.query_one("#about", Static)
        about.set_class(self.blind, "-hidden")
        said = " · rejected" * verdict.rejected + " · picked" * verdict.picked
        about.update(f"blind: prompt and seed follow your verdict{said}" if self.blind else f"{describe(take)}{said}")

    def _tell_last(self, event: Stars | Reject) -> None:
        take = self.earmark.workspace.catalog.get(event.take)
        if take is not None:
            said = stars_bar(event.stars) if isinstance(event, Stars) else "rejected"
            room = max(20, self.size.width - 24)
            self.query_one("#last", Static).update(f"last: {said}  {shortened(describe(take), room)}")

    def _tell_status(self) -> None:
        sitting = self._sitting
        narrow = self.has_class("-narrow")
        parts = []
        if self._begun:
            parts.append(f"{sitting.left:,} left" if narrow else f"{counted(sitting.left, 'take')} left")
            if sitting.left and sitting.left_s is not None:
                parts[0] += f", about {duration_words(sitting.left_s)}"
        if sitting.judged and not narrow:
            parts.append(f"{sitting.judged:,} judged")
        left = self._time_left_s
        if left is not None:
            parts.append(f"{clock(left)} to go" if left else "time is up")
        elif sitting.listened_s >= 1:
            parts.append(f"{clock(sitting.listened_s)} heard")
        self.query_one(ModeBar).tell(" · ".join(parts))

    def action_toggle_blind(self) -> None:
        """H."""
        blind = not self.earmark.settings.blind
        self.earmark.remember(blind=blind)
        self.earmark.tell("Blind: prompt and seed are hidden until judged" if blind else "Prompt and seed are shown")
        self._tell_take()


def describe(take: Take) -> str:
    """Prompt, seed and model of `take` on one line."""
    words = f"“{plain(take.prompt)}”" if take.prompt else "(no prompt)"
    seed = "" if take.seed is None else f" · seed {take.seed}"
    made = take.model or take.generator
    return f"{words}{seed}" + (f" · {plain(made)}" if made else "")
