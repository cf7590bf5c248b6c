"""The dialogue that puts labels on takes and takes them off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Input, Static

from library.spelling import fold
from library.take import Take
from ratings.errors import LabelError
from ratings.labels.names import COLOURS, label_name
from tui.frame.cursor_list import CursorList
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain
from tui.frame.key_names import key_name
from tui.frame.keys import LABELLING
from tui.frame.labels import DIAMOND
from tui.frame.next_steps import HAS_KEYS
from tui.frame.theme import ink
from tui.workspace import Workspace

MOST_LINES = 8


class LabelChange(NamedTuple):
    """What is to be put on takes, and taken off them."""

    add: list[str]
    remove: list[str]


@dataclass
class Line:
    """A label in the list."""

    name: str
    before: float
    """On what share of the takes it is …"""
    uses: int = 0
    wanted: bool | None = None
    """… and whether it is to be on all or none of them; None leaves it."""

    @property
    def is_on(self) -> bool:
        return self.before == 1 if self.wanted is None else self.wanted

    @property
    def sign(self) -> str:
        if self.wanted is None and 0 < self.before < 1:
            return "~"
        return "✓" if self.is_on else " "

    def toggle(self) -> None:
        wanted = not self.is_on
        self.wanted = None if float(wanted) == self.before else wanted


class LabelList(CursorList[Line], can_focus=False):
    CLICKS = 1
    """Words that are labels: what of them is on, and on how many takes of the library each is."""

    def key_of(self, row: Line) -> str:
        return fold(row.name)

    def draw(self, row: Line, width: int, base: Style) -> Strip:
        part = partial(ink, self, base)
        uses = counted(row.uses, "take") if row.uses else "new"
        room = max(4, width - len(uses) - 5)
        name = Strip([Segment(shortened(plain(row.name), room), base)]).adjust_cell_length(room, base)
        return Strip(
            [Segment(f"{row.sign} ", part("success")), *name, Segment("  ", base), Segment(f"{uses} ", part("quiet"))]
        ).adjust_cell_length(width, base)


class LabelField(Input):
    """The word that is typed. What it can't begin with is left to the keys: a digit is a colour, a blank chooses."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is a letter here."""
        chooses = key == "space" or key in map(str, range(1, len(COLOURS) + 1))
        return super().check_consume_key(key, character) and not (chooses and not self.value)


class LabelDialog(QuestionDialog[LabelChange]):
    """Asks which labels some takes are to have. A label is typed, or chosen; digits are colours."""

    BINDINGS: ClassVar[list[BindingType]] = [*LABELLING]
    CSS = f"""
    LabelDialog {{
        .dialog {{ width: 76; }}
        #colours {{
            height: auto; margin-bottom: 1; link-style: none; link-color: $foreground; link-background: $surface;
            link-color-hover: $primary; link-style-hover: none; link-background-hover: $surface;
        }}
        LabelList {{ height: auto; max-height: {MOST_LINES}; margin-top: 1; }}
    }}
    """

    def __init__(self, workspace: Workspace, takes: Sequence[Take]) -> None:
        super().__init__()
        self._takes = takes
        count = len(takes)
        on: dict[str, int] = {}
        for take in takes:
            for name in workspace.log.labels_on(take.id):
                on[fold(name)] = on.get(fold(name), 0) + 1
        known = workspace.history.known_labels()
        self._lines = {fold(name): Line(name, on.get(fold(name), 0) / count, uses) for name, uses in known.items()}
        for colour in COLOURS:
            self._lines.setdefault(colour, Line(colour, on.get(colour, 0) / count))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Labels"
            dialog.border_subtitle = counted(len(self._takes), "take")
            yield Static(id="colours", classes=HAS_KEYS)
            yield LabelField(placeholder="your own label", id="label", compact=True)
            yield LabelList(id="known")
            put, leave = (key_name(self, f"label.{name}") for name in ("toggle", "cancel"))
            yield DialogKeys(
                (f"enter or {put}", "on, off", "screen.put"),
                ("enter again", "apply", "screen.apply"),
                (leave, "cancel", "screen.dismiss"),
            )

    def on_mount(self) -> None:
        self._show()

    @property
    def _typed(self) -> str:
        return self.query_one("#label", Input).value

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is typed first is a colour or a choice, what follows is part of a name."""
        return action not in ("colour", "put") or not self._typed

    def _show(self) -> None:
        colours = [self._lines[name] for name in COLOURS]
        self.query_one("#colours", Static).update(Content("  ").join(map(self._colour, colours)))
        self.query_one(LabelList).fill(self._matching(), keep=True)
        self.query_one(LabelList).refresh()

    def _colour(self, line: Line) -> Content:
        return Content.from_markup(
            f"[$primary]$key[/] [$label-{line.name}]{DIAMOND}[/] "
            f"[@click=screen.colour('{line.name}')][{'bold' if line.is_on else '$quiet'}]$name[/][/]",
            key=key_name(self, f"label.{line.name}"),
            name=f"{line.name}{line.sign.strip()}",
        )

    def _matching(self) -> list[Line]:
        """What the typed letters are in, and first what begins with them; at the end a label that is not there yet."""
        wanted = fold(self._typed)
        lines = [line for key, line in self._lines.items() if key not in COLOURS and wanted in key]
        lines.sort(key=lambda line: (not fold(line.name).startswith(wanted), not line.before, -line.uses, line.name))
        if wanted and wanted not in self._lines:
            lines.append(Line(self._typed.strip(), 0))
        return lines

    @on(Input.Changed)
    def _typed_on(self) -> None:
        self.query_one(LabelList).cursor = 0
        self._show()

    def action_move(self, by: int) -> None:
        self.query_one(LabelList).move(by)

    def action_colour(self, name: str) -> None:
        self._lines[name].toggle()
        self._show()

    def action_put(self) -> None:
        if (line := self.query_one(LabelList).current) is not None:
            self._toggle(line)

    def action_complete(self) -> None:
        if self._typed and (line := self.query_one(LabelList).current) is not None:
            field = self.query_one("#label", Input)
            field.value = line.name
            field.cursor_position = len(line.name)

    @on(Input.Submitted)
    def _entered(self) -> None:
        """Put what is typed on or off; where nothing is typed, that was all."""
        if not self._typed.strip():
            self.action_apply()
        elif (line := self._lines.get(fold(self._typed)) or self.query_one(LabelList).current) is not None:
            self._toggle(line)

    def action_apply(self) -> None:
        changed = [line for line in self._lines.values() if line.wanted is not None]
        on, off = [line.name for line in changed if line.wanted], [line.name for line in changed if not line.wanted]
        self.dismiss(LabelChange(on, off))

    @on(LabelList.Chosen)
    def _chosen(self, event: LabelList.Chosen[Line]) -> None:
        self._toggle(event.row)

    def _toggle(self, line: Line) -> None:
        try:
            line.name = label_name(line.name)
        except LabelError as error:
            self.query_one(DialogKeys).refuse(str(error))
            return
        line.toggle()
        self._lines[fold(line.name)] = line
        self.query_one("#label", Input).value = ""
        self._show()
