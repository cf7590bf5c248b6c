"""The command palette: what keys do, by name, and what has no key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.strip import Strip
from textual.widgets import Static

from library.spelling import fold
from ratings.browse import SORTS
from tui.frame.cursor_list import CursorList
from tui.frame.dialog import QuestionDialog
from tui.frame.fitted_text import shortened
from tui.frame.formatting import plain
from tui.frame.theme import ink

GAP = 2
KEYS_WIDTH = 12
NAMES_WIDTH = 24


class Command(NamedTuple):
    name: str
    what: str
    actions: tuple[str, ...]
    """What it runs, one after the other."""
    keys: str = ""
    node: DOMNode | None = None
    """Whose actions they are where they don't say; None for the app's."""

    @property
    def text(self) -> str:
        return fold(f"{self.name} {self.what}")


COMMANDS: tuple[Command, ...] = (
    Command("Rate", "Rate one take after another, blind", ("app.go('rate')",)),
    Command("Duel", "Compare two takes, blind", ("app.go('duel')",)),
    Command("Ranking", "Your best takes, prompts and seeds", ("app.go('ranking')",)),
    Command("Generate", "Write prompts, choose seeds, generate takes", ("app.go('generate')",)),
    Command("Record a draft", "Hum or play something for new takes to follow",
            ("app.go('generate')", "screen.record_draft")),
    Command("Add a generator", "A command or a server of yours",
            ("app.go('generate')", "screen.define_generator")),
    Command("Library", "All takes", ("app.go('library')",)),
    Command("Open another library", "A recent one, or any folder", ("app.open_library",)),
    Command("Import takes", "Import files or folders", ("app.import_takes",)),
    Command("Export the best", "Export the best as WAVs", ("app.export",)),
    Command("Collect panel answers", "What friends sent back of a blind panel", ("app.collect",)),
    Command("Free disk space", "Drop sounds that are proven to come back", ("app.purge",)),
    *(Command(f"Sort by {sort}", "Sort the library", ("app.go('library')", f"screen.sort_by('{sort}')"))
      for sort in SORTS),
    Command("Help", "All keys", ("app.help",)),
    Command("Doctor", "What to do when something doesn't work", ("app.doctor",)),
    Command("Screenshot", "Save a picture of the screen (SVG)", ("app.screenshot",)),
)  # fmt: skip
"""What can be done from every screen."""


def commands_of(active: Mapping[str, ActiveBinding], shown: Mapping[str, str], themes: Iterable[str]) -> list[Command]:
    """All there is to do where these bindings are active. `shown` has how each of their keys is written."""
    keys: dict[str, list[str]] = {}
    bindings: dict[str, ActiveBinding] = {}
    for pressed, bound in active.items():
        binding = bound.binding
        if binding.id and bound.enabled and not binding.system and binding.id != "go.palette":
            keys.setdefault(binding.action, []).append(shown[pressed])
            bindings.setdefault(binding.action, bound)
    found = [command._replace(keys=" ".join(keys.get(command.actions[0], ()))[:KEYS_WIDTH])
             if len(command.actions) == 1 else command for command in COMMANDS]  # fmt: skip
    known = {command.actions[0] for command in COMMANDS if len(command.actions) == 1}
    found += [
        Command(bound.binding.description, bound.tooltip, (action,), " ".join(keys[action]), bound.node)
        for action, bound in bindings.items()
        if action not in known
    ]
    return found + [Command(f"Theme: {theme}", "Colours", (f"app.use_theme('{theme}')",)) for theme in sorted(themes)]


def matching(commands: Iterable[Command], text: str) -> list[Command]:
    """Those with all words of `text`, and first those whose names begin with it."""
    words = fold(text).split()
    found = [command for command in commands if all(word in command.text for word in words)]
    return sorted(found, key=lambda command: (
        not fold(command.name).startswith(" ".join(words)),
        not all(word in fold(command.name) for word in words),
    ))  # fmt: skip


class CommandList(CursorList[Command], can_focus=False):
    """A command a line: its name, what it does, its keys."""

    CLICKS = 1

    def key_of(self, row: Command) -> tuple[str, ...]:
        return row.actions

    def draw(self, row: Command, width: int, base: Style) -> Strip:
        quiet = ink(self, base, "quiet")
        room = max(0, width - NAMES_WIDTH - KEYS_WIDTH - 2 * GAP)
        return Strip(
            [
                Segment(f"{shortened(row.name, NAMES_WIDTH):<{NAMES_WIDTH + GAP}}", base),
                *Strip([Segment(shortened(row.what, room), quiet)]).adjust_cell_length(room + GAP, base),
                Segment(f"{shortened(row.keys, KEYS_WIDTH):>{KEYS_WIDTH}}", ink(self, base, "primary")),
            ]
        ).adjust_cell_length(width, base)


class Palette(QuestionDialog[Command]):
    """Asks for a command. Which keys come, how fast and how many, never matters: it answers once.

    It reads the keys itself, one after the other: with a field for the words, an enter could overtake them.
    """

    AUTO_FOCUS = ""
    CSS = """
    Palette {
        .dialog { height: 80%; width: 92; padding: 0 1; }
        #wanted { height: 1; margin-bottom: 1; padding: 0 1; background: $panel; }
        #no-command { color: $quiet; padding: 0 1; display: none; }
    }
    """

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands
        self._wanted = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Commands"
            yield Static(id="wanted")
            yield CommandList(id="commands")
            yield Static("No matching command.", id="no-command", markup=False)

    def on_mount(self) -> None:
        self._want("")

    def _want(self, text: str) -> None:
        self._wanted = text
        words = (text, "") if text else ("", "type what you want to do")
        self.query_one("#wanted", Static).update(Content.assemble(words[0], ("▏", "$primary"), (words[1], "$quiet")))
        found = matching(self._commands, text)
        self.query_one(CommandList).fill(found, keep=False)
        self.query_one("#no-command").display = not found

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        commands = self.query_one(CommandList)
        match event.key:
            case "escape" | "ctrl+p":
                self.dismiss(None)
            case "enter":
                if commands.current is not None:
                    self.dismiss(commands.current)
            case "up" | "down":
                commands.move(1 if event.key == "down" else -1)
            case "pageup" | "pagedown":
                commands.action_page(1 if event.key == "pagedown" else -1)
            case "home" | "end":
                commands.action_to(0 if event.key == "home" else -1)
            case "backspace":
                self._want(self._wanted[:-1])
            case "ctrl+u":
                self._want("")
            case _ if event.character is not None and event.is_printable:
                self._want(self._wanted + event.character)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._want(self._wanted + plain(event.text))

    @on(CommandList.Chosen)
    def _chosen(self, event: CommandList.Chosen[Command]) -> None:
        self.dismiss(event.row)
