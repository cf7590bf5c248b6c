"""Prompt and seed from a file's name and folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from library.errors import ImportingError
from library.importing.origin import Origin, clean_text
from library.take import MAX_NAME, MAX_SEED

FIELDS = ("prompt", "seed", "model", "generator")
_DIGITS = "0123456789"
_SEED_DIGITS = 20

_PAIRS = dict(zip("([{（［｛【「『〔《〈", ")]}）］｝】」』〕》〉", strict=True))
_BRACKETS = "".join([*_PAIRS, *_PAIRS.values()])
_SEPARATORS = " _-.,;+、。，．；・＿－"
_BETWEEN = rf"\s{re.escape(_SEPARATORS)}"
_SEED = re.compile(
    rf"""(?: ^ | (?<=[{_BETWEEN}{re.escape(_BRACKETS)}]) )     # at the start, or after a separator
        (?: seed [\s_:=\#.-]? [\s_:=\#.-]? | s )             # the word, or the one letter
        ([0-9]{{1,20}})
        (?= $ | (?!\.[0-9])[{_BETWEEN}{re.escape(_BRACKETS)}] ) # and nothing that makes it part of another word
    """,
    re.VERBOSE | re.IGNORECASE,
)
_EMPTY_PAIR = re.compile("|".join(rf"{re.escape(one)}[{_BETWEEN}]*{re.escape(other)}" for one, other in _PAIRS.items()))
_COPY = re.compile(r"(?: - Copy)?(?: ?\([0-9]{1,2}\))?$")
"""What browsers and file managers add where a name is taken: another take of that name, or the same sound."""


def from_name(path: PurePath) -> Origin:
    """What the name says: a seed written `_s411`, `-seed-411`, `seed411`, `(seed 411)`, and a prompt in the rest.

    A bare trailing number is no seed: it counts takes, or is part of the words. A name without words (`s411`, `003`)
    leaves the prompt to its folder's name, and a name without a seed leaves it to the folder's likewise.
    Raises OriginError where the prompt is too long.
    """
    seed, words = _split_name(path.stem)
    # The name of a home folder is a person's, not a prompt.
    folder_seed, folder_words = (None, "") if _is_home(path.parent) else _split_name(path.parent.name)
    return Origin(prompt=clean_text(words or folder_words), seed=folder_seed if seed is None else seed)


def _is_home(folder: PurePath) -> bool:
    try:
        return folder == Path.home()
    except RuntimeError:  # no such user
        return False


def _split_name(name: str) -> tuple[int | None, str]:
    """The seed in a name, and its words ("" where it has none)."""
    name = _COPY.sub("", name)
    matches = [match for match in _SEED.finditer(name) if int(match[1]) <= MAX_SEED]
    if not matches:
        return None, _words(name)
    # The word says it plainly; of several letters the last one is meant ("opus s2 take_s411").
    plain = [match for match in matches if match[0].lower().startswith("seed")]
    chosen = (plain or matches)[-1]
    before, after = name[: chosen.start()].rstrip(_SEPARATORS), name[chosen.end() :].lstrip(_SEPARATORS)
    bracketed = before[-1:] in _PAIRS or after[:1] in _PAIRS.values()
    return int(chosen[1]), _words(before + ("" if bracketed else " ") + after)


def _words(text: str) -> str:
    """Separators as spaces; hyphens stay in a text that has other separators ("lo-fi_beat")."""
    text = _trimmed(text)
    text = text.replace("_", " ") if re.search(r"[_\s]", text) else text.replace("-", " ")
    text = " ".join(text.split())
    return text if any(character.isalpha() for character in text) else ""


def _trimmed(text: str) -> str:
    """`text` without empty pairs of brackets, and without separators and half pairs at its ends."""
    before = ""
    while before != text:
        before = text
        text = _EMPTY_PAIR.sub(" ", text).strip(_SEPARATORS)
        halves = _halves(text)
        text = text[0 in halves : len(text) - (len(text) - 1 in halves)]
    return text


def _halves(text: str) -> set[int]:
    """Where the brackets stand that have no partner."""
    opened, halves = list[int](), set[int]()
    for place, character in enumerate(text):
        if character in _PAIRS:
            opened.append(place)
        elif character in _BRACKETS:
            if opened and _PAIRS[text[opened[-1]]] == character:
                opened.pop()
            else:
                halves.add(place)
    return halves.union(opened)


@dataclass(frozen=True)
class Pattern:
    """A user's own way to write names."""

    pieces: tuple[str, ...]
    """Texts that stand for themselves, and fields in their braces."""
    folders: int
    """How many folders above the file it reads."""

    def read(self, path: PurePath) -> Origin | None:
        """What `path` says by this pattern, None where it does not fit. Raises OriginError for too long a text."""
        parts = path.with_suffix("").parts
        text = "/".join(parts[-1 - self.folders :])
        if (fields := _match_pieces(self.pieces, text)) is None:
            return None
        seed = int(fields["seed"]) if fields.get("seed") else None
        if seed is not None and seed > MAX_SEED:
            return None
        prompt, model, generator = (fields.get(name) for name in ("prompt", "model", "generator"))
        if prompt and " " not in prompt:
            prompt = prompt.replace("_", " ")
        return Origin(
            prompt=clean_text(prompt) if prompt else None,
            seed=seed,
            model=clean_text(model, MAX_NAME, "model") if model else None,
            generator=clean_text(generator, MAX_NAME, "generator") if generator else None,
        )


def compile_pattern(text: str) -> Pattern:
    """Read a pattern such as `{prompt}_s{seed}` or `{model}/{prompt}-{_}-{seed}`.

    `{prompt}`, `{seed}`, `{model}` and `{generator}` stand for themselves, `{_}` for anything, `/` for a folder; the
    suffix is left out. Raises ImportingError for a pattern that can't be used.
    """
    pieces, seen, after_text = list[str](), list[str](), False
    for piece in re.split(r"(\{[^{}]*\})", text):
        if not piece:
            continue
        if not piece.startswith("{"):
            if "{" in piece or "}" in piece:
                raise _pattern_error(text, "a brace isn't closed")
            pieces.append(piece)
            after_text = False
            continue
        name = piece[1:-1].strip()
        if name not in (*FIELDS, "_"):
            raise _pattern_error(text, f"it can't have a field {piece}")
        if name in seen and name != "_":
            raise _pattern_error(text, f"{piece} is in it twice")
        if name != "seed" and after_text:
            raise _pattern_error(text, f"nothing separates {piece} from the field before it")
        seen.append(name)
        pieces.append(f"{{{name}}}")
        after_text = name != "seed"
    if not set(seen) & set(FIELDS):
        raise _pattern_error(text, "it has neither {prompt} nor {seed}")
    return Pattern(tuple(pieces), text.count("/"))


def _match_pieces(pieces: Sequence[str], text: str) -> dict[str, str] | None:
    """What each field stands for, None where the whole of `text` can't be read so.

    From the left on each is as short as can be, and a seed as long as can be: as a regular expression finds them that
    tries one way after the other, of which a long name full of dashes has billions. Here each place of the text is
    looked at once for each piece, from the end: where would this piece end, if the rest is to fit behind it?
    """
    rest_fits = [False] * len(text) + [True]
    ends_of_pieces = list[list[int]]()
    for piece in reversed(pieces):
        ends_of_pieces.append(
            [next((end for end in _ends(piece, text, place) if rest_fits[end]), -1) for place in range(len(text) + 1)]
        )
        rest_fits = [end >= 0 for end in ends_of_pieces[-1]]
    fields, place = dict[str, str](), 0
    for piece, ends in zip(pieces, reversed(ends_of_pieces), strict=True):
        if ends[place] < 0:
            return None
        if piece.startswith("{"):
            fields[piece[1:-1]] = text[place : ends[place]]
        place = ends[place]
    return fields


def _ends(piece: str, text: str, place: int) -> range:
    """Where `piece` may end if it begins at that place, the likeliest first."""
    if not piece.startswith("{"):
        end = place + len(piece)
        return range(end, end + text.startswith(piece, place))
    if piece == "{seed}":
        following = text[place : place + _SEED_DIGITS]
        return range(place + len(following) - len(following.lstrip(_DIGITS)), place, -1)
    slash = text.find("/", place)
    return range(place if piece == "{_}" else place + 1, (slash if slash >= 0 else len(text)) + 1)


def _pattern_error(text: str, why: str) -> ImportingError:
    shown = clean_text(text[:100]) or ""
    return ImportingError(
        f"The pattern “{shown}” can't be used: {why}.",
        "Write it like '{prompt}_s{seed}'; fields: {prompt}, {seed}, {model}, {generator}; {_} matches anything.",
    )
