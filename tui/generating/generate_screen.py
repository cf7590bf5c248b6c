"""Generate: prompts, seeds and a generator on one side; the queue and the takes that land on the other."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static, TextArea

from library.errors import EarmarkError
from library.jobs.events import Event, JobEnded, PreviewReady, TakeDropped, TakeFailed, TakeSaved
from library.take import Take
from ratings.judgement import AnyJudgement
from ratings.session.previews_to_extend import previews_to_extend
from tui.context import AppContext
from tui.frame.formatting import clock, counted
from tui.frame.main_screen import MainScreen
from tui.frame.making_screen import LONG_S
from tui.frame.mode_bar import ModeBar
from tui.generating.draft_field import DraftSound
from tui.generating.generate_form import GenerateForm, GenerateRequest
from tui.generating.job_list import JobList, describe
from tui.generating.keys import GENERATE
from tui.generating.new_takes_list import NewTakesList
from tui.generating.time_estimate import TimeEstimate
from tui.messages import DraftChosen, LibraryChanged, PlayheadMoved
from tui.playing.growing_take import GrowingTake, GrowingTakePlayback, Place


class GenerateScreen(MainScreen):
    """Every prompt x every seed. What lands can be heard and judged at once."""

    MODE = "generate"
    BINDINGS: ClassVar[list[BindingType]] = [*GENERATE]
    CSS = """
    GenerateScreen {
        #body { height: 1fr; margin: 1 1 0 1; }
        #made { width: 1fr; border-left: vkey $border; padding-left: 2; }
        #made .heading { height: 1; }
        #empty { color: $quiet; height: 1fr; }
        JobList { height: auto; max-height: 12; margin-bottom: 1; }
        &.-narrow #body { layout: vertical; margin: 0 1; }
        &.-narrow #form {
            width: 1fr; height: auto; max-height: 6; padding: 0; margin-bottom: 1;
            #prompts { height: 2; }
            #about { display: none; }
            Label, #preview, #settings, #sum, #go { margin-top: 0; }
        }
        &.-narrow #form:focus-within { max-height: 16; }
        &.-short #about { display: none; }
        &.-wide #form { width: 56; }
        &.-narrow #made { border: none; padding: 0; height: 1fr; }
    }
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._busy = False
        self._dropped: set[Place] = set()
        self._time_estimate = TimeEstimate()
        self._playback = GrowingTakePlayback(context.deck)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield GenerateForm(self.context, self._time_estimate, id="form")
            with Vertical(id="made"):
                yield JobList(id="jobs")
                yield Static("Takes appear here. Play them while they're made, judge them when they're done.",
                             id="empty", markup=False)  # fmt: skip
                yield NewTakesList(self.context.workspace.ratings, id="landed")

    def on_mount(self) -> None:
        self.context.jobs.subscribe(self, self._handle_job_event)
        self.query_one(NewTakesList).display = False
        self.set_interval(0.5, self._show_progress)
        self._show_progress()
        self.context.queue.warm_up()

    # The form

    def on_screen_resume(self) -> None:
        self.query_one(GenerateForm).look_again()

    def action_generate(self) -> None:
        try:
            request = self.query_one(GenerateForm).request()
            if request.draft is None:
                self._submit(request)
            else:
                self._submit_with_draft(request, request.draft)
        except EarmarkError as error:
            self.context.show_error(error)

    @work(group="submitting", name="saving the draft", exit_on_error=False)
    async def _submit_with_draft(self, request: GenerateRequest, draft: Take) -> None:
        from library.jobs.drafts import keep_draft

        if await asyncio.to_thread(keep_draft, self.context.workspace.catalog, draft):
            self.context.refresh_library()
        self._submit(request)

    def _submit(self, request: GenerateRequest) -> None:
        self.query_one(GenerateForm).remember()
        what = f"generating {describe(request.recipes)}"
        self.context.make(request.recipes, what, parent=request.parent, device=request.device)
        self._show_progress()
        self._show_list()
        self.set_focus(self.query_one(NewTakesList))

    @on(DraftChosen)
    def _draft_chosen(self, message: DraftChosen) -> None:
        self.query_one(GenerateForm).use_draft(message.take)

    @work(group="recording", name="recording", exit_on_error=False)
    async def action_record_draft(self) -> None:
        from tui.playing.recording.record_dialog import RecordDialog

        take = await self.context.ask(RecordDialog(self.context))
        if take is not None:
            self.query_one(GenerateForm).use_draft(take)

    @work(group="defining", name="defining a generator", exit_on_error=False)
    async def action_define_generator(self) -> None:
        from tui.generating.generator_dialog import GeneratorDialog

        await self.context.ask(GeneratorDialog(self.context))

    @work(group="probing", name="probing", exit_on_error=False)
    async def action_probe(self) -> None:
        from tui.generating.probe_dialog import ProbeDialog

        form = self.query_one(GenerateForm)
        try:
            dialog = ProbeDialog(self.context, form.spec, form.model, form.settings())
        except EarmarkError as error:
            self.context.show_error(error)
            return
        await self.context.ask(dialog)
        form.show_total()

    @work(group="finding prompts", name="finding prompts", exit_on_error=False)
    async def action_find_prompts(self) -> None:
        from tui.generating.prompts_dialog import PromptsDialog

        form = self.query_one(GenerateForm)
        lines = await self.context.ask(PromptsDialog(self.context, form.prompts))
        if lines:
            form.add_prompts(lines)

    def action_extend_keepers(self) -> None:
        """Ctrl+E: one job for all of them, so that they are made side by side."""
        finished, ratings = self.query_one(NewTakesList).finished, self.context.workspace.ratings
        try:
            length_s = self.query_one(GenerateForm).length_s
            to_s = length_s if any(take.duration_s < length_s for take in finished) else LONG_S
            queued = [recipe for state in self.context.job_states() for recipe in state.recipes]
            known = [*queued, *(take.recipe for take in finished if take.recipe is not None)]
            longer = previews_to_extend(finished, ratings, to_s, known)
            if not longer:
                self.notify("There's nothing here to extend.")
                return
            recipes = [recipe for _, recipe in longer]
            parents, device = [take.id for take, _ in longer], self.query_one(GenerateForm).device
            self.context.make(recipes, f"extending {counted(len(longer), 'take')}", parent=parents, device=device)
        except EarmarkError as error:
            self.context.show_error(error)
            return
        which = "picked" if all(ratings(take).picked for take, _ in longer) else "not rejected"
        self.notify(f"Extending {counted(len(longer), 'take')} ({which}) to {clock(to_s)}", timeout=5)
        self._show_progress()

    # The queue

    def _handle_job_event(self, event: Event) -> None:
        takes = self.query_one(NewTakesList)
        self._time_estimate.learn(event)
        match event:
            case PreviewReady():
                self._refresh_growing()
            case TakeSaved(job=job, index=index, take=take):
                self._show_list()
                takes.land(job, index, take)
                self.refresh_bindings()
                self._playback.land((job, index), take)
                if (job, index) in self._dropped:  # it was done before it could be stopped
                    self.context.judge([self.context.workspace.log.reject(take.id)])
            case TakeFailed(job=job, index=index) | TakeDropped(job=job, index=index):
                takes.leave(job, index)
                if isinstance(event, TakeFailed):
                    self.query_one(JobList).stumble(job)
            case JobEnded(job=job, cancelled=cancelled):
                self.query_one(JobList).end(job, cancelled=cancelled)
                takes.end(job)
                self.query_one(GenerateForm).show_total()
        self._show_progress()

    def _refresh_growing(self) -> None:
        for growing in self.query_one(NewTakesList).show_queue(self.context.job_states()):
            self._playback.grow(growing)

    def _show_progress(self) -> None:
        if self.is_current:
            states = self.context.job_states()
            self.query_one(JobList).show(states, self.context.waiting)
            self._refresh_growing()
            if states:
                self._show_list()
            if bool(states) != self._busy:
                self._busy = bool(states)
                self.refresh_bindings()

    def _show_list(self) -> None:
        self.query_one("#empty").display = False
        self.query_one(NewTakesList).display = True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Cancelling holds while there is a job, extending once a take has landed."""
        if action == "extend_keepers":
            return bool(self.query_one(NewTakesList).finished)
        return action not in ("cancel_job", "pause_job") or self._busy

    def action_cancel_job(self, job: int | None = None) -> None:
        """Stop that job, or the one that runs."""
        if states := self.context.job_states():
            self.context.stop(states[0].job if job is None else job)

    def action_pause_job(self, job: int | None = None) -> None:
        """Pause that job or the first one, or go on with it."""
        if states := self.context.job_states():
            self.context.pause(states[0].job if job is None else job)
            self._show_progress()

    def action_move_job(self, job: int, by: int) -> None:
        self.context.queue.move(job, by)
        self._show_progress()

    def action_hasten_job(self, job: int) -> None:
        self.action_move_job(job, -1)

    def action_go_on(self, wish: str) -> None:
        self.context.go_on(wish)

    def action_drop_wish(self, wish: str) -> None:
        self.context.drop_wish(wish)
        self._show_progress()

    # The takes

    def subject(self) -> Take | None:
        """The finished take under the cursor; one that is being made can't be judged yet."""
        return None if self._growing() else self.query_one(NewTakesList).current

    def _growing(self) -> GrowingTake | None:
        takes = self.query_one(NewTakesList)
        return takes.growing(takes.current)

    @on(NewTakesList.Chosen)
    def action_play_from_start(self) -> None:
        """Enter: what is being made can be heard as far as it is there."""
        if growing := self._growing():
            self._playback.play(growing, self.context.queue)
        elif take := self.query_one(NewTakesList).current:
            self.context.deck.load(take)

    def step(self, by: int) -> None:
        if self.query_one(NewTakesList).move(by) and self.context.deck.playhead().playing:
            self.action_play_from_start()

    def advance(self) -> None:
        if self.query_one(NewTakesList).move(1):
            self.action_play_from_start()

    def action_play_pause(self) -> None:
        growing = self._growing()
        if growing and growing.place != self._playback.place and not self.context.deck.playhead().playing:
            self.action_play_from_start()
        else:
            super().action_play_pause()

    def action_reject(self) -> None:
        """X: stop making what is under the cursor, else reject it."""
        if growing := self._growing():
            playing = growing.place == self._playback.place and self.context.deck.playhead().playing
            self._dropped.add(growing.place)
            self.context.stop(*growing.place)
            self.query_one(NewTakesList).leave(*growing.place)
            if playing:
                self.context.deck.player.pause()
                self.action_play_from_start()
        else:
            super().action_reject()

    @on(NewTakesList.Highlighted)
    def _decode_ahead(self, event: NewTakesList.Highlighted[Take]) -> None:
        takes = self.query_one(NewTakesList)
        likely = takes.rows[takes.cursor : takes.cursor + 3]
        self.context.deck.preload([take for take in likely if take.file])

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        head = event.playhead
        self.query_one(NewTakesList).show_playing(head.take if head.playing else None)
        self.query_one(DraftSound).follow(head)

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        self.query_one(NewTakesList).refresh()

    def library_changed(self, change: LibraryChanged) -> None:
        self.query_one(ModeBar).show_status(counted(len(self.context.workspace.catalog), "take"))
        self.query_one(GenerateForm).library_changed()

    async def action_back(self) -> None:
        """Escape: out of the form, to the takes; from there to the library."""
        if isinstance(self.focused, Input | TextArea):
            takes = self.query_one(NewTakesList)
            self.set_focus(takes if takes.rows else None)
        else:
            await super().action_back()
