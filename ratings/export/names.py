"""What exported files are called: as ever, or by a pattern of the user's; on any disk, and never one like another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Formatter

from ratings.errors import ExportError
from ratings.export.redaction import PublicTake

NAME_CHARACTERS, NAME_BYTES = 40, 96
"""Of a prompt in a file's name, which with rank, seed and id has 143 bytes at most: no disk allows fewer (eCryptfs)."""
MOST_BYTES = 143 - len("-9999")
"""Of a whole name, with room for the number of one that is there already."""
MAX_PATTERN = 200
_LONG = 80
"""Characters of a prompt, a model and the like in a pattern's name, or fewer where they would not fit."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)", re.I)
"""What Windows takes for a device, whatever the suffix."""
_NUMBER, _TEXT = re.compile(r"(0?[1-9])?(\.[0-3])?"), re.compile(r"\.?([1-9][0-9]?)?")


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a name can tell of a file."""

    take: PublicTake
    rank: int
    of: int
    """How many files there are."""
    stars: float | None = None
    score: float | None = None
    labels: tuple[str, ...] = ()
    duration_s: float = 0.0


FIELDS: dict[str, Callable[[Named], str | int | float | None]] = {
    "rank": lambda named: named.rank,
    "prompt": lambda named: named.take.prompt or "untitled",
    "seed": lambda named: named.take.seed,
    "stars": lambda named: named.stars,
    "score": lambda named: named.score,
    "id": lambda named: named.take.id[:8],
    "generator": lambda named: named.take.generator,
    "model": lambda named: (named.take.model or "").rpartition("/")[2],
    "label": lambda named: ", ".join(named.labels),
    "date": lambda named: named.take.created_at[:10],
    "len": lambda named: round(named.duration_s),
}
"""The fields of a pattern."""


class NamePattern:
    """`{rank:02} {prompt} s{seed}`, read once. Numbers may have a width and decimals, texts a greatest length."""

    def __init__(self, pattern: str) -> None:
        """Raises ExportError for a field there is not, and for what is no pattern."""
        if len(pattern) > MAX_PATTERN:
            raise ExportError(f"A pattern of {len(pattern):,} characters is too long.", f"Use at most {MAX_PATTERN}.")
        try:
            self._parts = [(text, name, spec or "") for text, name, spec, _ in Formatter().parse(pattern)]
        except ValueError as error:
            raise ExportError(f"The pattern {pattern!r} can't be read: {error}.", "Write {{ for a brace.") from error
        for text, name, spec in self._parts:
            if "/" in text or "\\" in text:
                raise ExportError("A name has no / or \\ in it.", "All files go into one folder.")
            if name is not None:
                self._check(name, spec)
        if all(name is None for _, name, _ in self._parts):
            raise ExportError(f"The pattern {pattern!r} has no field.", _fields())

    @staticmethod
    def _check(name: str, spec: str) -> None:
        if name not in FIELDS:
            raise ExportError(f"{{{name}}} isn't a field.", _fields())
        allowed = _NUMBER if name in ("rank", "seed", "stars", "score", "len") else _TEXT
        if not allowed.fullmatch(spec):
            raise ExportError(
                f"{{{name}:{spec}}} isn't a valid format.",
                "Numbers can be {rank:03} or {score:.1}, texts {prompt:.20}.",
            )

    def name(self, named: Named, suffix: str) -> str:
        """A file's name, of MOST_BYTES at most: the longer texts give way."""
        most = _LONG
        while True:
            name = _on_any_disk(
                "".join(text + self._value(named, field, spec, most) for text, field, spec in self._parts)
            )
            if len(f"{name}{suffix}".encode()) <= MOST_BYTES or most <= 8:
                break
            most -= 4
        name = _cut_bytes(name or named.take.id[:8], MOST_BYTES - len(suffix))
        return f"{name}{suffix}"

    @staticmethod
    def _value(named: Named, field: str | None, spec: str, most: int) -> str:
        value = None if field is None else FIELDS[field](named)
        if value is None:
            return ""
        if isinstance(value, str):
            limit = int(spec.lstrip(".") or most)
            return _cut(_FORBIDDEN.sub(" ", value), min(limit, most))
        width, decimals = _NUMBER.fullmatch(spec).groups()  # type: ignore[union-attr]  # it was checked
        if isinstance(value, int):
            return f"{value:{width or ''}d}"
        return f"{value:{width or ''}{decimals}f}" if decimals else f"{round(value, 2):{width or ''}g}"


def usual_name(named: Named, suffix: str) -> str:
    """`01_slow-neon-drive_s411_3f9a2b1c.wav`: sorts by rank; tells prompt, seed and id."""
    take = named.take
    seed = "" if take.seed is None else f"_s{take.seed}"
    rank = f"{named.rank:0{max(2, len(str(named.of)))}}"
    return f"{rank}_{words_for_name(take.prompt or '')}{seed}_{take.id[:8]}{suffix}"


def names_of(files: Sequence[Named], pattern: NamePattern | None, suffix: str) -> list[str]:
    """Their names in an empty folder: one that another has, whatever the case, is numbered."""
    found: list[str] = []
    taken: set[str] = set()
    for named in files:
        name = usual_name(named, suffix) if pattern is None else pattern.name(named, suffix)
        stem, number = name.removesuffix(suffix), 1
        while (alike := unicodedata.normalize("NFC", name).casefold()) in taken:
            number += 1
            name = f"{stem}-{number}{suffix}"
        taken.add(alike)
        found.append(name)
    return found


def words_for_name(text: str) -> str:
    """`text` as a piece of a file's name on any disk: letters and digits of all scripts, single hyphens between.

    At most NAME_CHARACTERS of them and NAME_BYTES in UTF-8, no letter cut off from its accents; "untitled" where none
    is left.
    """
    kept = ""
    for character in unicodedata.normalize("NFC", text.lower()):
        kind = unicodedata.category(character)
        if kind[0] in "LN" or (kind[0] == "M" and kept[-1:] not in ("", "-")):
            kept += character
        elif kind != "Cf" and kept[-1:] not in ("", "-"):
            kept += "-"
    kept = _cut(_cut_bytes(kept, NAME_BYTES), NAME_CHARACTERS)
    return kept.strip("-") or "untitled"


def _on_any_disk(name: str) -> str:
    """Without what some disk or system refuses, hides or obeys; blanks are single ones."""
    shown = "".join(
        " " if unicodedata.category(character) in ("Zl", "Zp") else character
        for character in unicodedata.normalize("NFC", _FORBIDDEN.sub(" ", name))
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    shown = " ".join(shown.split()).strip(". ").lstrip("-~ ")
    return f"_{shown}" if _RESERVED.match(shown) else shown


def _cut(text: str, length: int) -> str:
    """At most so many characters, no letter cut off from its accents."""
    end = min(length, len(text))
    while end > 0 and unicodedata.category(text[end : end + 1] or "-")[0] == "M":
        end -= 1
    return text[:end]


def _cut_bytes(text: str, size: int) -> str:
    """At most so many bytes in UTF-8, no letter cut off from its accents."""
    return _cut(text, len(text.encode()[:size].decode(errors="ignore"))).rstrip(". ")


def _fields() -> str:
    return f"Choose from {', '.join(f'{{{name}}}' for name in FIELDS)}."
