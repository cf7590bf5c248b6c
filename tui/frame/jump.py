"""Jump mode: a letter on each thing that one can go to, and that letter goes there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from string import ascii_uppercase, digits
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.errors import NoWidget
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Static

from tui.frame.dialog import Dialog
from tui.frame.next_steps import HAS_KEYS
from tui.frame.places import HasPlaces, Place

LETTERS = "asdfghjklqwertyuiopzxcvbnm" + ascii_uppercase + digits
"""Those under the fingers first."""


def places_of(screen: Screen[Any]) -> list[Place]:
    """All there is to go to, from top to bottom, as far as there are letters."""
    found: dict[Offset, Place] = {}
    for widget in screen.query(Widget):
        for place in _places_in(screen, widget):
            found.setdefault(place.at, place)
    nearest = sorted(found.values(), key=lambda place: place.distance)[: len(LETTERS)]
    return sorted(nearest, key=lambda place: (place.at.y, place.at.x))


def _places_in(screen: Screen[Any], widget: Widget) -> Iterator[Place]:
    """Of `widget` alone, as far as they are in sight."""
    try:
        sight = screen.find_widget(widget).visible_region
    except NoWidget:
        return
    for place in () if widget.disabled else _all_places_in(screen, widget):
        x, y = place.at
        if sight.contains(x, y) and widget in screen.get_widget_at(x, y)[0].ancestors_with_self:
            yield place


def _all_places_in(screen: Screen[Any], widget: Widget) -> Iterator[Place]:
    if isinstance(widget, HasPlaces):
        corner = widget.content_region.offset
        yield from (place._replace(at=place.at + corner) for place in widget.places())
    elif isinstance(widget, Button):
        yield Place(widget.region.offset, widget.press)
    elif widget.focusable:
        yield Place(widget.region.offset, partial(screen.set_focus, widget))
    elif isinstance(widget, Static) and not widget.has_class(HAS_KEYS):  # else they need no letter
        yield from _links(widget)


def _links(widget: Static) -> Iterator[Place]:
    """The words of a text that a click acts upon. The letter stands before them, where there is room."""
    corner = widget.content_region.offset
    for y, strip in enumerate(widget.render_lines(Region(0, 0, *widget.content_size))):
        x, before = 0, None
        for segment in strip:
            action = segment.style.meta.get("@click") if segment.style else None
            if action is not None and action != before:
                yield Place(corner + Offset(max(0, x - 1), y), partial(widget.run_action, action))
            x, before = x + segment.cell_length, action


class JumpScreen(Dialog[Place]):
    """The letters, over a screen that stays as it is. One of them answers; any other key, and a click, with None."""

    AUTO_FOCUS = ""
    CSS = """
    JumpScreen {
        align: left top;
        background: $background 50%;
        Static {
            position: absolute; width: 1; height: 1;
            background: $primary; color: $background; text-style: bold;
        }
        Static:ansi { background: ansi_default; color: ansi_default; text-style: bold reverse; }
        &:ansi { background: transparent; }
    }
    """

    def __init__(self, places: Iterable[Place]) -> None:
        super().__init__()
        self._places = dict(zip(LETTERS, places, strict=False))

    def compose(self) -> ComposeResult:
        for letter, place in self._places.items():
            sign = Static(letter, markup=False)
            sign.styles.offset = place.at
            yield sign

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss(self._places.get(event.character or ""))

    def on_click(self) -> None:
        self.dismiss(None)
