"""What all main screens share: the keys, the take that they act upon, and word of what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import Worker

from library.errors import EarmarkError
from library.take import Take
from ratings.journal import JudgementLog
from ratings.judgement import AnyJudgement, Pick, Retraction, Sound
from tui.context import AppContext
from tui.frame.footer import Footer
from tui.frame.formatting import called, clock, stars_bar
from tui.frame.judgement_words import undone_words
from tui.frame.key_names import key_name, star_keys
from tui.frame.keys import GOING, JUDGING, PLAYING
from tui.frame.mode_bar import ModeBar
from tui.frame.player_bar import PlayerBar
from tui.messages import MOST_SURVEYED, DraftChosen, DuelRequest, LibraryChanged, PlayheadMoved
from tui.settings import Start

LONG_S = 30.0
"""What a preview is made into; what a longer take grows by."""
STARTS: dict[Start, str] = {
    "beginning": "Takes start at the beginning",
    "strongest": "Takes start at their strongest passage",
    "place": "Takes start where the last one was",
}


class MainScreen(Screen[None]):
    """Says which take the keys mean, and does with it what they ask."""

    BINDINGS: ClassVar[list[BindingType]] = [*PLAYING, *JUDGING, *GOING]
    MODE: ClassVar[str]
    ASKS: ClassVar[bool] = False
    """Whether it asks about takes, and knows itself what it must not tell."""

    _sound_take: Take | None = None
    """The take whose sound the next digit rates."""
    _undone: Retraction | None = None
    """What the last undo made."""
    _last_pick: Pick | Retraction | None = None
    """What the last pick made: a pick, or one taken back."""
    _last_sound: Sound | None = None

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context

    def compose(self) -> ComposeResult:
        yield ModeBar(self.MODE)
        yield from self.compose_body()
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

    def point_at(self, take: Take) -> None:
        """Put the cursor on that take, where it is listed."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Of a failed task only its own screen is told; what there is to say is the app's to say."""
        self.context.report_failure(event)

    def subject(self) -> Take | None:
        """The take that keys act upon; None where there is none."""
        return None

    @property
    def many(self) -> Sequence[Take]:
        """The takes that are selected; none where keys mean the one under the cursor."""
        return ()

    def subjects(self) -> Sequence[Take]:
        """The takes that keys for several act upon."""
        take = self.subject()
        return self.many or ([] if take is None else [take])

    sound_words = "Production quality"

    def sound_subject(self) -> Take | None:
        return self.subject()

    def step(self, by: int) -> None:
        """Go to the previous or next take."""

    def advance(self) -> None:
        """Go on after a judgement: the next take, playing."""

    def library_changed(self, change: LibraryChanged) -> None:
        """Takes or judgements came in."""

    def _handle_written(self, judgements: list[AnyJudgement]) -> None:
        if self._last_sound is not None and self._last_sound in judgements:
            self.notify(f"Sound: {stars_bar(self._last_sound.sound)}", timeout=1.5)
        self.judgements_written(judgements)

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """These are on disk now."""

    def judgements_withdrawn(self, judgements: list[AnyJudgement]) -> None:
        """These could not be written, and count as never made."""

    @property
    def own_log(self) -> JudgementLog:
        return self.context.workspace.log

    @property
    def listed(self) -> str:
        """The filter that the takes here answer to."""
        return self.context.opening.only

    @property
    def play_words(self) -> str:
        """What comes after the take that plays, where something does."""
        return ""

    @property
    def blind(self) -> bool:
        """Whether nothing here may tell which take the subject is. Elsewhere a cursor on it doesn't tell that it is."""
        take = self.subject()
        return self.ASKS and take is not None and self.context.workspace.blindfold.hides(take.id)

    def is_blind(self, *takes: Take) -> bool:
        return self.ASKS and self.context.workspace.blindfold.is_blind(*(take.id for take in takes))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A take without a name is neither drafted from nor extended: what is made of it would tell."""
        return not (action in ("extend", "use_as_draft") and self.blind)

    @on(PlayheadMoved)
    def _show_in_player_bar(self, event: PlayheadMoved) -> None:
        deck, subject = self.context.deck, self.subject()
        elsewhere = subject is not None and not self.blind and not deck.is_known_on(subject)
        self.query_one(PlayerBar).show(
            event.playhead,
            deck.take,
            hidden=deck.hidden,
            subject=subject if elsewhere else None,
            volume_db=self.context.settings.volume_db,
            trouble=deck.player.trouble(),
            order=self.play_words,
        )

    @on(PlayerBar.Sought)
    def _seek_in_what_is_on(self, event: PlayerBar.Sought) -> None:
        self.context.deck.seek(event.position_s)

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
            self.notify(f"A survey needs two to {MOST_SURVEYED} takes: select them in the Library.", timeout=4)
            return
        if len(takes) > MOST_SURVEYED:
            self.notify(f"These are the first {MOST_SURVEYED} of {len(takes):,}.", timeout=4)
        await self.context.survey(takes[:MOST_SURVEYED])

    def to_survey(self) -> Sequence[Take]:
        """The takes here that a survey is to be of; none where there are no such, or they may not be told apart."""
        return ()

    def action_play_pause(self) -> None:
        self.context.deck.toggle(self.subject(), blind=self.ASKS)

    def action_play_from_start(self) -> None:
        if take := self.subject():
            self.context.deck.load(take, at_s=0.0, blind=self.ASKS)

    def action_seek(self, seconds: int) -> None:
        self.context.deck.seek_by(seconds)

    def action_step(self, by: int) -> None:
        if self._sound_take is not None:
            self._rate_sound_of(None)
        self.step(by)

    def action_section(self, by: int) -> None:
        """[ and ]: to where a section begins, or to a mark."""
        if (take := self.context.deck.take) and self.context.deck.go_to_section(by, self.marks_of(take)) is None:
            self.notify("This is the last section" if self.context.deck.sections else "No sections found", timeout=2)

    def action_replay(self) -> None:
        if take := self.context.deck.take:
            self.context.deck.replay(self.marks_of(take))

    def action_cycle_start(self) -> None:
        starts = list(STARTS)
        start = starts[(starts.index(self.context.settings.starts) + 1) % len(starts)]
        self.context.remember(starts=start)
        self.notify(STARTS[start])

    def marks_of(self, take: Take) -> list[float]:
        """Its marks, as far as they may be known."""
        earlier = self.context.workspace.blindfold.earlier(take.id)
        return [position for position, name in self.context.workspace.ratings(take).marks if name not in earlier]

    def action_loop(self) -> None:
        deck = self.context.deck
        if self._plays_subject() and (take := deck.take):
            span = deck.cycle_loop(self.marks_of(take))
            end = "" if span is None else "end" if span[1] >= take.duration_s else f"{span[1]:.1f} s"
            self.notify("Loop off" if span is None else f"Loop {span[0]:.1f}–{end}")

    def _plays_subject(self) -> bool:
        subject, deck = self.subject(), self.context.deck
        if subject is None or (deck.is_on(subject) if self.ASKS else deck.is_known_on(subject)):
            return True
        self.notify(f"Play {called(subject)} first (enter): the cursor is on it.")
        return False

    def action_rate(self, stars: int) -> None:
        """1 to 5: stars, or the sound if that was asked for."""
        take = self._sound_take
        if take is None:
            self.action_stars(stars)
            return
        self._rate_sound_of(None)
        heard_s = self.context.deck.heard_s(take)
        self._last_sound = self.own_log.sound(take.id, stars, heard_s=heard_s, blind=self.is_blind(take))
        self.context.judge([self._last_sound])

    def action_sound(self) -> None:
        """U: the next digit is about the sound; once more, and it is not."""
        take = self.sound_subject()
        if take is None and self.subject() is not None:
            self.notify(f"Rate the composition first, then {key_name(self, 'judge.sound')} rates its production.")
        self._rate_sound_of(None if self._sound_take is not None else take)

    def _rate_sound_of(self, take: Take | None) -> None:
        self._sound_take = take
        self.query_one(ModeBar).show_question("" if take is None else f"{self.sound_words}: {star_keys(self)}")
        self.show_sound_scale(take is not None)
        self.refresh_bindings()

    def show_sound_scale(self, on: bool) -> None:
        """Show what the digits mean: of the sound while that is `on`, else of the composition."""

    def action_stars(self, stars: int) -> None:
        if take := self.subject():
            heard_s = self.context.deck.heard_s(take)
            self.context.judge([self.own_log.stars(take.id, stars, heard_s=heard_s, blind=self.is_blind(take))])
            self.advance()

    def action_reject(self) -> None:
        if take := self.subject():
            heard_s = self.context.deck.heard_s(take)
            self.context.judge([self.own_log.reject(take.id, heard_s=heard_s, blind=self.is_blind(take))])
            self.advance()

    def action_pick(self) -> None:
        """P: pick, or take the pick back."""
        if take := self.subject():
            self.context.spend_key()  # else it would be picked, put back, picked …
            heard_s = self.context.deck.heard_s(take)
            self._last_pick = self.own_log.toggle_pick(take.id, heard_s=heard_s, blind=self.is_blind(take))
            self._judge_undoably([self._last_pick], "the pick taken back")

    def show_pick(self, judgements: list[AnyJudgement]) -> bool:
        """Say what the last pick here has come to, where no list shows it; whether it is among these."""
        if self._last_pick is None or self._last_pick not in judgements:
            return False
        self.notify("Picked" if isinstance(self._last_pick, Pick) else "No longer picked", timeout=1.5)
        return True

    def action_clear(self) -> None:
        if take := self.subject():
            self._judge_undoably(self.own_log.clear(take.id), "cleared")

    def _judge_undoably(self, judgements: Sequence[AnyJudgement], what: str) -> None:
        log, gone = self.own_log, self.own_log.taken_back(judgements)
        self.context.judge(judgements)

        def undo() -> bool:
            self.context.judge([log.again(one) for one in gone])
            return True

        if gone:
            self.context.did(what, undo)

    def action_mark(self) -> None:
        """M: a mark where the playhead is. What is heard while it is still being made can't be marked."""
        take = self.subject()
        if take is not None and take.id in self.context.workspace.catalog and self._plays_subject():
            self.context.judge([self.own_log.mark(take.id, self.context.deck.mark(), blind=self.is_blind(take))])

    def action_note(self) -> None:
        if take := self.subject():
            self.context.ask_note(take, blind=self.is_blind(take))

    def action_label(self) -> None:
        """Shift+L: words and colours for the take, or for those selected. What is heard blind keeps its own."""
        if self.blind:
            self.notify("Labels wait until you have answered.", timeout=2)
        elif takes := self.subjects():
            self._ask_labels(takes)

    @work(group="labels", exit_on_error=False)
    async def _ask_labels(self, takes: Sequence[Take]) -> None:
        from tui.frame.label_dialog import LabelDialog

        wanted = await self.context.ask(LabelDialog(self.context.workspace, takes))
        if wanted is not None:
            label = partial(self.own_log.label, [take.id for take in takes], add=wanted.add, remove=wanted.remove)
            if made := await asyncio.to_thread(label):
                self.context.judge(made)

    def action_extend(self) -> None:
        """Shift+E: to 30 seconds, or by 30 more; what was heard stays as it is."""
        if take := self.subject():
            from library.generators.recipes import extend_recipe

            to_s = LONG_S if take.duration_s < LONG_S else take.duration_s + LONG_S
            try:
                recipes = (extend_recipe(take, to_s),)
                self.context.make(recipes, f"extending {called(take)} to {clock(to_s)}", parent=take.id)
            except EarmarkError as error:
                self.context.show_error(error)
            else:
                self.notify(f"Extending to {clock(to_s)} · {key_name(self, 'judge.undo')} to undo")

    async def action_use_as_draft(self) -> None:
        """Shift+D: to the Generate screen, with this take as the draft."""
        if (take := self.subject()) is not None:
            await self.context.go("generate")
            self.app.screen.post_message(DraftChosen(take))

    def action_undo(self) -> None:
        last = self.own_log.undoable()
        if (act := self.context.last_act(after="" if last is None else last.at)) is not None:
            self.notify(f"Undone: {act.what}" if act.undo() else f"Too late: {act.what} is done")
            return
        self._undone = undone = self.undo_judgement()
        if undone is None:
            self.notify("Nothing is left to undo", timeout=1.5)
            return
        (one,) = self.own_log.taken_back([undone])
        take = self.context.workspace.catalog.get(undone.take)
        hidden = self.context.workspace.blindfold.hides(undone.take)
        self.notify(f"Undone: {undone_words(one, undone.take, None if hidden else take)}")

    def undo_judgement(self) -> Retraction | None:
        """Take back this listener's last judgement, and have that written; None if there is none left."""
        undone = self.own_log.undo()
        if undone is not None:
            self.context.judge([undone, *self.own_log.rest_of(undone)])
        return undone

    def was_undone(self, judgements: list[AnyJudgement]) -> bool:
        """Whether this is what an undo here has written, and not a pick or stars taken back by their own keys."""
        return self._undone is not None and self._undone in judgements
