"""What a reader is given, one place where a tool may have written, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from library.importing.origin import Origin, OriginError, clean_text, read_seed
from library.machine_text import is_machine_text
from library.take import MAX_NAME

MOST_ENTRIES = 1000
"""Documents of a list that are looked at."""


@dataclass(frozen=True)
class Clue:
    """The tags of a sound file, or one file beside it: read within bounds, decoded, JSON told from text."""

    file: Path
    """The sound."""
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What is no JSON, by the tag's lower-case name; under "" a text file's."""
    documents: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """JSON, decoded, by the tag's name; under "" a JSON file's."""
    name: str = ""
    """Of the file beside the sound; "" for tags."""
    beside: frozenset[str] = frozenset()
    """What else is in the folder, in lower case."""

    def mappings(self) -> Iterator[dict[str, Any]]:
        """The objects among the documents; of several in a list, and of files by name, those about this file."""
        for document in (document for documents in self.documents.values() for document in documents):
            if isinstance(document, dict):
                own = (document.get(name) for name in (self.file.name, self.file.stem))
                yield from (entry for entry in (*own, document) if isinstance(entry, dict))
            elif isinstance(document, list):
                entries = [entry for entry in document[:MOST_ENTRIES] if isinstance(entry, dict)]
                yield from entries if len(entries) == 1 else filter(self._is_about, entries)

    def _is_about(self, entry: dict[str, Any]) -> bool:
        texts = (value.replace("%2F", "/").replace("\\", "/") for value in entry.values() if isinstance(value, str))
        return any(text.rpartition("/")[2] in (self.file.name, self.file.stem) for text in texts)


@dataclass(frozen=True)
class Told:
    """What a reader made of a clue that it knows."""

    tool: str
    """The tool's name, as its users know it."""
    origin: Origin = field(default_factory=Origin)
    unclear: str = ""
    """Why words that are there were not taken, in a sentence; "" where all is understood."""
    guess: str | None = None
    """A title: what may do for a prompt where nothing else tells one."""


Reader = Callable[[Clue], "Told | None"]
"""None for what another tool wrote. Raises OriginError for a prompt that is too long."""


def prompt_in(value: object) -> str | None:
    """`value`, or the one text in it, as a prompt on one line; None for what is no text, or none that anybody wrote."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str) and not is_machine_text(value):
        return clean_text(value)
    return None


def first_prompt(mapping: Mapping[str, Any], *keys: str) -> str | None:
    """The first prompt that stands under one of `keys`."""
    return next(filter(None, (prompt_in(mapping.get(key)) for key in keys)), None)


def first_name(mapping: Mapping[str, Any], *keys: str) -> str | None:
    """The first name of a model or generator that stands under one of `keys`."""
    for key in keys:
        if isinstance(value := mapping.get(key), str) and value.strip().lower() not in ("", "none", "null", "default"):
            return clean_text(value, MAX_NAME, key)
    return None


def part_of(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`; an empty one where there is none."""
    return value if isinstance(value := mapping.get(key), dict) else {}


def seed_in(value: object) -> int | None:
    """`value` as a seed; None for what stands for any seed: -1, null, "random", nothing."""
    if isinstance(value, bool):
        return None
    try:
        return read_seed(value)
    except OriginError:
        return None


def seeds_in(value: object) -> list[int | None]:
    """The seeds of a batch: a list, or a text with commas between them."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [seed_in(part) for part in parts[:MOST_ENTRIES]]


def seed_of_batch(clue: Clue, seeds: Sequence[int | None]) -> int | None:
    """This file's among the seeds of its batch, by the number at the end of its name; None where that is not sure.

    Numbers count from 0, unless the folder has a file for the number past the end, and none for 0.
    """
    if len(seeds) < 2:
        return seeds[0] if seeds else None
    stem = clue.file.stem
    base = stem.rstrip("0123456789")
    if not base or base == stem or not (digits := stem[len(base) :]).isascii() or len(digits) > 9:
        return None
    first, past = (
        f"{base}{number:0{len(digits)}}{clue.file.suffix}".lower() in clue.beside for number in (0, len(seeds))
    )
    place = int(digits) - (past and not first)
    known = first or past or int(digits) == 0
    return seeds[place] if known and 0 <= place < len(seeds) else None
