"""What may be pressed, typed, clicked and dragged: by lot, and again the same from the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

SIZES = ((80, 24), (120, 40), (200, 60), (100, 30), (40, 12), (131, 33))
USUAL = (120, 40)
OFTEN = (
    *"jjjkkk 12345xpmlabtohsfvcyuMT[]n0LwrdA?/CFSZ",
    *("Up", "Down", "Left", "Right", "Enter", "Enter", "Escape", "Escape", "Tab", "BTab", "Space", "Home", "End"),
    *("PPage", "NPage", "S-Up", "S-Down", "S-Left", "C-z", "BSpace"),
)
SELDOM = ("g", "i", "e", "D", "E", "O", "G", "+", "-", "=", "C-a", "C-g", "C-e", "C-r", "C-u", "C-p", "C-o", "DC", "F1",
          "F5", "C-o", "M-x", "C-w", "C-d", "C-k", "C-l", "IC", "!", "%")  # fmt: skip
GOING = ("r", "r", "d", "d", "A", "A", "w", "g", "?", "e", "i", "L", "n", "F", "C", "O", "Z", "/", "C-p")
"""To a screen or a dialogue."""
TYPED = (
    "seed:70011", "zephyr", "is:unrated stars:>=3", "label:live", "foo:bar", "judged:me len:>5", "note:note", "[red]x",
    "夜", "{a|b} rain", "1-3", "12", "-4", "0.5", "~/nowhere", "~/", "/dev/null", "“", "\\", "  ", "e\u0301", "😀",
    "rank", "theme", "sort", "generate", "label", "session", "export", "section",
)  # fmt: skip
"""Words that may come into a field; or, where there is none, are keys one after the other. None has a q."""
ANSWERS = (*"12345xpmjkatobhKJf", "Tab", "Space", "Enter", "C-z", "BTab")
MOUSE_BUTTONS = {"left": 0, "right": 2, "shift": 4, "ctrl": 16, "wheel up": 64, "wheel down": 65}


def presses(seed: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    """What to do, for ever: the name of what, and with what."""
    chance = random.Random(seed)
    while True:
        draw = chance.random()
        if draw < 0.03:
            yield from _sitting(chance)
        elif draw < 0.60:
            yield "press", (chance.choice(OFTEN),)
        elif draw < 0.66:
            yield "press", (chance.choice(SELDOM),)
        elif draw < 0.74:
            yield "go", (chance.choice(GOING),)
        elif draw < 0.80:
            yield "press", tuple(chance.choice(OFTEN) for _ in range(chance.randint(2, 8)))
        elif draw < 0.85:
            yield "write", (chance.choice(TYPED),)
        elif draw < 0.87:
            yield "command", (chance.choice("abcdefghilmnoprstuvwxyz"), chance.randrange(6))
        elif draw < 0.98:
            button = chance.choice(("left", "left", "left", "double", "drag", *MOUSE_BUTTONS))
            yield "mouse", (button, chance.random(), chance.random(), chance.random(), chance.random())
        else:
            yield "resize", chance.choice(SIZES)


def _sitting(chance: random.Random) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Questions, and answers after as much as one listens to; or other keys."""
    yield "go", (chance.choice("rdA"),)
    for _ in range(chance.randint(6, 14)):
        yield "listen", (round(chance.uniform(0.2, 1.6), 2),)
        yield "press", (chance.choice(("Tab", "Tab", "1", "2", "4", *ANSWERS)),)
