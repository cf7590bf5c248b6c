"""The last line of a dialogue: what its keys do, each to be clicked as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from tui.frame.next_steps import HAS_KEYS

Deed = tuple[str, str, str]
"""A key as it is written, what it does, and the action that does it."""


class DialogKeys(Static):
    """Keys and what they do; or words in their place, for what is wrong."""

    DEFAULT_CSS: ClassVar[str] = """
    DialogKeys {
        color: $quiet; margin-top: 1; height: auto;
        link-color: $quiet; link-style: none;
        link-color-hover: $primary; link-style-hover: none; link-background-hover: $surface;
        &.-wrong { color: $error; }
    }
    """

    def __init__(self, *deeds: Deed, before: str = "", id: str | None = "hint") -> None:
        """`before` is said ahead of them."""
        super().__init__(line_of(deeds, before), classes=HAS_KEYS, id=id)

    def offer(self, *deeds: Deed) -> None:
        self.update(line_of(deeds))
        self.remove_class("-wrong")

    def refuse(self, words: str) -> None:
        """Say what is wrong."""
        self.update(Content(words))
        self.add_class("-wrong")


def line_of(deeds: Iterable[Deed], before: str = "") -> Content:
    parts = [Content.from_markup(f"[@click={action}]$key $what[/]", key=key, what=what) for key, what, action in deeds]
    return Content(before) + Content(" · ").join(parts)
