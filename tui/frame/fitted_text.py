"""Words cut or folded to the room there is, in cells: some letters take two."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size


def shortened(text: str, width: int) -> str:
    """`text` in at most `width` cells, ending in … where it was cut."""
    text = text[: width * 2 + 1]
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…"[:width]


def folded(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words; words that are too long are broken as well."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
        else:
            parts = chop_cells(word, width)
            lines[len(lines) - (not lines[-1]) :] = parts
    return lines
