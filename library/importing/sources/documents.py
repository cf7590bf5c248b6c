"""JSON among texts, told from words and decoded, also with the numbers that Python adds to it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from library.files.decoding import MOST_OBJECTS, NotJsonError, decode_json
from library.machine_text import is_machine_text

_DECODER = msgspec.json.Decoder()


class Texts(NamedTuple):
    """Texts by name, sorted into words and documents."""

    words: dict[str, list[str]]
    documents: dict[str, list[object]]
    broken: list[str]
    """The names of those that begin as JSON and are none."""


def read_json(text: str) -> object:
    """What a JSON document says; NaN and Infinity are numbers. Raises NotJsonError."""
    data = text.encode(errors="replace")
    try:
        return decode_json(data, _DECODER)
    except NotJsonError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        try:
            if data.count(b"{") > MOST_OBJECTS:
                raise
            return json.loads(data)
        except (ValueError, RecursionError):
            pass
        raise


def sort_texts(texts: Mapping[str, Sequence[str]]) -> Texts:
    """Which of the texts are documents."""
    sorted_ = Texts(defaultdict(list), defaultdict(list), [])
    for name, values in texts.items():
        for value in values:
            if value[:1] not in "{[" or not is_machine_text(value):
                sorted_.words[name].append(value)
                continue
            try:
                sorted_.documents[name].append(read_json(value))
            except NotJsonError:
                sorted_.broken.append(name)
    return sorted_
