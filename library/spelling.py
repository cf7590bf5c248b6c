"""Texts that people typed, in spellings by which they can be compared and found."""

from __future__ import annotations

import re
import unicodedata


def one_spelling(text: str) -> str:
    """`text` in the one spelling that all texts which look the same share, so that they can be compared.

    Letters with accents are composed (NFC, Unicode UAX 15), blanks of any kind and number are one, none at the ends,
    and what can't be seen is left out. Letters that look different stay so: there is no NFKC here.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    elif "  " not in text and text.isprintable():  # as nearly all are, of the 100,000 that a library may have
        return text.strip()
    return " ".join(text.split())


_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Marks of direction, which in a list would garble their neighbours, and of where words may be broken."""


def fold(text: str) -> str:
    """`text` for searching: alike in upper and lower case, in any spelling, in letters of any width (NFKC, UAX 15)."""
    text = one_spelling(text)
    if text.isascii():
        return text.lower()
    # A folded İ has its dot beside it, which nobody types.
    folded = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")
    return unicodedata.normalize("NFKC", folded)
