"""What is said of a row of the ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len

from library.generators.spec import show_value
from library.take import Take
from ratings.ranking.choices import SET
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain, stars_bar

if TYPE_CHECKING:
    from ratings.ranking.factors import Key
    from ratings.ranking.ranking import Grid, RankedRow

BETWEEN = "  ·  "


def row_name(by: str, row: RankedRow, take: Take | None, apart: str) -> tuple[str, str]:
    """What it is called, and what follows that however little room there is: `apart`, what tells takes apart."""
    if by == "take":
        if take is None:
            return str(row.key)[:8], ""
        more = ["" if take.seed is None else f"seed {take.seed}", apart]
        return plain(take.prompt or "(no prompt)"), "".join(f"{BETWEEN}{words}" for words in more if words)
    judged = f"{BETWEEN}{len(row.takes):,} of {row.count:,} judged"
    if row.factor:
        return f"{factor_name(row)} {plain(show_value(row.key))}", judged
    return (f"seed {row.key}" if by == "seed" else plain(str(row.key))), judged


def factor_name(row: RankedRow) -> str:
    """Of what the row has a value."""
    return plain(row.factor.removeprefix(SET).replace("_", "-"))


def row_facts(row: RankedRow, top: int, places: int) -> Iterator[str]:
    """Of most use first. `top` is the n of its p_top, `places` that of its p_new_top."""
    yield f"{row.score:.2f} [{row.low:.2f} – {row.high:.2f}]"
    yield f"{row.p_top:.0%} to be the best {factor_name(row)}" if row.factor else f"{row.p_top:.0%} in the top {top}"
    if row.p_new_top is not None and places:
        yield of_new_takes(row.p_new_top, places)
    yield counted(row.judgements, "judgement")
    if row.stars is not None:
        yield f"{stars_bar(row.stars)} given"


def free_cells(grid: Grid, seed: Key) -> list[tuple[str, int]]:
    """The empty cells of that seed, best chance first."""
    free = [(chance, cell) for cell, chance in grid.free.items() if cell[1] == seed]
    return [cell for _, cell in sorted(free, key=lambda one: -one[0])]


def of_new_takes(chance: float, places: int) -> str:
    """How many of the takes that could be made would be among the best."""
    return f"{chance:.0%} of new takes {'would be the best' if places == 1 else f'reach the top {places}'}"


def in_lines(parts: Iterable[str], width: int, most: int) -> list[str]:
    """`parts` in at most so many lines of `width` cells. None is broken; what there is no room for is left out."""
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]}{BETWEEN}{part}" if lines else part
        if lines and cell_len(joined) <= width:
            lines[-1] = joined
        elif len(lines) < most:
            lines.append(shortened(part, width))
        else:
            break
    return lines
