"""The draft of the takes to be made: chosen by file or take, shown, played, and how it is to steer."""

from __future__ import annotations

import asyncio
from typing import ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Label, Select, Static
from textual.worker import Worker

from library.errors import EarmarkError, GenerationError
from library.take import Draft, DraftUse, Take
from tui.context import AppContext
from tui.frame.choice import Choice
from tui.frame.fitted_text import shortened
from tui.frame.formatting import plain
from tui.frame.key_names import key_name
from tui.frame.path_field import PathField
from tui.frame.typed_number import typed_number
from tui.generating.keys import DRAFT
from tui.playing.deck import Deck
from tui.playing.waveform import Waveform

USES: tuple[tuple[str, DraftUse], ...] = (("use as melody", "melody"), ("continue", "continuation"))
NAME = 30


class DraftSound(Waveform, can_focus=True):
    """The draft's waveform, which has the keys for it while it is focused."""

    BINDINGS: ClassVar[list[BindingType]] = [*DRAFT]
    DEFAULT_CSS: ClassVar[str] = """
    DraftSound { height: 2; padding: 0; }
    DraftSound:focus { background: $panel; }
    """

    class Removed(Message):
        """The draft is not wanted any more."""

    def __init__(self, deck: Deck, *, id: str | None = None) -> None:
        super().__init__(deck.path_of, id=id)
        self._deck = deck

    def action_play_draft(self) -> None:
        self._deck.toggle(self.take)

    def action_play_draft_from_start(self) -> None:
        if self.take is not None:
            self._deck.load(self.take)

    def action_remove_draft(self) -> None:
        self.post_message(self.Removed())


class DraftField(Vertical):
    """Empty: a line for a file or a take, and the way to record one. Else: the draft."""

    DEFAULT_CSS: ClassVar[str] = """
    DraftField {
        height: auto;
        #draft-empty, #draft-chosen { height: auto; }
        #draft-line, #draft-top, #draft-how { height: 1; }
        #draft-named, #draft-name { width: 1fr; }
        #draft-record, #draft-remove { width: auto; min-width: 3; margin-left: 1; }
        #draft-use { width: 1fr; }
        #draft-how Label { margin: 0 1; }
        #draft-from { width: 8; }
        #draft-problem { height: auto; color: $error; display: none; }
        #draft-problem.-shown { display: block; }
    }
    """

    class Changed(Message):
        """Another draft, none, or another use of it."""

    def __init__(self, context: AppContext, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.context = context
        self.take: Take | None = None
        """The draft; it need not be in the library yet."""
        self._wrong: EarmarkError | None = None

    def compose(self) -> ComposeResult:
        yield Label("Draft, optional", id="draft-label")
        with Vertical(id="draft-empty"), Horizontal(id="draft-line"):
            yield PathField(
                id="draft-named",
                placeholder=f"a file, a take ID, or {key_name(self, 'make.draft')} on a take",
                select_on_focus=False,
            )
            yield Button("● record", id="draft-record", action="screen.record_draft", compact=True)
        with Vertical(id="draft-chosen"):
            with Horizontal(id="draft-top"):
                yield Static("", id="draft-name", markup=False)
                yield Button("✕", id="draft-remove", compact=True)
            yield DraftSound(self.context.deck, id="draft-sound")
            with Horizontal(id="draft-how"):
                yield Choice(USES, value="melody", allow_blank=False, compact=True, id="draft-use")
                yield Label("from (s)", id="draft-at")
                yield Input("", placeholder="end", id="draft-from", compact=True)
        yield Static("", id="draft-problem", markup=False)

    def on_mount(self) -> None:
        self._show()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.context.report_failure(event)

    # What is chosen

    @property
    def use(self) -> DraftUse:
        return cast("DraftUse", self.query_one("#draft-use", Select).value)

    def draft(self, duration_s: float) -> Draft | None:
        """The draft for takes of that length; None for none. Raises GenerationError for one that can't be."""
        from library.jobs.drafts import make_draft

        if self.take is None:
            if self.query_one("#draft-named", Input).value.strip():
                what = "The draft isn't loaded yet."
                raise GenerationError(what, "Press Enter in its field, or clear it.") from self._wrong
            return None
        return make_draft(self.take, self.use, duration_s, self._from_s())

    def kept_s(self) -> float:
        """How many seconds of the draft a take begins with. Raises GenerationError."""
        if self.take is None or self.use == "melody":
            return 0.0
        from_s = self._from_s()
        return self.take.duration_s if from_s is None else from_s

    def _from_s(self) -> float | None:
        text = self.query_one("#draft-from", Input).value.strip()
        if self.use == "melody" or not text:
            return None
        try:
            return typed_number(text)
        except ValueError:
            raise GenerationError(
                f"The start in the draft must be a number, not {text[:20]!r}.", "Enter seconds, or leave it empty."
            ) from None

    def choose(self, take: Take | None, *, use: DraftUse | None = None) -> None:
        deck = self.context.deck
        if deck.is_on(self.take):
            deck.player.pause()
        self.take, self._wrong = take, None
        self.query_one("#draft-named", Input).value = ""
        self.query_one("#draft-from", Input).value = ""
        if use is not None:
            self.query_one("#draft-use", Select).value = use
        self._show()
        self.post_message(self.Changed())

    @on(Input.Submitted, "#draft-named")
    @on(Input.Blurred, "#draft-named")
    def _named(self, event: Input.Submitted | Input.Blurred) -> None:
        event.stop()
        if named := event.value.strip():
            self._look_up(named)

    @work(exclusive=True, group="draft", name="looking up the draft", exit_on_error=False)
    async def _look_up(self, named: str) -> None:
        from library.jobs.drafts import look_up_draft

        try:
            (path,) = self.query_one("#draft-named", PathField).paths
            take = await asyncio.to_thread(look_up_draft, self.context.workspace.catalog, str(path))
        except EarmarkError as error:
            self._wrong = error
            self._show()
            self.post_message(self.Changed())
            return
        if self.query_one("#draft-named", Input).value.strip() == named:
            had_focus = self.query_one("#draft-named").has_focus
            self.choose(take)
            if had_focus:
                self.query_one(DraftSound).focus()

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self, event: Input.Changed | Select.Changed) -> None:
        event.stop()
        self._wrong = None
        self._show()
        self.post_message(self.Changed())

    # On screen

    def _show(self) -> None:
        take = self.take
        self.query_one("#draft-empty").display = take is None
        self.query_one("#draft-chosen").display = take is not None
        self.query_one("#draft-label", Label).update("Draft" if take is not None else "Draft, optional")
        problem = self.query_one("#draft-problem", Static)
        problem.update(str(self._wrong or ""))
        problem.set_class(self._wrong is not None, "-shown")
        sound = self.query_one(DraftSound)
        sound.show(take)
        if take is not None:
            name = shortened(plain(take.prompt or "(no prompt)"), NAME)
            seed = "" if take.seed is None else f" · {take.seed}"
            self.query_one("#draft-name", Static).update(f"{name}{seed}  {take.duration_s:.1f} s")
        for part in ("#draft-at", "#draft-from"):
            self.query_one(part).display = self.use == "continuation"

    # Mouse and buttons

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        event.stop()
        if self.take is not None:
            self.context.deck.load(self.take, at_s=event.position_s)

    @on(Button.Pressed, "#draft-remove")
    @on(DraftSound.Removed)
    def _remove(self, event: Message) -> None:
        event.stop()
        self.choose(None)
        self.query_one("#draft-named").focus()
