"""What a pack holds: one document, and sounds beside it."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from library.take import Take
from ratings.judgement import AnyJudgement

DOCUMENT = "pack.json"
"""The first entry of the ZIP."""
FORMAT = 1
DRAFTS, SOUNDS = "drafts", "sounds"
ENTRY = re.compile(rf"(?:{DRAFTS}|{SOUNDS})/([0-9a-f]{{20}})\.([a-z0-9]{{1,8}})")
"""What else may be in it: sounds, by the ids of their takes."""
MOST_ENTRIES = 60_000
MOST_BYTES = (4 << 30) - (1 << 20)
"""A ZIP beyond has other structures, and no mail or drive likes it."""
MOST_DOCUMENT = 256 << 20


class Pack(Struct, frozen=True, kw_only=True):
    """The document."""

    format: Annotated[int, Meta(ge=1)]
    software: Annotated[str, Meta(max_length=200)] = ""
    created_at: Annotated[str, Meta(max_length=100)] = ""
    takes: tuple[Take, ...] = ()
    """As the library has them, but for where they lie, and without a path of the machine that packed them."""
    judgements: tuple[AnyJudgement, ...] = ()
    """All that stands of what was said of these takes; a duel only if both are among them."""


DECODER = msgspec.json.Decoder(Pack)
