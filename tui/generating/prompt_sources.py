"""Where prompts to choose from come from: ideas, the library's own, favourites, a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from library.errors import EarmarkError
from library.files.reading import read_file
from library.generators.recipes import prompt_lines
from library.prompts.variations import as_written
from library.take import Take
from ratings.ideas.idea import Idea
from tui.frame.formatting import counted

MAX_FILE_BYTES = 1 << 20
MOST_ROWS = 5000
"""Prompts that are listed of a file or a library; nobody looks through more."""


@dataclass(frozen=True)
class PromptRow:
    line: str
    """As it is written into the form."""
    because: str = ""
    """Why it is offered."""


def rows_of_ideas(found: Iterable[Idea]) -> list[PromptRow]:
    return [PromptRow(as_written(one.prompt), one.because) for one in found]


def rows_of_history(takes: Iterable[Take]) -> list[PromptRow]:
    """The prompts of takes, that of the newest take first."""
    counts, newest = Counter[str](), dict[str, str]()
    for take in takes:
        if take.prompt:
            counts[take.prompt] += 1
            newest[take.prompt] = max(newest.get(take.prompt, ""), take.created_at)
    prompts = sorted(newest, key=newest.__getitem__, reverse=True)[:MOST_ROWS]
    return [PromptRow(as_written(prompt), counted(counts[prompt], "take")) for prompt in prompts]


def rows_of_file(path: Path) -> list[PromptRow]:
    """The lines of a file of prompts, without comments. Raises EarmarkError."""
    remedy = "Choose a text file (UTF-8) with one prompt per line."
    try:
        lines = prompt_lines(read_file(path, MAX_FILE_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise EarmarkError(f"{path} can't be read: {error.strerror or error}.", remedy) from error
    except UnicodeDecodeError as error:
        raise EarmarkError(f"{path} is no UTF-8 text.", remedy) from error
    if not lines:
        raise EarmarkError(f"{path} has no prompts in it.", remedy)
    return [PromptRow(line, path.name) for line in dict.fromkeys(lines)][:MOST_ROWS]
