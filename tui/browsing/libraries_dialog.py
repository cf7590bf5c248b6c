"""Another library: one of those that were open before, or any folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Input, Label, Static

from library.errors import EarmarkError
from tui.browsing.keys import LIBRARIES
from tui.frame.confirm_dialog import ConfirmDialog
from tui.frame.cursor_list import CursorList
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain
from tui.frame.key_names import key_name
from tui.frame.path_field import PathField
from tui.frame.theme import ink
from tui.workspace import Workspace

NAME_WIDTH = 24


class RecentList(CursorList[str], can_focus=False):
    """A library a line: the name of its folder, then where that is."""

    def key_of(self, row: str) -> str:
        return row

    def draw(self, row: str, width: int, base: Style) -> Strip:
        path = Path(row)
        name = Strip([Segment(f" {shortened(plain(path.name or row), NAME_WIDTH - 2)}", base)])
        where = shortened(plain(str(path.parent)), max(0, width - NAME_WIDTH))
        return Strip(
            [*name.adjust_cell_length(NAME_WIDTH, base), Segment(where, ink(self, base, "quiet"))]
        ).adjust_cell_length(width, base)


class LibrariesDialog(QuestionDialog[Workspace]):
    """Asks which; the result is that library, ready to be read. One that can't be opened is told of here."""

    BINDINGS: ClassVar[list[BindingType]] = [*LIBRARIES]
    CSS: ClassVar[str] = """
    LibrariesDialog {
        RecentList { height: auto; max-height: 12; margin-bottom: 1; }
        Label { color: $quiet; }
        .here { color: $quiet; margin-bottom: 1; }
    }
    """

    def __init__(self, here: str, recent: Sequence[str], listener: str) -> None:
        """`here` is the library that is open, `recent` are others; `listener` is who would judge."""
        super().__init__()
        self._here, self._recent, self._listener = here, recent, listener
        self._to_begin: Path | None = None
        """Where a new library is begun if enter is pressed once more."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Open another library"
            yield Static(f"Open now: {plain(self._here)}", classes="here", markup=False)
            if self._recent:
                yield Label("Recent (↑ ↓)")
                yield RecentList(id="recent")
            yield Label("Or the folder of any library; → completes")
            yield PathField("", id="folder")
            cancel = key_name(self, "libraries.cancel")
            yield DialogKeys(("enter", "open", "screen.open"), (cancel, "cancel", "screen.dismiss"))

    def on_mount(self) -> None:
        for recent in self.query(RecentList):
            recent.styles.height = min(12, len(self._recent))
            recent.fill(self._recent)
        self.query_one(PathField).focus()

    def action_move(self, by: int) -> None:
        for recent in self.query(RecentList):
            recent.move(by)

    @on(RecentList.Chosen)
    def _chosen(self, event: RecentList.Chosen[str]) -> None:
        self._open(Path(event.row))

    @on(Input.Changed)
    def _typed(self) -> None:
        self._to_begin = None

    @on(Input.Submitted)
    def action_open(self) -> None:
        """What is typed, or else the recent one under the cursor."""
        try:
            typed = self.query_one(PathField).paths
        except EarmarkError as error:
            self._refuse(str(error))
            return
        recent = [Path(row) for lists in self.query(RecentList) if (row := lists.current) is not None]
        for path in (typed or recent)[:1]:
            self._open(path)

    @work(exclusive=True, group="opening", name="opening a library", exit_on_error=False)
    async def _open(self, path: Path) -> None:
        try:
            workspace = await asyncio.to_thread(Workspace, path, self._listener)
            there = await asyncio.to_thread(workspace.library.is_there)
        except EarmarkError as error:
            self._refuse(str(error))
            return
        root = workspace.library.root
        if str(root) == self._here:
            self._refuse("This library is open already.")
        elif not there and self._to_begin != root:
            self._to_begin = root
            self._refuse(f"There is no library in {plain(str(root))} yet. Press enter again to start one there.")
        else:
            self.dismiss(workspace)

    def _refuse(self, words: str) -> None:
        self.query_one(DialogKeys).refuse(words)


def loses_takes(unmade: int) -> ConfirmDialog:
    """Asks whether takes that are being made may wait until this library is open again."""
    words = f"{counted(unmade, 'take')} still to come. The rest waits in this library until you open it again."
    return ConfirmDialog("Takes are being made", words, "open it anyway")
