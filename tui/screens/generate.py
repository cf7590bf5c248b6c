"""Generate: prompts, seeds and a generator on one side; the queue and the takes that land on the other."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static, TextArea

from library.errors import EarmarkError
from library.jobs.events import Ended, Event, Landed
from library.take import Take
from ratings.judgement import AnyJudgement
from tui.formatting import counted
from tui.keys import key
from tui.messages import LibraryChanged, PlayheadMoved
from tui.screens.base import EarmarkScreen
from tui.widgets.footer import Footer
from tui.widgets.generate_form import GenerateForm
from tui.widgets.job_list import JobList
from tui.widgets.mode_bar import ModeBar
from tui.widgets.player_bar import PlayerBar
from tui.widgets.take_list import TakeList


class GenerateScreen(EarmarkScreen):
    """Every prompt x every seed. What lands can be heard and judged at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+g", "generate", "Make them", "Put every prompt x every seed in the queue", "generate.go", show=True),
        key("c", "cancel_job", "Cancel", "Stop the job that runs; its finished takes stay", "generate.cancel",
            show=True),
    ]  # fmt: skip
    CSS = """
    GenerateScreen {
        #body { height: 1fr; margin: 1 1 0 1; }
        #made { width: 1fr; border-left: vkey $border; padding-left: 2; }
        #made .heading { height: 1; }
        #empty { color: $quiet; height: 1fr; }
        JobList { height: auto; max-height: 12; margin-bottom: 1; }
        PlayerBar { margin: 0 1; }
        &.-narrow #body { layout: vertical; margin: 0 1; }
        &.-narrow #made { border: none; padding: 0; height: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._landed: list[Take] = []
        self._busy = False

    def compose(self) -> ComposeResult:
        """Form, queue and takes."""
        yield ModeBar("generate")
        with Horizontal(id="body"):
            yield GenerateForm(id="form")
            with Vertical(id="made"):
                yield JobList(id="jobs")
                yield Static("Takes appear here as they land: play and judge them while the rest is made.",
                             id="empty", markup=False)  # fmt: skip
                yield TakeList(self.earmark.workspace.verdict, id="landed")
        yield PlayerBar(id="player")
        yield Footer()

    def on_mount(self) -> None:
        """Hear of the queue."""
        self.earmark.jobs.subscribe(self, self._job_told)
        self.query_one(TakeList).display = False
        self.set_interval(0.5, self._tell_progress)
        self._tell_progress()
        self.earmark.queue.warm_up()

    # The form

    @on(GenerateForm.Submitted)
    def action_generate(self) -> None:
        """Put the grid in the queue."""
        try:
            wish = self.query_one(GenerateForm).wish()
            self.earmark.queue.submit(wish.recipes, parent=wish.parent)
        except EarmarkError as error:
            self.earmark.show_error(error)
            return
        self._tell_progress()
        self.query_one(TakeList).display = True
        self.query_one("#empty").display = False
        self.set_focus(self.query_one(TakeList))

    # The queue

    def _job_told(self, event: Event) -> None:
        jobs = self.query_one(JobList)
        if isinstance(event, Landed):
            self._landed.insert(0, event.take)
            self.query_one("#empty").display = False
            self.query_one(TakeList).display = True
            self.query_one(TakeList).fill(list(self._landed))
        elif isinstance(event, Ended):
            jobs.end(event.job, cancelled=event.cancelled)
        self._tell_progress()

    def _tell_progress(self) -> None:
        if self.is_current:
            states = self.earmark.job_states()
            self.query_one(JobList).show(states)
            if bool(states) != self._busy:
                self._busy = bool(states)
                self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Cancelling holds while there is a job."""
        return action != "cancel_job" or self._busy

    @on(JobList.Cancelled)
    def _cancel(self, event: JobList.Cancelled) -> None:
        self.earmark.queue.cancel(event.job)

    def action_cancel_job(self) -> None:
        """C: the job that runs."""
        if states := self.earmark.job_states():
            self.earmark.queue.cancel(states[0].job)

    # The takes

    def subject(self) -> Take | None:
        """The take under the cursor of the list of what landed."""
        return self.query_one(TakeList).current

    def step(self, by: int) -> None:
        """Along the list; the sound follows."""
        take_list = self.query_one(TakeList)
        if take_list.move(by) and take_list.current and self.earmark.deck.playhead().playing:
            self.earmark.deck.put_on(take_list.current)

    def advance(self) -> None:
        """The next take down the list."""
        take_list = self.query_one(TakeList)
        if take_list.move(1) and take_list.current:
            self.earmark.deck.put_on(take_list.current)

    @on(TakeList.Highlighted)
    def _decode_ahead(self, event: TakeList.Highlighted[Take]) -> None:
        take_list = self.query_one(TakeList)
        self.earmark.deck.expect(take_list.rows[take_list.cursor : take_list.cursor + 3])

    @on(TakeList.Chosen)
    def _play(self, event: TakeList.Chosen[Take]) -> None:
        self.earmark.deck.put_on(event.row)

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        head = event.playhead
        self.query_one(TakeList).show_playing(head.take if head.playing else None)

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Stars show in the list."""
        self.query_one(TakeList).refresh()

    def library_changed(self, change: LibraryChanged) -> None:
        """Count."""
        self.query_one(ModeBar).tell(counted(len(self.earmark.workspace.catalog), "take"))

    async def action_back(self) -> None:
        """Escape: out of the form, to the takes; from there to the library."""
        if isinstance(self.focused, Input | TextArea):
            self.set_focus(self.query_one(TakeList) if self._landed else None)
        else:
            await super().action_back()
