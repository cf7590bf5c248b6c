"""A quiet line for takes that are being made, and for those that are there to be heard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Static

from tui.context import AppContext
from tui.frame.key_names import key_name
from tui.frame.next_steps import HAS_KEYS
from tui.messages import LibraryChanged

if TYPE_CHECKING:
    from library.jobs.events import Event
    from ratings.judgement import AnyJudgement


class Tray(Static):
    """There only while there is something in it. It names no take: it stands below blind questions, too."""

    DEFAULT_CSS: ClassVar[str] = """
    Tray {
        height: 1; margin: 0 1; padding: 0 1; display: none; color: $quiet;
        link-color: $accent; link-style: none;
        link-color-hover: $foreground; link-background-hover: $background; link-style-hover: bold;
        &.-filled { display: block; }
    }
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__("", markup=False, classes=HAS_KEYS)
        self._shared = context
        self._note = ""

    def on_mount(self) -> None:
        self._shared.jobs.subscribe(self, self._job_moved)
        self._shared.library_changed.subscribe(self, self._library_changed)
        self._shared.judged.subscribe(self, self._judged)
        self.draw()

    def _job_moved(self, event: Event) -> None:
        from library.jobs.events import AboutTake, JobEnded, JobProgress

        if isinstance(event, AboutTake | JobEnded | JobProgress):
            self.draw()

    def _library_changed(self, change: LibraryChanged) -> None:
        self.draw()

    def _judged(self, judgements: list[AnyJudgement]) -> None:
        self.draw()

    def say(self, note: str) -> None:
        """What goes on meanwhile; empty for nothing."""
        self._note = note
        self.draw()

    def draw(self) -> None:
        """Show what is coming and what is new."""
        line = Content("  ·  ").join(self._parts())
        self.set_class(bool(line), "-filled")
        self.update(line)

    def _parts(self) -> Iterator[Content]:
        coming = sum(len(state.missing) for state in self._shared.job_states())
        fresh = len(self._shared.fresh_takes)
        if self._note:
            yield Content(self._note)
        if coming:
            yield Content(f"{coming:,} coming")
        if fresh:
            it = "it" if fresh == 1 else "them"
            hear = "[@click=screen.rate_listed][b]$key[/] to hear $it[/]"
            words = Content.from_markup(hear, key=key_name(self, "go.rate"), it=it)
            yield Content.assemble((f"{fresh:,} new", "$accent"), "  ·  ", words)
