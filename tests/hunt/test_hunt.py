"""That a hunt would find what it looks for, and a short one; `make hunt` goes on long ones."""

from __future__ import annotations

import pytest

from tests.hunt.hunted import ASKING
from tests.hunt.hunting import come_to_rest, hunt, opened
from tests.needs import LINUX

pytestmark = [pytest.mark.e2e, pytest.mark.needs(LINUX)]

TOUR = {
    "r": ASKING,
    "d": ("Which one is better?",),
    "w": ("Prompt × seed",),
    "A": ("Put the best at the top",),
    "g": ("Prompts (one per line)",),
    "e": ("╭─ Export",),
    "i": ("╭─ Import",),
    "L": ("╭─ Labels",),
    "n": ("╭─ Note",),
    "F": ("╭─ Collections",),
    "C": ("╭─ Columns",),
    "O": ("╭─ Open",),
    "C-p": ("╭─ Commands",),
    "?": ("any key closes",),
}
"""Where each key of the Library leads, by words of which one stands there."""
KEYS = 150


def in_the_library(shown):
    return "to filter: words" in shown and "╭─" not in shown


def test_a_short_hunt_over_every_screen_breaks_nothing_and_tells_nothing(tmp_path):
    hunted = opened(tmp_path, takes=12)
    hunted.pace = 0.1
    try:
        for key, words in TOUR.items():
            hunted.terminal.send(b"\x1b[27u" * 4)
            hunted.terminal.wait_until(in_the_library, "the Library")
            hunted.terminal.press(key)
            hunted.terminal.wait_until(lambda shown, words=words: any(word in shown for word in words), f"{words}")
            hunted.look()
        hunt(hunted, seed=16, keys=KEYS)
        come_to_rest(hunted)
        assert hunted.leaks() == []
    finally:
        hunted.terminal.close()


def test_what_a_hunt_looks_for_is_found(tmp_path):
    hunted = opened(tmp_path, takes=4)
    try:
        assert hunted.faults() == []
        hunted.log.parent.mkdir(parents=True, exist_ok=True)
        hunted.log.write_text("Traceback (most recent call last):")
        assert len(hunted.faults()) == 1
        hunted.terminal.press("q")
        hunted.terminal.wait_for("left with 0")
        assert "left with 0" in hunted.faults()[0]
    finally:
        hunted.terminal.close()
