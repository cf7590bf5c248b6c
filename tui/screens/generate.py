"""Generate: prompts, seeds and a generator on one side; the queue and the takes that land on the other."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label, Select, Static, TextArea

from library.errors import EarmarkError
from library.generators.recipes import grid, parse_seeds
from library.generators.registry import NAMES, check_available
from library.jobs.events import Ended, Event, Landed
from library.take import Recipe, Take
from ratings.judgement import AnyJudgement
from tui.formatting import counted, duration_words
from tui.keys import key
from tui.messages import LibraryChanged, PlayheadMoved
from tui.screens.base import EarmarkScreen
from tui.widgets.footer import Footer
from tui.widgets.job_list import JobList
from tui.widgets.mode_bar import ModeBar
from tui.widgets.player_bar import PlayerBar
from tui.widgets.take_list import TakeList

ABOUT = {
    "sketch": "A procedural synthwave sketcher inside Earmark: no model, no network. Words steer it: "
    "slow, fast, 120 bpm, major, minor, dark, dreamy, no drums, piano, strings, waltz …",
    "musicgen": "Meta's MusicGen through audiocraft. Its weights are CC-BY-NC 4.0: not for commercial use.",
}


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
        #form { width: 44; padding-right: 2; scrollbar-size-vertical: 1; }
        #form Label { color: $quiet; margin-top: 1; }
        #form Label.first { margin-top: 0; }
        #prompts { height: 6; border: none; background: $surface; padding: 0 1; }
        #prompts:focus { background: $panel; }
        #row { height: auto; }
        #row Vertical { height: auto; width: 1fr; }
        #row Vertical.right { margin-left: 2; }
        Select { height: 1; }
        #about { color: $quiet; margin-top: 1; height: auto; }
        #sum { margin-top: 1; height: auto; }
        #sum.-error { color: $error; }
        #go { margin-top: 1; }
        #made { width: 1fr; border-left: vkey $border; padding-left: 2; }
        #made .heading { height: 1; }
        #empty { color: $quiet; height: 1fr; }
        JobList { height: auto; max-height: 12; margin-bottom: 1; }
        PlayerBar { margin: 0 1; }
        &.-narrow #body { layout: vertical; margin: 0 1; }
        &.-narrow #form { width: 1fr; height: auto; max-height: 13; padding: 0; margin-bottom: 1; }
        &.-narrow #prompts { height: 2; }
        &.-narrow #about { display: none; }
        &.-narrow #form Label { margin-top: 0; }
        &.-narrow #sum { margin-top: 0; }
        &.-narrow #go { margin-top: 0; }
        &.-narrow #made { border: none; padding: 0; height: 1fr; }
        &.-short #about { display: none; }
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
            with VerticalScroll(id="form", can_focus=False):
                yield Label("Prompts, one a line", classes="first")
                yield TextArea("", id="prompts", compact=True)
                with Horizontal(id="row"):
                    with Vertical():
                        yield Label("Seeds")
                        yield Input("1-4", id="seeds", placeholder="1-8,42", compact=True)
                    with Vertical(classes="right"):
                        yield Label("Seconds each")
                        yield Input("20", id="length", compact=True)
                yield Label("Generator")
                names = [(name, name) for name in NAMES]
                yield Select(names, value=NAMES[0], allow_blank=False, compact=True, id="generator")
                yield Input("", id="model", placeholder="model: a name or a folder", compact=True)
                yield Static(ABOUT[NAMES[0]], id="about", markup=False)
                yield Static("", id="sum", markup=False)
                yield Button("Make them  ctrl+g", id="go", variant="primary", compact=True)
            with Vertical(id="made"):
                yield JobList(id="jobs")
                yield Static("Takes appear here as they land: play and judge them while the rest is made.",
                             id="empty", markup=False)  # fmt: skip
                yield TakeList(self.earmark.workspace.verdict, id="landed")
        yield PlayerBar(id="player")
        yield Footer()

    def on_mount(self) -> None:
        """Write first."""
        self.earmark.jobs.subscribe(self, self._job_told)
        self.query_one("#prompts").focus()
        self.query_one(TakeList).display = False
        self.query_one("#model").display = False
        self._tell_sum()
        self.set_interval(0.5, self._tell_progress)
        self._tell_progress()
        self.earmark.queue.warm_up()

    # The form

    def _recipes(self) -> tuple[Recipe, ...]:
        """What the form asks for. Raises GenerationError."""
        prompts = [line for line in self.query_one("#prompts", TextArea).text.splitlines() if line.strip()]
        generator = str(self.query_one("#generator", Select).value)
        model = self.query_one("#model", Input).value.strip() or None if generator == "musicgen" else None
        try:
            length = float(self.query_one("#length", Input).value.replace(",", "."))
        except ValueError:
            length = 0.0
        seeds = parse_seeds(self.query_one("#seeds", Input).value)
        return grid(prompts, seeds, generator=generator, duration_s=length, model=model)

    @on(TextArea.Changed, "#prompts")
    @on(Input.Changed)
    @on(Select.Changed)
    def _tell_sum(self) -> None:
        line = self.query_one("#sum", Static)
        generator = str(self.query_one("#generator", Select).value)
        self.query_one("#about", Static).update(ABOUT[generator])
        self.query_one("#model").display = generator == "musicgen"
        try:
            check_available(generator)
            recipes = self._recipes()
        except EarmarkError as error:
            written = bool(self.query_one("#prompts", TextArea).text.strip())
            line.update(str(error) if written else "Write a prompt: what should it sound like?")
            line.set_class(written, "-error")
            self.query_one("#go", Button).disabled = True
            return
        total = sum(recipe.duration_s for recipe in recipes)
        line.update(f"{counted(len(recipes), 'take')}, {duration_words(total)} of music.")
        line.remove_class("-error")
        self.query_one("#go", Button).disabled = False

    @on(Button.Pressed, "#go")
    def action_generate(self) -> None:
        """Put the grid in the queue."""
        try:
            recipes = self._recipes()
            check_available(recipes[0].generator)
            self.earmark.queue.submit(recipes)
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
