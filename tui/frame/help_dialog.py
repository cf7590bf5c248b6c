"""All keys, as they are mapped now, and where things are kept."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Grid, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from library import locations
from tui.context import AppContext
from tui.frame.dialog import Dialog
from tui.frame.formatting import plain

GROUPS = {"play": "Playing", "judge": "Judging", "make": "Judging", "go": "Go to"}
HERE = "On this screen"
SCROLLS = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})


class HelpDialog(Dialog[None]):
    """What every key does. Any key closes it; the arrows scroll where it is longer than the terminal."""

    CSS = """
    HelpDialog {
        .dialog {
            width: 128; max-height: 96%; padding: 1 2 0 2;
            scrollbar-size-vertical: 1; scrollbar-color: $border; scrollbar-background: $surface;
        }
        #keys { layout: grid; grid-size: 2; grid-gutter: 1 3; grid-rows: auto; height: auto; }
        #keys Vertical { height: auto; }
        .group { grid-size: 2; grid-columns: auto 1fr; grid-gutter: 0 2; grid-rows: auto; height: auto; }
        .group .key { width: auto; min-width: 8; color: $primary; }
        .places { color: $quiet; margin-top: 1; }
        .trouble { color: $error; margin-bottom: 1; }
    }
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context

    def compose(self) -> ComposeResult:
        app = self.app
        below = app.screen_stack[-2] if len(app.screen_stack) > 1 else app.screen
        groups = group_keys(below.active_bindings)
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "any key closes · ↑ ↓ scroll"
            trouble = self.context.deck.player.trouble()
            if trouble is not None:
                yield Static(f"No sound: {trouble}", classes="trouble", markup=False)
            with Vertical(id="keys"):
                for title, lines in groups.items():
                    with Vertical():
                        yield Static(title, classes="heading", markup=False)
                        with Grid(classes="group"):
                            for keys, bound in lines:
                                yield Static(keys, classes="key", markup=False)
                                yield Static(bound.tooltip or bound.binding.description, markup=False)
            yield Static(self._places(), classes="places", markup=False)

    def _places(self) -> str:
        workspace = self.context.workspace
        return "\n".join(
            [
                f"library   {plain(str(workspace.library.root))}",
                f"listener  {plain(workspace.listener)}",
                f"settings  {plain(str(locations.settings_file()))} (theme, keys)",
                f"log       {plain(str(locations.log_file()))}",
            ]
        )

    def on_key(self, event: events.Key) -> None:
        """Close, unless it scrolls."""
        if event.key not in SCROLLS:
            event.stop()
            event.prevent_default()
            self.dismiss(None)

    def on_click(self) -> None:
        self.dismiss(None)


def group_keys(active: dict[str, ActiveBinding]) -> dict[str, list[tuple[str, ActiveBinding]]]:
    """Group titles → lines of keys and what they do; keys that do the same share a line."""
    groups: dict[str, dict[str, tuple[list[str], ActiveBinding]]] = {title: {} for title in (HERE, *GROUPS.values())}
    # The screen's own first: those of the list or field in it go on below.
    for bound in sorted(active.values(), key=lambda bound: not isinstance(bound.node, Screen)):
        binding = bound.binding
        if not binding.id or binding.system:
            continue
        group = groups[GROUPS.get(binding.id.partition(".")[0], HERE)]
        display = bound.node.app.get_key_display(binding)
        keys, _ = group.setdefault(binding.id, ([], bound))
        if display not in keys:
            keys.append(display)
    return {
        title: [(" ".join(keys), bound) for keys, bound in group.values()] for title, group in groups.items() if group
    }
