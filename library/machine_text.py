"""Texts that no musician wrote: documents, ids, hashes, numbers, addresses. None of them is ever a prompt."""

from __future__ import annotations

import re

_DOCUMENT = re.compile(
    r"""["']? [\[{] [\[{\s]* \\* ["']                           # a list or an object of texts
    | [\[{\s]+ -?[0-9.]+ \s* [,\]:]                             # of numbers
    | [\[\]{}\s]+ $
    | < (?: \?xml | !doctype | !-- | html | svg | x: | rdf: | [a-z]+ \s xmlns )
    """,
    re.X | re.I,
)
"""How JSON, a Python literal and XML begin. Words in brackets begin otherwise: `[Verse]`, `{{night}}`, `<lora:x:1>`."""
_FILE = (
    r"\.(?: wav | flac | ogg | oga | opus | mp3 | aiff? | aac | m4a | mp4 | webm | json | safetensors | ckpt | pth? )"
)
_WHOLE = re.compile(
    rf"""(?: [a-z][a-z0-9+.-]* :// \S+ | www\. \S+ | data: \S+ ) $      # an address
    | (?: \S+ | (?: [a-z]: )? [/\\] .* ) {_FILE} $                # a file
    | (?: null | none | nan | n/a | undefined | unknown | true | false | -? infinity ) $
    """,
    re.X | re.I,
)
_ID = re.compile(
    r"""[0-9a-f]{8} (?: ([-_ ]?) [0-9a-f]{4} (?: \1 [0-9a-f]{4} ){2} \1 [0-9a-f]{12} )  # a UUID
    | \b (?: urn:uuid: | uuid: | (?: sha-? (?: 1 | 256 | 512 ) | md5 | blake3 | crc32 ) [:=]? \s* ) (?= [0-9a-f]{8} )
    | \b (?= [0-9a-f]* [0-9] ) (?= [0-9]* [a-f] ) [0-9a-f]{7,} \b | \b [0-9a-f]{24,} \b  # a hash
    | \b 0x [0-9a-f]+ \b | (?<=[0-9]) e [+-]? [0-9]+ \b
    """,
    re.X | re.I,
)
_SCRAMBLED = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")
_MANY = 200
"""Characters that are enough to tell: what begins with so many that are no words is none."""


def is_machine_text(text: str) -> bool:
    """Whether `text`, of any length, is none that anybody wrote.

    That is a JSON, Python or XML document, an id, a hash, a number, a date, an address, the name of a file, or a
    programmer's word for nothing.
    """
    text = text.strip()
    if _DOCUMENT.match(text):
        return True
    head = text[:_MANY]
    if not any(character.isalpha() for character in head):
        return not text or any(character.isdigit() for character in head) or text.isascii()
    if len(text) <= 4 * _MANY and _WHOLE.match(text):
        return True
    if _SCRAMBLED.fullmatch(text) and sum(character.isdigit() for character in head) >= 3:
        return True
    rest = _ID.sub(" ", head)
    return rest != head and not any(character.isalpha() for character in rest)
