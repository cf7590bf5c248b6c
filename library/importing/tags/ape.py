"""APEv2 tags at the end of a file (Monkey's Audio, 2001)."""

from __future__ import annotations

from library.importing.tags.bounded_file import BoundedFile, Tag, Tags

_FOOTER = 32


def read_ape(file: BoundedFile, end: int) -> Tags:
    """The tag that ends at `end`, if there is one."""
    footer = file.at(max(end - _FOOTER, 0), _FOOTER)
    if not footer.startswith(b"APETAGEX") or len(footer) < _FOOTER:
        return
    size, count = (int.from_bytes(footer[place : place + 4], "little") for place in (12, 16))
    place = end - size
    while place >= 0 and count and place < end - _FOOTER:
        head = file.at(place, 8 + 256)
        length, flags = int.from_bytes(head[:4], "little"), head[4]
        name, _, _ = head[8:].partition(b"\0")
        place, count = place + 8 + len(name) + 1, count - 1
        if flags & 0x06 == 0 and length <= end - place and (value := file.value(place, length)):
            yield Tag(name.decode("latin-1").lower(), value, "utf-8")
        place += length
