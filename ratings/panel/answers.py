"""What a panel's page gives its reader to send back: text that tells by itself where it begins and ends."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from library.files.decoding import NotJsonError, decode_json
from ratings.errors import PanelError
from ratings.judgement import Time
from ratings.panel.record import MOST_ORDERS, MOST_QUESTIONS, Asked, PanelRecord

MOST_BYTES = 4 << 20
"""Of a file that answers come in: a mail with them, or several, has a few thousand."""
MOST_SUBMISSIONS = 200
"""In one file."""
_TOKEN = re.compile(rb"EARMARK-PANEL-1\.([A-Za-z0-9_-]{1,600000})\.([0-9a-f]{64})")
_WRAPPED = re.compile(rb"=?\r?\n(?:>[ >]*)?|[ \t]+")
"""What mail programs do to long lines: break them, mark them as quoted."""

Said: TypeAlias = Literal["1", "2", "3", "4", "5", "a", "b", "t", "o"]
_Seconds = Annotated[float, Meta(ge=0, le=1e6)]


class Answer(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """One answer."""

    question: Annotated[int, Meta(ge=0, lt=MOST_QUESTIONS)]
    said: Said
    """Stars; or which side of a duel is better, a tie (t), or that neither is good (o)."""
    heard_s: _Seconds
    spent_s: _Seconds
    at_s: Annotated[float, Meta(ge=0, le=1e9)]
    """Seconds since the first question."""


class Submission(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What one friend has answered so far."""

    panel: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    run: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    """Drawn by the page: who answers, on which browser."""
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    order: Annotated[int, Meta(ge=0, lt=MOST_ORDERS)]
    began: Time
    """By the friend's clock, which may say anything."""
    answers: Annotated[tuple[Answer, ...], Meta(max_length=MOST_QUESTIONS)]


class Sealed(Struct, frozen=True, gc=False):
    """A submission with its signature, which nobody has checked."""

    submission: Submission
    words: str
    signature: str

    def check(self, record: PanelRecord) -> None:
        """Raise PanelError unless it is signed for that panel, and answers what was asked, each question once."""
        if not hmac.compare_digest(record.sign(self.words), self.signature):
            raise PanelError("It was changed on its way, or is signed for another panel.", "Ask for it once more.")
        asked = record.orders[self.submission.order] if self.submission.order < len(record.orders) else ()
        seen = set[int]()
        for one in self.submission.answers:
            if one.question in seen or one.question >= len(asked) or not _fits(asked[one.question], one.said):
                raise PanelError("It answers what its panel doesn't ask.", "Ask for it once more.")
            seen.add(one.question)


def _fits(asked: Asked, said: Said) -> bool:
    return (said in "12345") == (asked.b is None)


def find_sealed(data: bytes) -> Iterator[Sealed | PanelError]:
    """All that is in a file, up to MOST_SUBMISSIONS: each, or why it is none."""
    # Some programs save text as UTF-16.
    plain = data.replace(b"\0", b"") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data
    text = _WRAPPED.sub(b"", plain)
    for number, found in enumerate(_TOKEN.finditer(text)):
        if number == MOST_SUBMISSIONS:
            yield PanelError(f"It has more than {MOST_SUBMISSIONS} answers.", "Split the file.")
            return
        words, signature = (part.decode() for part in found.groups())
        try:
            packed = base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))
            yield Sealed(decode_json(packed, _SUBMISSION), words, signature)
        except (binascii.Error, NotJsonError):
            yield PanelError("Its answers make no sense.", "Ask for it once more.")


_SUBMISSION = msgspec.json.Decoder(Submission)
