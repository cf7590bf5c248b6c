"""Every text on every screen can be read: 4.5 to 1 at least, as WCAG 2.1 asks for, in both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.snapshots.drawing import LETTERS

PICTURES = Path(__file__).parent / "pictures"
TEXT = re.compile(r"[\w!-/:-@\[-`{-~★●○▶…–]")
"""What is read; the rest are lines, bars and waves."""
LEAST, LEAST_DRAWN = 4.5, 3.0
BOX = "╭╮╰╯"

Pair = tuple[str, str]


def luminance(colour: str) -> float:
    """Relative, of `#rrggbb` (WCAG 2.1)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, paper: str) -> float:
    low, high = sorted((luminance(ink), luminance(paper)))
    return (high + 0.05) / (low + 0.05)


def themes_of(picture: str) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Each theme's name, what its letters mean, and the letters of each line; of one like that before, those."""
    lines: list[str] = []
    for part in picture.split("\nTheme ")[1:]:
        name, *rest = part.rstrip("\n").split("\n")
        meaning = {line[0]: line[2:] for line in rest if re.match(r". .*on #", line)}
        drawn = [line for line in rest if not re.match(r". .*on #", line) and not line.startswith(("▏", "reads"))]
        lines = [each for line in drawn for each in _unfolded(line)] or lines
        yield name, meaning, lines


def _unfolded(line: str) -> list[str]:
    return [""] * int(line[:-1]) if re.fullmatch(r"\d+×", line) else [re.sub(r"^1×", "", line)]


def pairs_of(picture: str) -> dict[tuple[str, Pair], str]:
    """What is read in which theme and colours; only what is in front, where a dialog stands over a screen."""
    found: dict[tuple[str, Pair], str] = {}
    text = [line[1:] for line in picture.partition("\nTheme ")[0].split("\n") if line.startswith("▏")]
    front = _front(text)
    for theme, meaning, letters in themes_of(picture):
        for y, (line, row) in enumerate(zip_longest(text, letters, fillvalue="")):
            for x, character in enumerate(line):
                style = meaning.get(row[x] if x < len(row) else LETTERS[0], "")
                colours = re.findall(r"#[0-9a-f]{6}", style)
                if TEXT.match(character) and len(colours) == 2 and front(x, y):
                    key = theme, (colours[0], colours[1])
                    found[key] = (found.get(key, "") + character)[:40]
    return found


def _front(text: list[str]):
    """Whether a cell is in front: in the box, where there is one."""
    corners = [(x, y) for y, line in enumerate(text) for x, character in enumerate(line) if character in BOX]
    if not corners:
        return lambda x, y: True
    (left, top), (right, bottom) = (tuple(map(edge, zip(*corners, strict=True))) for edge in (min, max))
    return lambda x, y: left <= x <= right and top <= y <= bottom


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.txt")), ids=lambda path: path.stem)
def test_every_text_can_be_read(path: Path) -> None:
    found = pairs_of(path.read_text("utf-8"))
    assert {theme for theme, _ in found} == {"ink", "paper"}
    faint = {key: (round(contrast(*key[1]), 2), said) for key, said in found.items() if contrast(*key[1]) < LEAST}
    assert faint == {}
