"""What all main screens share: the bars, the keys, word of what changed, and the ways to other screens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.worker import Worker

from library.take import Take
from tui.frame.footer import Footer
from tui.frame.keys import GOING, JUDGING, PLAYING
from tui.frame.making_screen import MakingScreen
from tui.frame.mode_bar import ModeBar
from tui.frame.player_bar import PlayerBar
from tui.frame.tray import Tray
from tui.messages import MOST_SURVEYED, DuelRequest, LibraryChanged


class MainScreen(MakingScreen):
    """One of the app's places: between its bars stands what it is for."""

    BINDINGS: ClassVar[list[BindingType]] = [*PLAYING, *JUDGING, *GOING]
    MODE: ClassVar[str]

    def compose(self) -> ComposeResult:
        yield ModeBar(self.MODE)
        yield from self.compose_body()
        yield Tray(self.context)
        yield PlayerBar(id="player")
        yield Footer()

    def compose_body(self) -> ComposeResult:
        """What stands between the bars."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.context.library_changed.subscribe(self, self.library_changed)
        self.context.judged.subscribe(self, self._handle_written)
        self.context.withdrawn.subscribe(self, self.judgements_withdrawn)
        if self.context.workspace.loaded:
            self.call_after_refresh(self.library_changed, LibraryChanged(first=True))

    _loads_then = 0

    def on_screen_suspend(self) -> None:
        self.query("ToastRack").set(display=False)
        self._loads_then = self.context.deck.loads

    def on_screen_resume(self) -> None:
        self.query("ToastRack").set(display=True)
        deck = self.context.deck
        if deck.loads != self._loads_then and deck.take is not None and not deck.hidden:
            self.point_at(deck.take)
        # What stands here is from before, and may name what is asked about now, also below a dialogue that opens.
        self.context.show_playhead(self)
        self.query_one(Tray).draw()

    def point_at(self, take: Take) -> None:
        """Put the cursor on that take, where it is listed."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Of a failed task only its own screen is told; what there is to say is the app's to say."""
        self.context.report_failure(event)

    def library_changed(self, change: LibraryChanged) -> None:
        """Takes or judgements came in."""

    @property
    def listed(self) -> str:
        """The filter that the takes here answer to."""
        return self.context.opening.only

    async def action_back(self) -> None:
        """Escape: the sound is not asked about after all; else back to the library."""
        if self._sound_take is not None:
            self._rate_sound_of(None)
            return
        await self.context.go("library")

    async def action_duel(self) -> None:
        """D: duels among what is listed here; a run anew where that has changed, or a take is to be first."""
        take = None if self.blind else self.subject()
        if take is not None or self.listed != self.context.duel_request.only:
            self.context.duel_request = DuelRequest(self.listed, take)
        await self.context.go("duel")

    async def action_rate_listed(self) -> None:
        """R: a session among what is listed here, where that is not all."""
        await self.context.rate(self.listed)

    async def action_survey(self) -> None:
        """Shift+A: hear some of what is listed here from one place."""
        takes = self.to_survey()
        if len(takes) < 2:
            self.notify(f"A survey needs 2 to {MOST_SURVEYED} takes: select them in the Library.", timeout=4)
            return
        if len(takes) > MOST_SURVEYED:
            self.notify(f"Only the first {MOST_SURVEYED} of {len(takes):,}.", timeout=4)
        await self.context.survey(takes[:MOST_SURVEYED])

    def to_survey(self) -> Sequence[Take]:
        """The takes here that a survey is to be of; none where there are no such, or they may not be told apart."""
        return ()
