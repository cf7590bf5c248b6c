"""The dialogue for taking takes away: which, as what, under which names; and what that comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Select, Static

from library.errors import EarmarkError, LibraryError
from library.take import Take
from ratings.errors import ExportError
from ratings.filtering.query import Query
from ratings.labels.names import in_order
from tui.context import AppContext
from tui.frame.choice import Choice
from tui.frame.filter_field import FilterField
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, duration_words, plain
from tui.frame.path_field import PathField
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome
from tui.frame.tick import Tick
from tui.frame.typed_number import typed_number
from tui.settings import ExportAs

if TYPE_CHECKING:
    from ratings.export import ExportReport, ExportRequest
    from ratings.gallery.gallery import Gallery
    from ratings.panel.panel import Panel

PAGE, PANEL = "page", "panel"
FORMATS = (
    ("WAV", "wav"),
    ("FLAC", "flac"),
    ("MP3", "mp3"),
    ("Opus", "opus"),
    ("Ogg Vorbis", "ogg"),
    ("web page", PAGE),
    ("blind panel", PANEL),
)
PAGES = {PAGE: "on one page to listen to", PANEL: "in one file in which friends rate them blind"}
PANEL_FILE = "panel.html"
SUBTYPES = (("same as take", "as"), ("16 bit", "PCM_16"), ("24 bit", "PCM_24"), ("32 bit float", "FLOAT"))
PATTERNS = "rank prompt seed stars score id generator model label date len"
BEST, SELECTED, FILTER = "best", "selected", "filter"
"""Which takes: those that were judged, those that were selected, those that a filter finds."""
USUAL = "10"
"""So many of the best go, unless more or less is asked for."""
NAMED = 3
"""So many names are foretold."""
SETTLE_S = 0.15
NOTHING = "No takes match: nothing is judged yet, or the limits are too strict."


class ExportDialog(TaskDialog["ExportReport | Gallery | Panel"]):
    """Asks which takes go where; shows what that will be, and how far it is."""

    CSS: ClassVar[str] = """
    ExportDialog {
        .fields { height: 3; }
        .fields Vertical { width: 1fr; height: 3; margin-right: 2; }
        Select { height: 1; }
        #forecast { height: auto; max-height: 5; margin-top: 1; color: $quiet; }
        &.-short {
            .dialog Label, .dialog Tick { margin-top: 0; }
            .fields, .fields Vertical { height: 2; }
            #forecast { max-height: 3; margin-top: 0; }
        }
    }
    """

    def __init__(
        self, context: AppContext, takes: Sequence[Take] = (), filter: str = "", *, blind: bool = False
    ) -> None:
        """`takes` are those that were selected; `filter` is that of the list. A `blind` one names no take."""
        super().__init__(context)
        self._blind = blind
        self._selected = tuple(take.id for take in takes)
        self._filter = filter.strip()
        workspace = context.workspace
        self._labels = in_order(tuple(workspace.history.known_labels()))

    def compose(self) -> ComposeResult:
        chosen = SELECTED if self._selected else FILTER if self._filter else BEST
        last = self.context.settings.export
        format = last.format if last.format in dict(FORMATS).values() else "wav"
        subtype = last.subtype if last.subtype in dict(SUBTYPES).values() else "as"
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Export"
            yield Label("Folder", classes="first")
            yield PathField(last.folder, id="folder")
            with Horizontal(classes="fields"):
                yield Vertical(
                    Label("Takes"), Choice(self._choices(), value=chosen, allow_blank=False, id="which", compact=True)
                )
                yield Vertical(
                    Label("Filter"),
                    FilterField(self.context, self._filter, id="filter", placeholder="words, label:live …"),
                    id="filtered",
                )
            with Horizontal(classes="fields"):
                many = USUAL if chosen == BEST else ""
                yield Vertical(Label("How many"), Input(many, id="count", placeholder="all", compact=True))
                yield Vertical(Label("Minimum stars"), Input("", id="stars", placeholder="any", compact=True))
                yield Vertical(Label("Max per prompt"), Input("", id="per-prompt", placeholder="any", compact=True))
            with Horizontal(classes="fields"):
                yield Vertical(
                    Label("Format"), Choice(FORMATS, value=format, allow_blank=False, id="format", compact=True)
                )
                yield Vertical(
                    Label("Bit depth"), Choice(SUBTYPES, value=subtype, allow_blank=False, id="subtype", compact=True)
                )
                yield Vertical(
                    Label("Loudness (LUFS)"),
                    Input(last.normalize, id="normalize", placeholder="unchanged", compact=True),
                )
            yield Label("Names, such as {rank:02} {prompt} s{seed}")
            yield Input(last.name, id="name", placeholder=PATTERNS, compact=True)
            yield Tick("only picked takes", id="picks", compact=True)
            yield Static("", id="forecast", markup=False)
            yield from self.compose_end("Export")

    def on_mount(self) -> None:
        from ratings.export.forecast import Forecaster

        workspace = self.context.workspace
        self._forecaster = Forecaster(workspace.catalog, workspace.history, workspace.view)
        self._show_fields()
        self._offer_collections()

    @work(group="collections", exit_on_error=False)
    async def _offer_collections(self) -> None:
        """Those that were saved, behind the other choices."""
        try:
            there = await asyncio.to_thread(self.context.workspace.collections.all)
        except LibraryError:
            return  # the library's own page names it
        which = self.query_one("#which", Select)
        chosen = which.value
        known = [option for option in self._choices() if option[1] not in {one.filter for one in there}]
        which.set_options([*known, *((f"collection: {plain(one.name)}", one.filter) for one in there if one.filter)])
        which.value = chosen

    def _choices(self) -> list[tuple[str, str]]:
        selected = [(f"the {counted(len(self._selected), 'take')} selected", SELECTED)] if self._selected else []
        labels = [(f"label: {plain(name)}", f'label:"{name}"') for name in self._labels]
        return [*selected, ("the best", BEST), ("matching a filter", FILTER), *labels]

    # What is asked for

    @on(Select.Changed, "#which")
    def _choose(self, event: Select.Changed) -> None:
        """A label or a collection is a filter that need not be typed. Of a choice all go, of the best a few."""
        chosen, count = str(event.value), self.query_one("#count", Input)
        if chosen not in (BEST, SELECTED, FILTER):
            self.query_one(FilterField).value = chosen
        if count.value in ("", USUAL):
            count.value = USUAL if chosen == BEST else ""
        self._show_fields()

    @on(Select.Changed)
    @on(Input.Changed)
    @on(Tick.Changed)
    def _changed(self) -> None:
        if self.is_mounted:
            self._show_fields()
            self._foretell()

    def _show_fields(self) -> None:
        """What makes no sense for what is chosen can't be filled in."""
        which, format = self.query_one("#which", Select).value, self.query_one("#format", Select).value
        self.query_one("#filtered").display = which not in (BEST, SELECTED)
        self.query_one("#subtype", Select).disabled = format not in ("wav", "flac")
        for field in ("#normalize", "#name"):
            self.query_one(field, Input).disabled = format in PAGES

    @property
    def _page(self) -> str:
        """Which page it is to be, if it is one."""
        format = str(self.query_one("#format", Select).value)
        return format if format in PAGES else ""

    def _number(self, name: str, what: str) -> float | None:
        text = self.query_one(f"#{name}", Input).value.strip()
        try:
            return typed_number(text) if text else None
        except ValueError:
            what = f"{what} must be a number, not “{plain(text)}”."
            raise ExportError(what, "Enter a number, or leave it empty.") from None

    def _whole(self, name: str, what: str) -> int | None:
        number = self._number(name, what)
        if number is None:
            return None
        if number < 1 or number != int(number):
            raise ExportError(f"{what} can't be {number:g}.", "Enter a whole number, 1 or more, or leave it empty.")
        return int(number)

    def _request(self) -> ExportRequest:
        """What the fields ask for. Raises ExportError."""
        from ratings.export import ExportRequest

        folders = self.query_one("#folder", PathField).paths
        if not folders:
            raise ExportError("There's no folder to export to.", "Choose a folder.")
        which, filter = self.query_one("#which", Select).value, self.query_one(FilterField).value.strip()
        takes: tuple[str, ...] | None = None
        if which == SELECTED:
            takes, filter = self._selected, ""
        elif which == BEST:
            filter = ""
        else:
            if faults := self.context.workspace.vocabulary.faults(Query.parse(filter)):
                raise ExportError(faults[0].what, faults[0].remedy)
            takes = None if filter else tuple(take.id for take in self.context.workspace.catalog)
        subtype = self.query_one("#subtype", Select)
        return ExportRequest(
            destination=folders[0],
            takes=takes,
            filter=filter,
            count=self._whole("count", "How many"),
            min_stars=self._number("stars", "Minimum stars"),
            picks=self.query_one("#picks", Tick).value,
            per_prompt=self._whole("per-prompt", "Max per prompt"),
            format="mp3" if self._page else self.query_one("#format", Select).value,  # type: ignore[arg-type]
            name=None if self._page else self.query_one("#name", Input).value or None,
            subtype=None if subtype.value == "as" or subtype.disabled else subtype.value,  # type: ignore[arg-type]
            normalize=None if self._page else self._number("normalize", "Loudness"),
        )

    # What that comes to

    @work(group="forecast", exclusive=True, exit_on_error=False)
    async def _foretell(self) -> None:
        await asyncio.sleep(SETTLE_S)
        words = self.query_one("#forecast", Static)
        try:
            forecast = await asyncio.to_thread(self._forecaster.foretell, self._request())
        except EarmarkError as error:
            words.update(plain(str(error)))
            return
        if not forecast.takes:
            words.update("No takes match.")
            return
        size = f"{counted(forecast.takes, 'take')}, {duration_words(forecast.seconds)}"
        if self._page:
            words.update(f"{size}, {PAGES[self._page]}")
            return
        if self._blind:
            words.update(f"{size}\nNo names until you have answered.")
            return
        names = [shortened(plain(name), 70) for name in forecast.names[:NAMED]]
        more = f"\n… {forecast.takes - NAMED:,} more" if forecast.takes > NAMED else ""
        words.update(f"{size}\n" + "\n".join(names) + more)

    def prepare_task(self) -> Callable[[Progress, Stopped], ExportReport | Gallery | Panel]:
        request, workspace, forecaster = self._request(), self.context.workspace, self._forecaster
        self._destination, page = plain(str(request.destination)), self._page
        if not page:
            self._remember()

        def write(progress: Progress, stopped: Stopped) -> ExportReport | Gallery | Panel:
            from ratings.export import run_export
            from ratings.gallery.gallery import write_gallery
            from ratings.panel.panel import write_panel

            named = forecaster.naming(request)
            if page == PAGE:
                return write_gallery(workspace.catalog, workspace.history, named, progress=progress, cancelled=stopped)
            if page == PANEL:
                file = replace(named, destination=named.destination / PANEL_FILE)
                return write_panel(workspace.catalog, workspace.history, file, progress=progress, cancelled=stopped)
            return run_export(workspace.catalog, workspace.history, named, progress=progress, cancelled=stopped)

        return write

    def _remember(self) -> None:
        """The next export of files goes there, too, as the same."""
        typed = {name: self.query_one(f"#{name}", Input).value for name in ("folder", "normalize", "name")}
        chosen = {name: str(self.query_one(f"#{name}", Select).value) for name in ("format", "subtype")}
        self.context.remember(export=ExportAs(**typed, **chosen))

    def finished(self, report: ExportReport | Gallery | Panel) -> TaskOutcome:
        """What is there now, and what could not be written."""
        from ratings.gallery.gallery import Gallery
        from ratings.panel.panel import Panel

        if isinstance(report, Panel):
            return self._panel_made(report)
        return self._page_made(report) if isinstance(report, Gallery) else self._exported(report)

    def _page_made(self, gallery: Gallery) -> TaskOutcome:
        failed = [f"{take[:8]}: {reason}" for take, reason in gallery.failed]
        if gallery.cancelled:
            summary = "Stopped: no page was made."
        elif gallery.takes:
            summary = f"{counted(gallery.takes, 'take')} on {plain(str(gallery.files[-1]))}. Open it in a browser."
        else:
            summary = "" if failed else NOTHING
        return TaskOutcome(summary, gallery.takes > 0 and not failed, failed)

    def _panel_made(self, panel: Panel) -> TaskOutcome:
        failed = [f"{take[:8]}: {reason}" for take, reason in panel.failed]
        if panel.cancelled:
            summary = "Stopped: no page was made."
        elif panel.files:
            asks = f"{counted(panel.questions, 'question')}, some {panel.minutes:.0f} min"
            summary = (
                f"{asks}, in {plain(str(panel.files[0]))}. Send it to friends; ctrl+p, then “collect”, for answers."
            )
        else:
            summary = "" if failed else "A panel needs two takes or more."
        return TaskOutcome(summary, bool(panel.files) and not failed, failed)

    def _exported(self, report: ExportReport) -> TaskOutcome:
        failed = [f"{failure.take[:8]}: {failure.reason}" for failure in report.failed]
        summary = f"{counted(len(report.files), 'take')} exported to {self._destination}"
        if kept := sum(file.kept for file in report.files):
            summary += f", {kept} of them already there"
        if quieter := sum(file.turned_down for file in report.files):
            summary += f", {quieter} turned down to avoid clipping"
        if short := sum(file.short_lu > 0 for file in report.files):
            summary += f", {short} quieter than asked, since their peaks allow no more gain"
        if report.cancelled:
            summary += "; stopped before it finished"
        elif not report.files:
            return TaskOutcome("" if failed else NOTHING, False, failed)
        return TaskOutcome(f"{summary}.", bool(report.files) and not failed, failed)
