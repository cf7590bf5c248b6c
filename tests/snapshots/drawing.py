"""A screen as text that can be reviewed: its characters, then a letter for the style of each cell, then the styles."""

from __future__ import annotations

import html
import re
from collections import Counter
from itertools import groupby
from string import ascii_letters, digits

from rich.cells import cell_len

CELL_WIDTH, LINE_HEIGHT = 12.2, 24.4
"""Of Rich's SVG, which Textual's `export_screenshot` makes."""
LETTERS = ascii_letters + digits + "!#$%&*+<=>?@"

_STYLE = re.compile(r"\.terminal-[\w-]+-(r\d+) \{ ([^}]*) \}")
_RECT = re.compile(r'<rect fill="(#\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="[\d.]+" shape-rendering')
_TEXT = re.compile(r'<text class="terminal-[\w-]+-(r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')

Cells = list[list[tuple[str, str]]]
"""Rows of characters, each with its style."""


def cells_of(svg: str, width: int, height: int) -> Cells:
    """What stands in each cell of a screenshot; the second cell of a wide character is empty."""
    styles = {name: _in_words(css) for name, css in _STYLE.findall(svg)}
    under = [["" for _ in range(width)] for _ in range(height)]
    for colour, x, y, wide in _RECT.findall(svg):
        row, column = int(float(y) / LINE_HEIGHT), round(float(x) / CELL_WIDTH)
        for at in range(column, min(width, column + round(float(wide) / CELL_WIDTH))):
            if row < height:
                under[row][at] = colour
    cells = [[(" ", f"on {colour}") for colour in row] for row in under]
    for name, x, y, text in _TEXT.findall(svg):
        row, column = int(float(y) / LINE_HEIGHT), round(float(x) / CELL_WIDTH)
        for character in html.unescape(text).replace("\xa0", " "):
            if row >= height or column >= width:
                break
            cells[row][column] = (character, f"{styles[name]} on {under[row][column]}")
            for beside in range(1, cell_len(character)):
                if column + beside < width:
                    cells[row][column + beside] = ("", cells[row][column][1])
            column += max(1, cell_len(character))
    return cells


def _in_words(css: str) -> str:
    colour = re.search(r"fill: (#\w+)", css)
    words = [colour[1] if colour else "#?"]
    words += [word for word in ("bold", "italic", "underline", "line-through") if word in css]
    return " ".join(words)


def characters(cells: Cells) -> list[str]:
    """The lines as one reads them."""
    return ["".join(character for character, _ in row).rstrip() for row in cells]


def styles(cells: Cells) -> tuple[list[str], list[str]]:
    """A letter for each cell (its line ends where only the commonest style follows), and what each letter means.

    A blank has only a background: what colour its letter would have does not show.
    """
    shown = [[_visible(*cell) for cell in row] for row in cells]
    common = [style for style, _ in Counter(style for row in shown for style in row).most_common()]
    letters = dict(zip(common, LETTERS, strict=False))
    lines = ["".join(letters.get(style, "~") for style in row).rstrip(LETTERS[0]) for row in shown]
    return lines, [f"{letters.get(style, '~')} {style}" for style in common]


def _visible(character: str, style: str) -> str:
    return style if character.strip() else "on" + style.rpartition("on")[2]


def drawn(screens: dict[str, Cells]) -> str:
    """One screen in several themes as a text file. What has the same layout as the theme before is not said again."""
    first, *_ = screens.values()
    parts = [*_framed(characters(first))]
    before: list[str] | None = None
    for theme, cells in screens.items():
        lines, meaning = styles(cells)
        parts += ["", f"Theme {theme}", *meaning]
        if characters(cells) != characters(first):
            parts += ["reads otherwise:", *_framed(characters(cells))]
        if lines != before:
            parts += [f"{len(list(group))}×{line}" if line == "" else line for line, group in _runs(lines)]
        before = lines
    return "\n".join(parts) + "\n"


def _framed(lines: list[str]) -> list[str]:
    return [f"▏{line}" for line in lines]


def _runs(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Lines one by one, but blank ones together."""
    runs: list[tuple[str, list[str]]] = []
    for blank, group in groupby(lines, key=lambda line: line == ""):
        together = list(group)
        runs += [("", together)] if blank else [(line, [line]) for line in together]
    return runs
