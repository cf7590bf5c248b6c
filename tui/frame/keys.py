"""The keys that mean the same on every screen. Each has an id, so that users can remap it."""

from __future__ import annotations

from textual.binding import Binding

from ratings.labels.names import COLOURS

STARS = Binding.Group("Stars")
"""Keys that the footer sums up in one word."""


def key(
    keys: str,
    action: str,
    label: str,
    tooltip: str,
    identity: str,
    *,
    show: bool = False,
    group: Binding.Group | None = None,
    priority: bool = False,
) -> Binding:
    return Binding(keys, action, label, tooltip=tooltip, id=identity, show=show, group=group, priority=priority)


PLAYING = [
    key("space", "play_pause", "Play", "Play or pause", "play.toggle", show=True),
    key("enter", "play_from_start", "From start", "Play from the start", "play.start"),
    key("left", "seek(-5)", "−5 s", "Back 5 seconds", "play.back"),
    key("right", "seek(5)", "+5 s", "Forward 5 seconds", "play.forward"),
    key("shift+left", "seek(-1)", "−1 s", "Back 1 second", "play.back_little"),
    key("shift+right", "seek(1)", "+1 s", "Forward 1 second", "play.forward_little"),
    key("left_square_bracket", "section(-1)", "Section", "To the section or mark before", "play.section_back"),
    key("right_square_bracket", "section(1)", "Section", "To the next section or mark", "play.section"),
    key("M", "replay", "Replay", "Replay from the last mark, or from where it started", "play.replay"),
    key("T", "cycle_start", "Start at", "Where takes start: beginning, strongest passage, same place", "play.starts"),
    key("Z", "app.spectrogram", "Spectrogram", "Show the spectrogram of what is playing", "play.spectrogram"),
    key("up,k", "step(-1)", "Previous", "Previous take", "play.previous"),
    key("down,j", "step(1)", "Next", "Next take", "play.next"),
    key("l", "loop", "Loop", "Loop between the marks around the playhead", "play.loop"),
    key("minus", "app.volume(-2)", "Quieter", "2 dB quieter", "play.quieter"),
    key("equals_sign", "app.volume(2)", "Louder", "2 dB louder", "play.louder"),
]

JUDGING = [
    key("1", "rate(1)", "★", "Bad composition; then the next take plays", "judge.1", show=True, group=STARS),
    key("2", "rate(2)", "★★", "Weak", "judge.2", show=True, group=STARS),
    key("3", "rate(3)", "★★★", "Fair", "judge.3", show=True, group=STARS),
    key("4", "rate(4)", "★★★★", "Good", "judge.4", show=True, group=STARS),
    key("5", "rate(5)", "★★★★★", "Would love to hear it played live", "judge.5", show=True, group=STARS),
    key(
        "u", "sound", "Sound", "Rate its production quality with the next digit; the ranking ignores it", "judge.sound"
    ),
    key("0", "clear", "Clear", "Clear stars, reject, pick and sound", "judge.clear"),
    key("x", "reject", "Reject", "Not worth hearing again", "judge.reject", show=True),
    key("p", "pick", "Pick", "Pick it as a keeper", "judge.pick", show=True),
    key("m", "mark", "Mark", "Mark this spot", "judge.mark", show=True),
    key("n", "note", "Note", "Write a note about the take", "judge.note"),
    key("L", "label", "Label", "Label the take with words and colours", "judge.label"),
    key("plus", "more", "More", "Make more like it: fresh seeds, all else the same", "make.more"),
    key("asterisk", "more_as", "More …", "Make more like it: choose how many, or let it steer them", "make.more_as"),
    key("D", "use_as_draft", "As draft", "Use it as a draft: new takes follow its melody or continue it", "make.draft"),
    key("E", "extend", "Extend", "Extend it: a longer take that starts exactly like it", "make.extend"),
    key("ctrl+z", "undo", "Undo", "Undo the last judgement", "judge.undo", show=True),
    key("ctrl+y,ctrl+shift+z", "redo", "Redo", "Redo what you undid last", "judge.redo"),
]

EVERYWHERE = [
    key("ctrl+p", "command_palette", "Commands", "All commands by name", "go.palette", priority=True),
    key("ctrl+o", "jump", "Jump", "Jump: a letter for everything you can go to", "go.jump", priority=True),
]

DUELLING = [
    key("tab", "other", "Switch A/B", "Switch to the other take at the same spot", "duel.other", show=True),
    key("a", "answer('a')", "A better", "A is better", "duel.a", show=True),
    key("b", "answer('b')", "B better", "B is better", "duel.b", show=True),
    key("t", "answer('tie')", "Tie", "They're equally good", "duel.tie", show=True),
    key("o", "answer('neither')", "Neither", "Neither is any good", "duel.neither", show=True),
]

GOING = [
    key("g", "app.go('generate')", "Generate", "Generate takes", "go.generate", show=True),
    key("i", "app.import_takes", "Import", "Import files or folders", "go.import", show=True),
    key("r", "rate_listed", "Rate", "Rate one take after another", "go.rate", show=True),
    key("d", "duel", "Duel", "Compare two takes", "go.duel", show=True),
    key("A", "survey", "Survey", "Compare two to six takes from one spot, and put them in order", "go.survey"),
    key("w", "app.go('ranking')", "Ranking", "Your best takes, prompts and seeds", "go.ranking", show=True),
    key("e", "app.export", "Export", "Export the best as WAVs", "go.export", show=True),
    key("escape", "back", "Back", "Back to the library", "go.back", show=True),
    key("question_mark", "app.help", "Help", "All keys", "go.help", show=True),
    key("q", "app.quit", "Quit", "Quit; everything is already saved", "go.quit", show=True),
]

LIST = [
    Binding("home", "to(0)", "First", show=False, id="list.first"),
    Binding("end,G", "to(-1)", "Last", show=False, id="list.last"),
    Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up"),
    Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down"),
]

FILTERING = [
    key("tab", "complete", "Complete", "Complete what is typed", "filter.complete"),
    key("up", "earlier(1)", "Earlier", "The filter before", "filter.earlier"),
    key("down", "earlier(-1)", "Later", "The filter after", "filter.later"),
]

LABELLING = [
    key("escape", "dismiss", "Cancel", "Change nothing", "label.cancel"),
    *(
        key(
            str(number), f"colour('{name}')", name.title(), f"{name.title()}, on or off", f"label.{name}", priority=True
        )
        for number, name in enumerate(COLOURS, 1)
    ),
    key("up", "move(-1)", "Up", "The label above", "label.up"),
    key("down", "move(1)", "Down", "The label below", "label.down"),
    key(
        "space", "put", "On or off", "Put the label under the cursor on, or take it off", "label.toggle", priority=True
    ),
    key("tab", "complete", "Complete", "Complete what is typed", "label.complete"),
]

CONFIRMING = [
    key("enter,y", "dismiss(True)", "Yes", "Do it", "confirm.yes"),
    key("escape,n", "dismiss(False)", "No", "Cancel", "confirm.no"),
]

MORE = [key("escape", "dismiss", "Cancel", "Make nothing", "more.cancel")]

TASK = [Binding("escape", "leave", "Close", id="dialog.leave")]

HELPFUL = (
    "go.help",
    "play.toggle",
    "judge.1",
    "go.quit",
    "go.rate",
    "judge.reject",
    "go.ranking",
    "go.duel",
    "go.generate",
    "go.import",
    "go.export",
    "judge.pick",
    "judge.mark",
    "judge.undo",
    "list.select",
    "play.on",
    "list.details",
    "go.back",
)
"""What the footer keeps longest where room is short, by the bindings' ids."""
HELPFUL_HERE = 3
"""Where a screen's own keys stand among them: after so many of the others."""
