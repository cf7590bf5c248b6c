"""Text of which nobody says how it is encoded: Unicode in all its forms, else the code page that makes words of it."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096
CODE_PAGES = ("cp1252", "cp1251", "cp1250", "cp932", "gb18030", "cp949", "big5")
"""Western, Cyrillic, Central European, Japanese, Chinese (mainland), Korean, Chinese (Taiwan)."""


def decode_text(data: bytes) -> str:
    """What `data` says. Bytes that fit nothing become replacement characters."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode(encoding_of(data), "replace")


def encoding_of(data: bytes) -> str:
    """How `data`, without a byte order mark, is encoded, as far as it tells."""
    head = data[:_SAMPLE]
    if b"\0" in head:
        pairs = max(len(head) // 2, 1)
        for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            if head[offset::2].count(0) * 2 >= pairs > head[1 - offset :: 2].count(0) * 4:
                return encoding
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and not data[: error.start].isascii():
            return "utf-8"  # cut off in the middle of a character
        return guess_code_page(data)
    return "utf-8"


def guess_code_page(data: bytes) -> str:
    """The code page that makes most sense of `data`: its letters are common ones, and stand among their own."""
    foreign = b"\n".join(line for line in data.splitlines() if not line.isascii())[: 4 * _SAMPLE]
    return max(CODE_PAGES, key=lambda page: _sense(foreign, page))


def _sense(data: bytes, page: str) -> float:
    """How likely text in `page` is to look so, from 0 to 1."""
    decoder = codecs.getincrementaldecoder(page)()
    try:
        text = decoder.decode(data)  # a character that is cut off at the end is left out
    except UnicodeDecodeError:
        return -1.0
    padded = f" {text} "
    rates = [
        _MULTI_BYTE[page](page, character) if page in _MULTI_BYTE else _rate_single_byte(page, before, character, after)
        for before, character, after in zip(padded, text, padded[2:], strict=False)
        if not character.isascii()
    ]
    mean = sum(rates) / len(rates) if rates else 0.0
    # Chinese has no spaces, and what is Korean for sure in these places is half of the Chinese characters.
    spaced = any(not word.isascii() for word in text.split()[1:])
    return mean + 0.05 * (page == "cp949" and spaced and len(rates) >= 4)


def _rate_single_byte(page: str, before: str, character: str, after: str) -> float:
    beside = [neighbour for neighbour in (before, after) if neighbour.isalpha()]
    plain = any(neighbour.isascii() for neighbour in beside)
    if not character.isalpha():
        typographic = character in "‘’“”„–—…«»€№ " or (character in "°£§©®" and not plain)
        return 0.6 if typographic and page != "cp1250" else 0.4 if typographic else 0.0
    if page == "cp1251":
        russian = "А" <= character <= "я" or character in "ЁёІіЇїЄєҐґЎў"
        inner_capital = character.isupper() and before.isalpha() and before.islower()
        return 0.0 if plain or not russian or inner_capital else 0.9
    inner_capital = character.isupper() and before.islower()
    return 0.2 if inner_capital or (beside and not plain) else 0.8 if page == "cp1252" else 0.7


def _rate_japanese(page: str, character: str) -> float:
    if "ぁ" <= character <= "ヿ":
        return 1.0
    if "｡" <= character <= "ﾟ":
        return 0.1
    return 0.9 if _is_mark(character) or 0x88 <= character.encode(page)[0] <= 0x97 else 0.3


def _rate_lead(page: str, character: str) -> float:
    """By the standards' own order: the most used characters have the first places (GB 2312, KS X 1001, Big5)."""
    lead, trail = (*character.encode(page), 0)[:2]
    if page == "big5":
        return 0.8 if 0xA4 <= lead <= 0xC6 or _is_mark(character) else 0.2
    if trail < 0xA1:
        return 0.1
    last = 0xC8 if page == "cp949" else 0xD7
    return 0.85 if 0xB0 <= lead <= last or _is_mark(character) else 0.3


def _is_mark(character: str) -> bool:
    return "　" <= character <= "〿" or "！" <= character <= "～"


_MULTI_BYTE = {"cp932": _rate_japanese, "gb18030": _rate_lead, "cp949": _rate_lead, "big5": _rate_lead}
