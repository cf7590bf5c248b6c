"""The bottom line: the keys that help most here, as many as fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import ActiveBinding, Binding, BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tui.frame.keys import HELPFUL, HELPFUL_HERE
from tui.frame.theme import ink

GAP = 2


@runtime_checkable
class HasHelpfulKeys(Protocol):
    """A screen that says which keys, by their ids, help most as things are."""

    @property
    def helpful_now(self) -> Sequence[str]: ...


class Hint(NamedTuple):
    """A key (or a row of keys) and what it does."""

    id: str
    keys: str
    label: str
    press: str
    """The key that a click stands for."""

    @property
    def width(self) -> int:
        return cell_len(self.keys) + 1 + cell_len(self.label)


class Footer(Widget):
    """Drops the least helpful keys where room is short, never the way to all of them. A click presses a key."""

    DEFAULT_CSS: ClassVar[str] = """
    Footer {
        dock: bottom;
        height: 1;
        margin: 0 1;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.places_of_keys: list[tuple[int, int, Hint]] = []
        """From which cell to which each stands, and what it is."""

    @property
    def shown(self) -> frozenset[str]:
        """The ids of the keys that there is room for."""
        return frozenset(hint.id for hint in self._fitting())

    def _fitting(self) -> list[Hint]:
        first = self.screen.helpful_now if isinstance(self.screen, HasHelpfulKeys) else ()
        return fitting(self._hints(), self.size.width, first)

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        for start, end, hint in self.places_of_keys:
            if start <= event.x < end:
                self.app.simulate_key(hint.press)

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.size.width
        key = ink(self, base, "footer-key-foreground") + Style(bold=True)
        label = ink(self, base, "footer-description-foreground")
        segments: list[Segment] = []
        self.places_of_keys, x = [], 0
        for hint in self._fitting():
            segments += [Segment(hint.keys, key), Segment(f" {hint.label}{' ' * GAP}", label)]
            self.places_of_keys.append((x, x + hint.width, hint))
            x += hint.width + GAP
        return Strip(segments).adjust_cell_length(width, base)

    def _hints(self) -> list[Hint]:
        found: dict[str, list[Binding]] = {}
        for bound in in_order(self.screen.active_bindings.values()):
            binding = bound.binding
            if binding.show and binding.id and bound.enabled:
                name = binding.group.description if binding.group else binding.id
                if not binding.group and name in found:
                    continue  # a second key for the same
                found.setdefault(name, []).append(binding)
        hints = []
        for bindings in found.values():
            keys = [self.app.get_key_display(binding) for binding in bindings]
            first = bindings[0]
            label = first.group.description if first.group else first.description
            shown = keys[0] if len(keys) == 1 else f"{keys[0]}–{keys[-1]}"
            hints.append(Hint(first.id or "", shown, label, first.key))
        return hints


def in_order(bound: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """As they were written down, widget by widget: Textual puts those that users have mapped at the end."""
    places: dict[DOMNode, dict[str | None, int]] = {}

    def place(one: ActiveBinding) -> tuple[int, int]:
        if one.node not in places:
            kinds = reversed(type(one.node).__mro__)
            written = BindingsMap.merge(BindingsMap(vars(kind).get("BINDINGS")) for kind in kinds)
            order = dict.fromkeys(binding.id for _, binding in written)
            places[one.node] = {identity: number for number, identity in enumerate(order)}
        return list(places).index(one.node), places[one.node].get(one.binding.id, -1)

    return sorted(bound, key=place)


def fitting(hints: list[Hint], width: int, first: Sequence[str] = ()) -> list[Hint]:
    """The most helpful of `hints` that fit side by side into `width` cells, in the order given; `first` of all those
    of these ids.
    """

    def helpfulness(hint: Hint) -> float:
        if hint.id in first:
            return -1.0
        return HELPFUL.index(hint.id) if hint.id in HELPFUL else HELPFUL_HERE - 0.5

    chosen: set[str] = set()
    left = width + GAP
    for hint in sorted(hints, key=helpfulness):
        if hint.width + GAP <= left:
            chosen.add(hint.id)
            left -= hint.width + GAP
    return [hint for hint in hints if hint.id in chosen]
