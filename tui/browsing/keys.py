"""The keys of the Library, and of the dialogs that it asks with."""

from __future__ import annotations

from textual.binding import Binding

from tui.frame.keys import key

LIBRARY = [
    key("escape", "back", "Clear", "Clear the selection, then the filter", "list.clear", show=True),
    key("s", "sort", "Sort", "Sort by the next column", "list.sort", show=True),
    key("s", "make_first", "First batch", "Make a first batch of takes", "first.batch",
        show=True),
    key("S", "reverse", "Reverse", "Reverse the order", "list.reverse"),
    key("f", "fold", "Fold", "One line per prompt, or all takes", "list.fold", show=True),
    key("C", "columns", "Columns", "Choose the columns", "list.columns"),
    key("o", "details", "Details", "Show or hide the take's details", "list.details", show=True),
    key("ctrl+d", "scroll_details(1)", "Details down", "Scroll the take's details", "list.details_down"),
    key("ctrl+u", "scroll_details(-1)", "Details up", "Scroll the take's details back", "list.details_up"),
    key("O", "app.open_library", "Open", "Open another library", "list.libraries"),
    key("y", "load_samples", "Load samples", "Load the 28 sample takes", "first.samples",
        show=True),
]  # fmt: skip

FINDING = [
    key("slash", "filter", "Filter", "Filter as you type: words, seed:411, stars:>=4, label:live", "list.filter",
        show=True),
    key("F", "collections", "Collections", "Your saved filters", "list.collections"),
]  # fmt: skip

PLAYING_ON = [
    key("c", "play_on", "Play on", "When a take ends: play the next, a random one, or stop", "play.on", show=True),
]

SELECTING = [
    key("v", "select", "Select", "Select a range: press, move, press again", "list.select", show=True),
    key("shift+up", "extend_to(-1)", "Select up", "Select this take and the one before", "list.select_up"),
    key("shift+down", "extend_to(1)", "Select down", "Select this take and the next", "list.select_down"),
    key("ctrl+a", "select_all", "Select all", "Select everything listed", "list.select_all"),
]

FOLDING = [
    key("tab", "open", "Open", "Open the prompt under the cursor, or close it", "list.open", show=True),
    key("shift+tab", "open_all", "Open all", "Open all prompts, or close them", "list.open_all"),
]

COLLECTIONS = [
    key("escape", "leave", "Close", "Close", "collection.leave"),
    key("enter", "choose", "Show", "Show the takes in it", "collection.choose"),
    key("s", "save", "Save", "Save the filter under a name", "collection.save"),
    key("r", "rename", "Rename", "Give it another name", "collection.rename"),
    key("x,delete", "remove", "Remove", "Delete it; its takes stay", "collection.remove"),
    key("up,k", "move(-1)", "Up", "The one above", "collection.up"),
    key("down,j", "move(1)", "Down", "The one below", "collection.down"),
]

COLUMN_CHOICE = [
    Binding("enter", "take", "Apply", tooltip="Show these", id="columns.apply", show=False, priority=True),
    key("escape", "dismiss", "Cancel", "Change nothing", "columns.cancel"),
    key("down,j", "app.focus_next", "Next", "The next column", "columns.next"),
    key("up,k", "app.focus_previous", "Previous", "The previous column", "columns.previous"),
]

LIBRARIES = [
    key("escape", "dismiss", "Cancel", "Stay in this library", "libraries.cancel"),
    key("up", "move(-1)", "Up", "The one before", "libraries.up"),
    key("down", "move(1)", "Down", "The next one", "libraries.down"),
]
