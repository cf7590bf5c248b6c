"""The app: one library, one listener, one deck, and the screens around them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from inspect import isawaitable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ScreenStackError
from textual.binding import BindingType
from textual.events import DeliveryComplete, Key
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, ScreenResultType
from textual.signal import Signal
from textual.worker import Worker

from library import locations
from library.take import Take
from ratings.judgement import AnyJudgement
from ratings.logs.listeners import default_listener
from tui.app_with_settings import CLOSED_S, AppWithSettings
from tui.frame.fit_thread import give_back_soon
from tui.frame.formatting import counted, plain
from tui.frame.held_key import HeldKey
from tui.frame.key_names import key_name
from tui.frame.keys import EVERYWHERE
from tui.frame.main_screen import MainScreen
from tui.frame.notices import ERROR_S
from tui.frame.spare_memory import SPARE_S
from tui.generating.job_queue import JobNews
from tui.messages import DuelRequest, Opening, PlayheadMoved, RateRequest, SurveyRequest
from tui.open_library.library_refresh import GROUP as READING
from tui.playing.player.api import Player
from tui.playing.sound_watch import SoundWatch
from tui.session.judgement_writer import WriteOutcome
from tui.workspace import Workspace

if TYPE_CHECKING:
    from library.jobs.events import Event
    from ratings.session.plan import SessionPlan
    from tui.frame.palette import Command
    from tui.frame.places import Place

MAIN_SCREENS = {
    "library": ("tui.browsing.library_screen", "LibraryScreen"),
    "rate": ("tui.session.rate_screen", "RateScreen"),
    "duel": ("tui.session.duel_screen", "DuelScreen"),
    "ranking": ("tui.ranking.ranking_screen", "RankingScreen"),
    "survey": ("tui.session.survey_screen", "SurveyScreen"),
    "generate": ("tui.generating.generate_screen", "GenerateScreen"),
}
"""By their modes: the module and the class, imported when it is first shown: the first frame waits for nothing else."""
TICK_S = 1 / 20
"""How often the screen in front learns where playing stands."""
LEAVE_S = 5.0
"""For so long the warning stands that leaving now loses takes that are being made."""
REFRESH_S = 1.0
"""How often the library is read for what others wrote."""


class EarmarkApp(AppWithSettings):
    """Holds what the screens share; what a screen shows and does is its own business."""

    TITLE = "Earmark"
    CSS_PATH = "frame/earmark.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    """Textual's selecting of text by the mouse breaks down where what is under it has just left; terminals have one."""
    BINDINGS: ClassVar[list[BindingType]] = [*EVERYWHERE]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012  # Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        workspace: Workspace,
        player: Player,
        *,
        settings_path: Path | None = None,
        opening: Opening | None = None,
    ) -> None:
        super().__init__(workspace, player, MAIN_SCREENS, settings_path)
        self.opening = opening or Opening()
        self.duel_request = DuelRequest(self.opening.only)
        self.rate_request = RateRequest(self.opening.only)
        self.survey_request = SurveyRequest()
        self.judged: Signal[list[AnyJudgement]] = Signal(self, "judged")
        self.withdrawn: Signal[list[AnyJudgement]] = Signal(self, "withdrawn")
        self.jobs: Signal[Event] = Signal(self, "jobs")
        self._asked_to_leave = -LEAVE_S
        self._held_key = HeldKey()
        self._sound_watch = SoundWatch(self, self)

    def on_mount(self) -> None:
        """Paint first; read the library and open the sound device behind the first frame."""
        self.apply_settings()
        self.switch_mode(self.opening.screen)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.show_ignored()
        self.begin_library()
        self.deck.player.set_volume(self.settings.volume_db)
        self.deck.player.start()
        self.set_interval(TICK_S, self._tick)
        self.set_interval(REFRESH_S, self.refresh_library)
        self.set_interval(SPARE_S, give_back_soon)

    def deliver_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> str | None:
        """Into the downloads; into the home folder where there are none."""
        return super().deliver_screenshot(filename, path or str(locations.pictures_folder()), time_format)

    @on(DeliveryComplete)
    def _tell_of_screenshot(self, event: DeliveryComplete) -> None:
        event.prevent_default()  # Textual's words for it are markup
        self.notify(f"Saved {event.path}", timeout=8)

    def action_command_palette(self) -> None:
        """Any action by its name. Textual's own palette breaks down under keys that come at once."""
        from tui.frame.palette import Palette, commands_of

        if len(self.screen_stack) == 1:  # at once, so that the next key is the palette's
            active = self.screen.active_bindings
            shown = {pressed: self.get_key_display(bound.binding) for pressed, bound in active.items()}
            commands = [*self._waiting_wishes.commands(), *commands_of(active, shown, self.available_themes)]
            self.push_screen(Palette(commands), self._run_command)

    async def _run_command(self, command: Command | None) -> None:
        if command is not None:
            for action in command.actions:
                await self.run_action(action, command.node)

    def action_jump(self) -> None:
        from tui.frame.jump import JumpScreen, places_of

        if isinstance(self.screen, JumpScreen):
            self.screen.dismiss(None)
        elif places := places_of(self.screen):
            self.push_screen(JumpScreen(places), self._jump_to)

    async def _jump_to(self, place: Place | None) -> None:
        if place is not None and isawaitable(went := place.go()):
            await went

    # The library

    def library_opened(self) -> None:
        self.opening, self.duel_request = Opening(), DuelRequest()
        self.rate_request, self.survey_request = RateRequest(), SurveyRequest()
        self._sound_watch = SoundWatch(self, self)

    # Playing

    def _tick(self) -> None:
        self.deck.find_start()
        self.show_playhead()
        self._sound_watch.check(self.deck.playhead())

    def show_playhead(self, to: MessagePump | None = None) -> None:
        try:
            screen = to or self.screen
        except ScreenStackError:
            return  # the last tick of an app that is being left
        head = self.deck.playhead()
        knows = isinstance(screen, MainScreen) and screen.ASKS
        shown = replace(head, take="") if not knows and self.workspace.blindfold.hides(head.take) else head
        screen.post_message(PlayheadMoved(shown))

    # Judging

    def judge(self, judgements: Sequence[AnyJudgement], plan: SessionPlan | None = None) -> None:
        self.workspace.undone.heed(judgements)
        self._writer.put(judgements, plan)

    @on(WriteOutcome)
    def _publish_judgements(self, outcome: WriteOutcome) -> None:
        self.workspace.keep_words(outcome.judgements, outcome.withdrawn)
        if outcome.error is not None:
            self.show_failure("judgements", outcome.error, every_s=ERROR_S)
        for signal, judgements in ((self.judged, outcome.judgements), (self.withdrawn, outcome.withdrawn)):
            if judgements:
                signal.publish(judgements)

    @work(group="notes", exit_on_error=False)
    async def ask_note(self, take: Take, *, blind: bool = False) -> None:
        from tui.session.note_dialog import NoteDialog

        text = await self.ask(NoteDialog(self.workspace, take))
        if text:
            self.judge([self.workspace.log.note(take.id, text, blind=blind)])

    # Generating

    @on(JobNews)
    def _handle_job_news(self, message: JobNews) -> None:
        from library.jobs.events import JobRemark, TakeFailed, TakeSaved

        event = message.event
        if isinstance(event, TakeSaved):
            self.note_made(event.take, event.job)
            self.refresh_library()
        self.jobs.publish(event)
        if isinstance(event, JobRemark):
            self.notify(event.words, title="Generating", severity="warning", timeout=10)
        elif isinstance(event, TakeFailed) and self._jobs.is_news(event):
            self.notify(plain(f"{event.what} {event.remedy}"), title=event.title, severity="error", timeout=10)

    # Going places

    async def ask(self, dialog: ModalScreen[ScreenResultType | None]) -> ScreenResultType | None:
        if len(self.screen_stack) > 1:
            return None
        return await asyncio.shield(self.push_screen(dialog, wait_for_dismiss=True))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no way to where one is."""
        return None if action == "go" and parameters == (self.current_mode,) else True

    async def action_go(self, mode: str) -> None:
        await self.go(mode)

    async def go(self, mode: str) -> None:
        if mode != self.current_mode and len(self.screen_stack) == 1:
            await self.switch_mode(mode)

    async def rate(self, only: str) -> None:
        first = tuple(take.id for take in self.fresh_takes)
        self.rate_request = RateRequest(only, first=first) if only or first else self.rate_request
        self.forget_fresh()
        await self.go("rate")

    @work(group="session-dialog", exit_on_error=False)
    async def ask_to_rate(self, only: str) -> None:
        from tui.session.session_dialog import SessionChoices, SessionDialog

        choices = await self.ask(
            SessionDialog(self, SessionChoices(self.settings.best, self.settings.minutes, only), new=True)
        )
        if choices is not None:
            self.remember(best=choices.best, minutes=choices.minutes)
            self.rate_request = RateRequest(choices.selection, choices.best, choices.minutes)
            await self.go("rate")

    async def survey(self, takes: Sequence[Take]) -> None:
        self.survey_request = SurveyRequest(tuple(takes), self.current_mode)
        await self.go("survey")

    def action_spectrogram(self) -> None:
        if self.deck.take is not None and len(self.screen_stack) == 1:
            from tui.browsing.spectrogram_dialog import SpectrogramDialog

            self.push_screen(SpectrogramDialog(self, self.deck.take))

    def action_import_takes(self) -> None:
        from tui.browsing.import_dialog import ImportDialog

        self.push_screen(ImportDialog(self))

    def action_export(self) -> None:
        from tui.frame.main_screen import MainScreen
        from tui.sharing.export_dialog import ExportDialog

        if isinstance(front := self.screen, MainScreen):
            self.push_screen(ExportDialog(self, front.many, front.listed, blind=front.blind))

    def action_collect(self) -> None:
        from tui.sharing.collect_dialog import CollectDialog

        self.push_screen(CollectDialog(self))

    def action_purge(self) -> None:
        from tui.sharing.purge_dialog import PurgeDialog

        self.push_screen(PurgeDialog(self))

    def action_doctor(self) -> None:
        trouble = self.deck.player.trouble()
        sound = f"{trouble} " if trouble else "Sound seems to work. "
        self.notify(
            f"{sound}Run `earmark doctor` in a terminal: it checks sound, this library and the generators, "
            "and tells you how to fix what doesn't work.",
            title="Doctor",
            timeout=15,
        )

    def action_help(self) -> None:
        from tui.frame.help_dialog import HelpDialog

        self.push_screen(HelpDialog(self))

    async def action_quit(self) -> None:
        """Leave: what was asked for is written, the sound and the worker process end. Asks first if takes are made."""
        unmade = self._jobs.unmade
        if unmade and monotonic() - self._asked_to_leave > LEAVE_S:
            self._asked_to_leave = monotonic()
            again = f"Press {key_name(self.screen, 'go.quit')} again to quit: the rest waits until the next start."
            what = f"{counted(unmade, 'take')} still to come. {again}"
            self.notify(what, title="Takes are being made", severity="warning", timeout=LEAVE_S)
            return
        await self.finish_writing()
        self.exit()

    async def on_unmount(self) -> None:
        await self.finish_writing()
        self.close_down()

    # Keys and failures

    def spend_key(self) -> None:
        self._held_key.spend()

    def on_key(self, event: Key) -> None:
        """Before what a key is bound to: see HeldKey.

        A letter that comes by here although text is being typed went to what had the keyboard a moment ago.
        """
        if not self.screen.is_mounted:  # it came to the screen before; this one is being made, and gets it then
            event.prevent_default()
            self.screen.post_message(Key(event.key, event.character))
        elif not self._held_key.acts(event.key, event.time):
            event.prevent_default()
        elif self.focused is not None and self.focused.check_consume_key(event.key, event.character):
            event.prevent_default()
            self.focused.post_message(Key(event.key, event.character))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.report_failure(event, every_s=CLOSED_S if event.worker.group == READING else 0.0)


def make_app(
    library: Path | None = None,
    *,
    listener: str | None = None,
    player: Player | None = None,
    settings_path: Path | None = None,
    opening: Opening | None = None,
) -> EarmarkApp:
    """The whole app, put together: for the command line, and with other parts for the tests.

    Raises LibraryError or NewerFormatError where `library` can't be one.
    """
    workspace = Workspace(library or locations.default_library(), listener or default_listener())
    if player is None:
        from tui.playing.player.client import AudioPlayer

        player = AudioPlayer()
    return EarmarkApp(workspace, player, settings_path=settings_path, opening=opening)
