"""The app: one library, one listener, one deck, and the screens around them."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import on, work
from textual.app import App, ScreenStackError
from textual.binding import BindingType
from textual.events import Key
from textual.message import Message
from textual.screen import Screen
from textual.signal import Signal
from textual.worker import Worker, WorkerState, get_current_worker

from library import locations
from library.errors import EarmarkError
from library.sound.changed_sound import changed_under
from library.take import Take
from ratings.journal import default_listener
from ratings.judgement import AnyJudgement
from tui.frame.formatting import counted, plain
from tui.frame.held_key import HeldKey
from tui.frame.theme import THEMES, derived_variables
from tui.lazy import commands, screen
from tui.messages import DuelRequest, LibraryChanged, PlayheadMoved
from tui.playing.deck import Deck
from tui.playing.player.api import Player
from tui.session.judgement_writer import JudgementWriter, Write, Written
from tui.settings import SettingsFile
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.notifications import SeverityLevel

    from library.jobs.events import Event
    from library.jobs.job import JobState
    from library.jobs.queue import Queue

TICK_S = 1 / 20
"""How often the screen in front learns where playing stands."""
LEAVE_S = 5.0
"""For so long the warning stands that leaving now loses takes that are being made."""
ERROR_S, CLOSED_S = 12.0, 60.0
"""An error is shown for so long: what refuses judgements is told of again then. A library that can't be read, later."""
LOOK_S = 1.0
"""How often the library is looked over for what others wrote."""
MANY = 10_000
"""So many takes that come at once are kept out of the garbage collector's way."""


class EarmarkApp(App[None]):
    """Holds what the screens share; what a screen shows and does is its own business."""

    TITLE = "Earmark"
    CSS_PATH = "frame/earmark.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012  # Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        "library": screen("tui.browsing.library_screen", "LibraryScreen"),
        "rate": screen("tui.session.rate_screen", "RateScreen"),
        "duel": screen("tui.session.duel_screen", "DuelScreen"),
        "ranking": screen("tui.ranking.ranking_screen", "RankingScreen"),
        "generate": screen("tui.generating.generate_screen", "GenerateScreen"),
    }
    BINDINGS: ClassVar[list[BindingType]] = []
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = App.COMMANDS | {commands}

    class JobTold(Message):
        """The generation queue has news. Posted from the queue's thread."""

        def __init__(self, event: Event) -> None:
            super().__init__()
            self.event = event

    def __init__(
        self,
        workspace: Workspace,
        player: Player,
        *,
        settings_path: Path | None = None,
        start: str = "library",
        minutes: float | None = None,
        best: int | None = None,
        only: str = "",
    ) -> None:
        """`start` is the main screen to open on; `minutes`, `best` and `only` (a filter) frame a listening session."""
        super().__init__()
        self.workspace = workspace
        self.deck = Deck(player, workspace)
        self.session_minutes, self.session_best, self.session_filter = minutes, best, only
        self.duelling = DuelRequest(only)
        self._start = start
        self._settings_file = SettingsFile(settings_path)
        self.settings = self._settings_file.kept
        self.library_changed: Signal[LibraryChanged] = Signal(self, "library_changed")
        self.judged: Signal[list[AnyJudgement]] = Signal(self, "judged")
        self.jobs: Signal[Event] = Signal(self, "jobs")
        self._writer = JudgementWriter(workspace.log, self._written)
        self._queue: Queue | None = None
        self._trouble: str | None = None
        self._failed_take: str | None = None
        self._stumbles: set[tuple[int, str]] = set()
        self._checked_take = ""
        self._told: dict[str, float] = {}
        """What went wrong, and when that was told last."""
        self._looking = False
        self._asked_to_leave = -LEAVE_S
        self.held = HeldKey()

    def on_mount(self) -> None:
        """Paint first; read the library and open the sound device behind the first frame."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else "ink"
        self.theme_changed_signal.subscribe(self, lambda theme: self.remember(theme=theme.name))
        self.set_keymap(self.settings.keys)
        self.switch_mode(self._start)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._serve_judgements()
        self.look()
        self.deck.player.set_volume(self.settings.volume_db)
        self.deck.player.start()
        self.set_interval(TICK_S, self._tick)
        self.set_interval(LOOK_S, self.look)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colour names, for themes that lack them."""
        return derived_variables(self.current_theme.to_color_system().generate())

    # The library

    def look(self) -> None:
        """Read what is new in the library, unless a look is under way."""
        if not self._looking:
            self._looking = True
            self._refresh_library()

    @work(thread=True, group="looking", exit_on_error=False)
    def _refresh_library(self) -> None:
        if not self.workspace.loaded:
            gc.disable()  # all that is read stays
        try:
            change = self.workspace.refresh()
            self._looking = False
            self.call_from_thread(self._library_read, change)
            if change.first:
                self.workspace.view.warm()
            if change.first or len(change.added) >= MANY:
                gc.freeze()  # else the collector walks over 100,000 takes, 80 ms, under some later key
        finally:
            self._looking = False
            gc.enable()

    def _library_read(self, change: LibraryChanged) -> None:
        if change.first or change.added or change.changed or change.judged:
            self.library_changed.publish(change)
        for line in self.workspace.damage_lines():
            self.tell(line, title="A library file is damaged", severity="warning", timeout=15)

    # Playing

    def _tick(self) -> None:
        try:
            front = self.screen
        except ScreenStackError:
            return  # the last tick of an app that is being left
        head = self.deck.playhead()
        front.post_message(PlayheadMoved(head))
        # The player had a look before it played, as far as there was time. A take in the making is in no library.
        take = self.deck.take if head.playing and head.heard_s > 0 else None
        if take is not None and take.id != self._checked_take and take.id in self.workspace.catalog:
            self._checked_take = take.id
            self._check_sound(take)
        failed = head.take if head.error else None
        if failed != self._failed_take:
            self._failed_take = failed
            if head.error:
                self.tell(plain(head.error), title="This take can't be played", severity="error", timeout=8)
        trouble = self.deck.player.trouble()
        if (what := trouble.what if trouble else None) != self._trouble:
            self._trouble = what
            if trouble:
                self.tell(f"{trouble.what} {trouble.remedy}", title="No sound", severity="warning", timeout=6)

    @work(thread=True, group="checking", exclusive=True, exit_on_error=False)
    def _check_sound(self, take: Take) -> None:
        """Whether the file that plays is still that take: another sound is never judged in its place."""
        worker = get_current_worker()
        error = changed_under(take, self.workspace.catalog.path_of(take), lambda: worker.is_cancelled)
        if error is not None and not worker.is_cancelled:
            self.call_from_thread(self._stop_other_sound, take, error)

    def _stop_other_sound(self, take: Take, error: EarmarkError) -> None:
        if self.deck.take is not None and self.deck.take.id == take.id:
            self.deck.player.pause()
        self._checked_take = ""
        self.show_error(error)

    def change_volume(self, by_db: float) -> None:
        """Louder or quieter, remembered."""
        volume = min(0.0, max(-60.0, self.settings.volume_db + by_db))
        self.remember(volume_db=volume)
        self.deck.player.set_volume(volume)
        self.tell(f"Volume {volume:+.0f} dB" if volume else "Full volume", timeout=1.5)

    # Judging

    def judge(self, write: Write) -> None:
        """Write a judgement; `judged` is published when it is safe on disk."""
        self._writer.put(write)

    def _serve_judgements(self) -> None:
        self.run_worker(self._writer.run(), name="judgements", group="judging", exit_on_error=False)

    def _written(self, written: Written) -> None:
        if written.error is not None:
            self.show_error(written.error, every_s=ERROR_S)
        elif written.judgements:
            self.judged.publish(written.judgements)

    @work(group="notes", exit_on_error=False)
    async def ask_note(self, take: Take) -> None:
        """Ask for words about `take`."""
        from tui.session.note_dialog import NoteScreen

        text = await self.push_screen_wait(NoteScreen(take))
        if text:
            self.judge(lambda _: self.workspace.note(take, text))

    # Generating

    @property
    def queue(self) -> Queue:
        """The generation queue; its worker process starts with the first job."""
        if self._queue is None:
            from library.jobs.queue import Queue

            catalog = self.workspace.catalog
            self._queue = Queue(catalog.root, self._hear_job, previews=True, founded=lambda: len(catalog) > 0)
        return self._queue

    def job_states(self) -> tuple[JobState, ...]:
        """The job that runs and those in line; starts nothing."""
        return () if self._queue is None else self._queue.jobs()

    def _hear_job(self, event: Event) -> None:
        self.post_message(self.JobTold(event))

    @on(JobTold)
    def _pass_job_news_on(self, message: JobTold) -> None:
        from library.jobs.events import Landed, Stumbled

        event = message.event
        self.jobs.publish(event)
        if isinstance(event, Landed):
            self.look()
        elif isinstance(event, Stumbled) and (event.job, event.what) not in self._stumbles:
            self._stumbles.add((event.job, event.what))  # a whole grid may stumble over the same stone
            self.tell(plain(f"{event.what} {event.remedy}"), title=event.title, severity="error", timeout=10)

    # Going places

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no way to where one is."""
        return None if action == "go" and parameters == (self.current_mode,) else True

    async def action_go(self, mode: str) -> None:
        """To a main screen."""
        if mode != self.current_mode and len(self.screen_stack) == 1:
            await self.switch_mode(mode)

    async def duel(self, only: str, take: Take | None) -> None:
        """To the duels among the takes that answer to `only`; a run anew if that changed, or a take is to be first."""
        if only != self.duelling.only or take is not None:
            self.duelling = DuelRequest(only, take)
        await self.action_go("duel")

    def action_import_takes(self) -> None:
        """The dialogue for loading files."""
        from tui.browsing.import_dialog import ImportScreen

        self.push_screen(ImportScreen())

    def action_export(self) -> None:
        """The dialogue for taking the best away."""
        from tui.sharing.export_dialog import ExportScreen

        self.push_screen(ExportScreen())

    def action_help(self) -> None:
        """All keys."""
        from tui.frame.help_dialog import HelpScreen

        self.push_screen(HelpScreen())

    async def action_quit(self) -> None:
        """Leave: what was asked for is written, the sound and the worker process end. Asks first if takes are lost."""
        unmade = sum(len(state.recipes) - state.settled for state in self.job_states())
        if unmade and monotonic() - self._asked_to_leave > LEAVE_S:
            self._asked_to_leave = monotonic()
            what = f"{counted(unmade, 'take')} would not be made. Press again to leave; what is finished stays."
            self.tell(what, title="Takes are being made", severity="warning", timeout=LEAVE_S)
            return
        await self._writer.drain()
        self.close_down()
        self.exit()

    def on_unmount(self) -> None:
        """However the app came to its end."""
        self.close_down()

    def close_down(self) -> None:
        """End the processes; safe to call twice."""
        self.deck.player.close()
        if self._queue is not None:
            self._queue.close()

    # Telling

    def tell(self, what: str, *, title: str = "", severity: SeverityLevel = "information", timeout: float = 3) -> None:
        """A line in the corner, never read as markup, and nothing in it that a terminal obeys."""
        what = "\n".join(map(plain, what.split("\n")))
        self.notify(what, title=title, severity=severity, timeout=timeout, markup=False)

    def show_error(self, error: EarmarkError, *, every_s: float = 0.0) -> None:
        """Say what happened and what to do; the same only `every_s` seconds."""
        what, now = str(error), monotonic()
        if now - self._told.get(what, -every_s) >= every_s:
            self._told[what] = now
            self.tell(what, title=error.title, severity="error", timeout=ERROR_S)

    def on_key(self, event: Key) -> None:
        """Before what a key is bound to: see HeldKey.

        A letter that comes by here although text is being typed went to what had the keyboard a moment ago.
        """
        if not self.held.acts(event.key, event.time):
            event.prevent_default()
        elif self.focused is not None and self.focused.check_consume_key(event.key, event.character):
            event.prevent_default()
            self.focused.post_message(Key(event.key, event.character))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A background task failed: an EarmarkError is shown, anything else goes to the log and is named."""
        if event.state is not WorkerState.ERROR or event.worker.error is None:
            return
        error, group = event.worker.error, event.worker.group
        if group == "judging":
            self._serve_judgements()  # one request broke down; the others are to be written all the same
        if isinstance(error, EarmarkError):
            self.show_error(error, every_s=CLOSED_S if group == "looking" else 0.0)
            return
        logging.getLogger(__name__).error("%s failed", event.worker.name, exc_info=error)
        what = f"{event.worker.name}: {type(error).__name__}. Details are in {locations.log_file()}."
        self.tell(what, title="Something went wrong", severity="error")

    def remember(self, **changes: object) -> None:
        """Change settings and keep them: fields of Settings by name."""
        self.settings = msgspec.structs.replace(self.settings, **changes)
        try:
            self._settings_file.keep(self.settings)
        except EarmarkError as error:
            self.show_error(error, every_s=CLOSED_S)


def make_app(
    library: Path | None = None,
    *,
    listener: str | None = None,
    player: Player | None = None,
    settings_path: Path | None = None,
    start: str = "library",
    minutes: float | None = None,
    best: int | None = None,
    only: str = "",
) -> EarmarkApp:
    """The whole app, put together: for the command line, and with other parts for the tests.

    Raises LibraryError or NewerFormatError where `library` can't be one.
    """
    workspace = Workspace(library or locations.default_library(), listener or default_listener())
    if player is None:
        from tui.playing.player.client import AudioPlayer

        player = AudioPlayer()
    return EarmarkApp(
        workspace, player, settings_path=settings_path, start=start, minutes=minutes, best=best, only=only
    )
