"""How takes, times and stars are written on screen."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from library.take import Source, Take, Word, source_of

MARKS = 4
_JOINERS = "\u200c\u200d"
"""What joins emoji or keeps letters apart. Terminals differ in how wide joined ones are, not in how wide the parts."""
STAR, NO_STAR = "★", "·"
LOWEST, HIGHEST = 1.0, 5.0
"""Stars that a score can have."""


def clock(seconds: float) -> str:
    """`seconds` as m:ss, or h:mm:ss from an hour on."""
    whole = max(0, int(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def stars_bar(stars: float | None) -> str:
    """Five cells: full stars for a rating, dots for what is missing, blank where there is none."""
    if stars is None:
        return NO_STAR * 5
    full = min(5, max(0, round(stars)))
    return STAR * full + NO_STAR * (5 - full)


def plain(text: str) -> str:
    """`text` on one line with nothing that a terminal would obey: controls and direction marks become ·.

    Of marks on top of one letter, MARKS are kept: hundreds of them would spill over the lines around. Joined emoji
    stand side by side.
    """
    if text.isascii() and text.isprintable():
        return text
    shown, marks = list[str](), 0
    for character in text:
        if character in _JOINERS:
            continue
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= MARKS:
            shown.append(_visible(character))
    return "".join(shown) or "·"


def _visible(character: str) -> str:
    if character in "\n\r\t\u2028\u2029":
        return " "
    return "·" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} else character


def ago(stamp: str, now: datetime | None = None) -> str:
    """How long ago a UTC stamp was, in one short word; the date itself after a month; empty if it is no date."""
    try:
        then = datetime.fromisoformat(stamp)
    except ValueError:
        return ""
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    for limit, unit, size in ((60, "now", 0), (3600, "min", 60), (86400, "h", 3600), (31 * 86400, "d", 86400)):
        if seconds < limit:
            return unit if not size else f"{int(seconds // size)} {unit}"
    return then.date().isoformat()


def day(stamp: str) -> str:
    """The day of a UTC stamp, here; empty if it is no date."""
    try:
        return datetime.fromisoformat(stamp).astimezone().date().isoformat()
    except (ValueError, OverflowError):
        return ""


def since(stamp: str) -> str:
    """`ago` for a sentence: `just now`, `3 min ago`, or the date."""
    word = ago(stamp)
    return "just now" if word == "now" else word if "-" in word or not word else f"{word} ago"


def counted(number: int, noun: str) -> str:
    """`1 take`, `2 takes`, `12,000 takes`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def made_already(made: int, of: int) -> str:
    """How many of `of` takes that are asked for there are already, which is one at least."""
    same = "same prompt, seed and generator"
    if made == of:
        return f"{'It exists' if of == 1 else 'They all exist'} already ({same})."
    return f"{made:,} of the {of:,} exist{'s' if made == 1 else ''} already ({same})."


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `10th`, `11th`."""
    teen = 10 <= number % 100 < 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def star_column(score: float, width: int) -> int:
    """Where a score stands on the scale of stars drawn `width` columns wide."""
    return min(width - 1, max(0, round((score - LOWEST) / (HIGHEST - LOWEST) * (width - 1))))


def duration_words(seconds: float) -> str:
    """A length of time for a sentence: `40 s`, `3 min`, `1 h 20 min`."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


_TELLERS: dict[Source, str] = {
    "name": "guessed from its name", "title": "guessed from its title", "pattern": "your name pattern",
    "sidecar": "a file beside it", "tags": "its tags", "sheet": "your sheet",
}  # fmt: skip


def called(take: Take) -> str:
    """`slow piano · 411`: what a take is called in a sentence."""
    words = plain(take.prompt) if take.prompt else "(no prompt)"
    return words if take.seed is None else f"{words} · {take.seed}"


def told_by_words(take: Take) -> str:
    """Where prompt and seed of an imported take come from; "" for one that was made here, and where nobody knows."""
    if take.told_by is None:
        return ""
    tool = f" ({plain(take.told_by.tool)})" if take.told_by.tool else ""
    words: tuple[Word, ...] = ("prompt", "seed")
    tellers = {word: _TELLERS.get(source_of(take, word), "") for word in words if getattr(take, word) is not None}
    if len(set(tellers.values())) == 1:
        return (teller := next(iter(tellers.values()))) and teller + tool
    said = [f"{word}: {teller}" for word, teller in tellers.items() if teller]
    return (" · ".join([said[0] + tool, *said[1:]])) if said else ""


def take_words(take: Take) -> tuple[str, str]:
    """`slow piano` and ` · seed 411 — its tags`: the words of an imported take, and where they come from."""
    seed = "" if take.seed is None else f" · seed {take.seed}"
    told = told_by_words(take)
    return plain(take.prompt) if take.prompt else "(no prompt)", f"{seed}{f' — {told}' if told else ''}"


def kinds_left_out(paths: Sequence[Path]) -> str:
    """How many files were left out, and of what kinds: "4 left out: .m4a, .wma"."""
    return f"{len(paths):,} left out: {', '.join(sorted({path.suffix.lower() for path in paths}))}"
