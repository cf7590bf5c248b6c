"""The keys of Rate, Duel and Survey, and of their dialogs."""

from __future__ import annotations

from tui.frame.keys import key
from tui.messages import MOST_SURVEYED

RATE = [
    key("K", "keep_making", "Keep making", "Keep making what may win while you listen, on or off", "rate.making"),
    key("h", "cycle_reveal", "Hide", "When prompt and seed appear: after your answer, at the end, at once",
        "rate.blind", show=True),
    key("s", "change_session", "Session", "Change minutes, number to find, and which takes", "rate.session",
        show=True),
    key("f", "finish", "Finish", "Finish the session and see the results", "rate.finish", show=True),
]  # fmt: skip

DUEL = [
    key("h", "toggle_blind", "Hide", "Hide or show prompts and seeds", "duel.blind", show=True),
]

SURVEY = [
    *(key(str(number), f"hear({number})", f"Take {number}", f"Play take {number} from the same spot",
          f"survey.{number}") for number in range(1, MOST_SURVEYED + 1)),
    key("tab", "hear_next(1)", "Next", "Play the next one from the same spot", "survey.next", show=True),
    key("shift+tab", "hear_next(-1)", "Previous", "Play the previous one from the same spot", "survey.previous"),
    key("K,shift+up", "move(-1)", "Better", "Move the one playing up: it's better", "survey.up", show=True),
    key("J,shift+down", "move(1)", "Worse", "Move the one playing down: it's worse", "survey.down", show=True),
    key("t", "tie", "Tie", "The one playing ties with the one above", "survey.tie", show=True),
    key("f", "finish", "Save order", "Save this order: each pair of neighbours counts as a duel", "survey.finish",
        show=True),
    key("h", "toggle_blind", "Hide", "Hide or show prompts and seeds", "survey.blind", show=True),
]  # fmt: skip

SESSION = [key("escape", "dismiss", "Cancel", "Cancel: change nothing", "session.cancel")]

NOTE = [key("escape", "dismiss", "Cancel", "Cancel the note", "note.cancel")]
