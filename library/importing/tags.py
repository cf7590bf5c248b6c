"""Prompt and seed from the tags inside a sound file."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from library.files.reading import open_file
from library.importing.origin import Origin, OriginError, clean_text, from_json, read_seed
from library.take import MAX_NAME

MAX_JSON = 4 << 20


def from_tags(path: Path) -> Origin:
    """What the tags of `path` say: a comment or description that holds JSON, tags named prompt and seed, the title.

    Tags that can't be read say nothing. Raises OriginError for a prompt or a model's name that is too long.
    """
    try:
        with warnings.catch_warnings(), open_file(path) as file:
            warnings.simplefilter("ignore")
            tag = TinyTag.get(path, file_obj=file, duration=False)
    except (TinyTagException, OSError):
        return Origin()
    other = {key.lower(): values for key, values in tag.other.items()}
    comments = [*filter(None, [tag.comment]), *_texts(other, "comment"), *_texts(other, "description")]
    origin = Origin()
    for text in comments:
        origin = origin.filled_from(_from_comment(text))
    plain = Origin(
        prompt=next(filter(None, map(clean_text, _texts(other, "prompt"))), None),
        seed=_first_seed(_texts(other, "seed")),
        model=next(filter(None, (clean_text(text, MAX_NAME, "model") for text in _texts(other, "model"))), None),
    )
    return origin.filled_from(plain).filled_from(Origin(prompt=clean_text(tag.title) if tag.title else None))


def _texts(other: dict[str, list[str]], key: str) -> list[str]:
    return [str(value) for value in other.get(key, [])]


def _from_comment(text: str) -> Origin:
    """JSON as our exports and other tools write it, or words such as `prompt: … seed: 411`."""
    text = text.strip().strip("\0")
    if text.startswith("{") and len(text) <= MAX_JSON:
        try:
            return from_json(text.encode())
        except ValueError:
            return Origin()
    seed = re.search(r"\bseed\s*[:=]\s*([0-9]{1,20})\b", text[:100_000], re.IGNORECASE)
    return Origin(seed=_first_seed([seed[1]] if seed else []))


def _first_seed(texts: list[str]) -> int | None:
    for text in texts:
        try:
            return read_seed(text)
        except OriginError:
            continue
    return None
