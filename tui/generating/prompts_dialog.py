"""The dialogue that offers prompts: ideas, those that were used, favourites, those in a file."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.strip import Strip
from textual.widgets import Input, Label, Select, Static
from textual.worker import Worker

from library.errors import EarmarkError
from library.spelling import fold, one_spelling
from ratings.ideas.idea import Idea
from tui.context import AppContext
from tui.frame.choice import Choice
from tui.frame.cursor_list import CursorList
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.fit_thread import run_on_fit_thread
from tui.frame.fitted_text import shortened
from tui.frame.formatting import plain
from tui.frame.key_names import key_name
from tui.frame.path_field import PathField
from tui.frame.theme import ink
from tui.frame.tick import Tick
from tui.generating.keys import PROMPTS
from tui.generating.prompt_sources import PromptRow, rows_of_file, rows_of_history, rows_of_ideas

if TYPE_CHECKING:
    from ratings.ranking.ranking import RankedRow

IDEAS, SERVER, HISTORY, FAVOURITES, FILE = "ideas", "server", "history", "favourites", "file"
SOURCES = {
    IDEAS: "ideas: from what you liked, and new ones",
    SERVER: "ideas of a language model",
    HISTORY: "prompts you used",
    FAVOURITES: "favourites",
    FILE: "a file of prompts",
}
COUNT = 20
TOLD = 12
"""Prompts that a server is told as liked, and as many as disliked."""
MOST_FAVOURITES = 500
MOST_LINES = 10
SIGNS = 4
"""Cells before a prompt in the list."""


class PromptList(CursorList[PromptRow]):
    """A prompt a line: what is chosen, what is a favourite."""

    CLICKS = 1

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.chosen: dict[str, None] = {}
        self.favourites: Collection[str] = ()

    def key_of(self, row: PromptRow) -> str:
        return row.line

    def draw(self, row: PromptRow, width: int, base: Style) -> Strip:
        part = partial(ink, self, base)
        signs = Segment("✓ " if row.line in self.chosen else "  ", part("success"))
        star = Segment("★ " if row.line in self.favourites else "  ", part("star"))
        words = Segment(shortened(plain(row.line), max(SIGNS, width - SIGNS)), base)
        return Strip([signs, star, words]).adjust_cell_length(width, base)


class PromptsDialog(QuestionDialog[list[str]]):
    """Answers with the lines to write into the form; None for none."""

    BINDINGS: ClassVar[list[BindingType]] = [*PROMPTS]
    CSS = f"""
    PromptsDialog {{
        Label {{ color: $quiet; margin-top: 1; }}
        .row {{ height: auto; }}
        .row Vertical {{ height: auto; width: 1fr; }}
        .row Vertical.right {{ margin-left: 2; }}
        .part {{ height: auto; }}
        Tick {{ border: none; padding: 0; background: transparent; }}
        PromptList {{ height: auto; max-height: {MOST_LINES}; margin-top: 1; }}
        #because {{ color: $quiet; height: 3; margin-top: 1; }}
        &.-short .dialog {{ padding: 0 2; }}
        &.-short Label {{ margin-top: 0; }}
        &.-short PromptList {{ max-height: 6; }}
    }}
    """

    def __init__(self, context: AppContext, written: Collection[str]) -> None:
        """`written` are the prompts in the form already."""
        super().__init__()
        self.context = context
        self._written = written
        self._rows: list[PromptRow] = []
        """Of the source that is chosen, before the words filter them."""
        self._left = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Prompts"
            options = [(words, source) for source, words in SOURCES.items()]
            yield Choice(options, value=IDEAS, allow_blank=False, compact=True, id="source")
            with Vertical(id="words-part", classes="part"):
                yield Label("With these words in them")
                yield Input("", id="words", compact=True)
            with Vertical(id="server-part", classes="part"):
                with Horizontal(classes="row"):
                    with Vertical():
                        yield Label("Server (Ollama, llama.cpp …)")
                        yield Input("http://127.0.0.1:11434", id="server", compact=True)
                    with Vertical(classes="right"):
                        yield Label("Model")
                        yield Input("", id="model", placeholder="the first it has", compact=True)
                yield Tick("tell it what you liked and disliked", id="tell", compact=True)
            with Vertical(id="file-part", classes="part"):
                yield Label("File, one prompt per line; → completes")
                yield PathField("~/", id="file", select_on_focus=False)
            yield PromptList(id="prompts-list")
            yield Static("", id="because", markup=False)
            yield DialogKeys(*self._deeds())

    def _deeds(self) -> list[tuple[str, str, str]]:
        names = {
            "toggle": ("choose", "screen.choose"),
            "take": ("use", "screen.take"),
            "favourite": ("favourite", "screen.favourite"),
            "others": ("other ideas", "screen.others"),
            "cancel": ("cancel", "screen.dismiss"),
        }
        return [(key_name(self, f"prompts.{name}"), what, action) for name, (what, action) in names.items()]

    def on_mount(self) -> None:
        self.shown.favourites = self.context.settings.favourites
        self._show_source()
        self.shown.focus()

    def on_unmount(self) -> None:
        self._left = True

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.context.report_failure(event)

    @property
    def shown(self) -> PromptList:
        return self.query_one(PromptList)

    @property
    def source(self) -> str:
        return str(self.query_one("#source", Select).value)

    def _text(self, field: str) -> str:
        return one_spelling(self.query_one(f"#{field}", Input).value)

    # What is listed

    @on(Select.Changed, "#source")
    def _show_source(self) -> None:
        source = self.source
        self.query_one("#server-part").display = source == SERVER
        self.query_one("#file-part").display = source == FILE
        self._list([])
        if source == IDEAS:
            self._think()
        elif source == HISTORY:
            self._list(rows_of_history(self.context.workspace.catalog))
        elif source == FAVOURITES:
            self._list([PromptRow(line) for line in self.context.settings.favourites])

    @on(Input.Changed, "#words")
    def _filter(self) -> None:
        if self.source not in (IDEAS, SERVER):
            self._list(self._rows)

    @on(Input.Submitted)
    def action_others(self) -> None:
        """Enter in a field, or O: ask anew."""
        match self.source:
            case "ideas":
                self._think()
            case "server":
                self._ask()
            case "file":
                self._open()

    def _list(self, rows: list[PromptRow]) -> None:
        self._rows = rows
        words = fold(self._text("words")).split() if self.source not in (IDEAS, SERVER) else []
        self.shown.fill([row for row in rows if all(word in fold(row.line) for word in words)], keep=False)
        self._show_reason()

    def _open(self) -> None:
        try:
            paths = self.query_one(PathField).paths
            rows = [row for path in paths for row in rows_of_file(path)]
        except EarmarkError as error:
            self.query_one(DialogKeys).refuse(str(error))
            return
        self._show_found(rows)

    def _show_found(self, rows: list[PromptRow]) -> None:
        self.query_one(DialogKeys).offer(*self._deeds())
        self._list(rows)
        self.shown.focus()

    @work(group="ideas", name="thinking of prompts", exclusive=True, exit_on_error=False)
    async def _think(self) -> None:
        found = await run_on_fit_thread(self._ideas, self._text("words"))
        if self.source == IDEAS:
            self._show_found(rows_of_ideas(found))

    @work(group="ideas", name="asking a server for prompts", exclusive=True, exit_on_error=False)
    async def _ask(self) -> None:
        self.query_one("#because", Static).update("Asking …")
        given = (self._text("server"), self._text("model") or None, self._text("words"))
        tell = self.query_one("#tell", Tick).value
        rows = await run_on_fit_thread(self._ranked) if tell else []
        try:
            found = await asyncio.to_thread(self._servers_ideas, *given, rows)
        except EarmarkError as error:
            if self.is_mounted:
                self._show_reason()
                self.query_one(DialogKeys).refuse(str(error))
            return
        if self.is_mounted and self.source == SERVER:
            self._show_found(rows_of_ideas(found))

    def _ranked(self) -> list[RankedRow]:
        """The prompts, best first. For the thread of fits."""
        from ratings.ranking.ranking import RankedTakes

        return RankedTakes.judged(self.context.workspace.catalog, self.context.workspace.history).rank(by="prompt")

    def _known(self) -> Collection[str]:
        from ratings.ideas.ideas import known_prompts

        return known_prompts(self.context.workspace.catalog) | {fold(prompt) for prompt in self._written}

    def _ideas(self, text: str) -> list[Idea]:
        """For the thread of fits."""
        from ratings.ideas.ideas import ideas

        return ideas(self._ranked(), text, COUNT, self._known(), secrets.randbits(32))

    def _servers_ideas(self, url: str, model: str | None, text: str, rows: Sequence[RankedRow]) -> list[Idea]:
        """For a thread. It is told of these `rows`. Raises IdeasError."""
        from ratings.ideas.ideas import liked_and_disliked
        from ratings.ideas.server import ask_server

        liked, disliked = liked_and_disliked(rows, TOLD)
        known = self._known()
        return ask_server(url, model, text, COUNT, known, liked=liked, disliked=disliked, stopped=lambda: self._left)

    # What is done with it

    @on(PromptList.Highlighted)
    def _show_reason(self) -> None:
        """Why the prompt under the cursor is there, and all of it where the list cuts it."""
        row = self.shown.current
        if row is None:
            words = {FAVOURITES: "No favourites yet.", HISTORY: "No prompts yet."}.get(self.source, "")
        else:
            whole = row.line if cell_len(plain(row.line)) > self.shown.size.width - SIGNS else ""
            words = plain(" · ".join(filter(None, (whole, row.because))))
        self.query_one("#because", Static).update(words)

    @on(PromptList.Chosen)
    def action_choose(self) -> None:
        if (row := self.shown.current) is not None:
            if row.line in self.shown.chosen:
                del self.shown.chosen[row.line]
            else:
                self.shown.chosen[row.line] = None
            self.shown.refresh()

    def action_favourite(self) -> None:
        if (row := self.shown.current) is None:
            return
        kept = [line for line in self.context.settings.favourites if line != row.line]
        if len(kept) == len(self.context.settings.favourites):
            kept = [row.line, *kept][:MOST_FAVOURITES]
        self.context.remember(favourites=tuple(kept))
        self.shown.favourites = self.context.settings.favourites
        self.shown.refresh()

    def action_move(self, by: int) -> None:
        self.shown.move(by)

    def action_take(self) -> None:
        """What is chosen, or else what is under the cursor."""
        row = self.shown.current
        self.dismiss([*self.shown.chosen] or ([row.line] if row is not None else None))
