"""Vorbis comments: in FLAC (RFC 9639, 8.6), and in Ogg (RFC 3533) for Vorbis, Opus (RFC 7845), FLAC and Speex."""

from __future__ import annotations

from library.importing.tags.bounded_file import MAX_VALUE, BoundedFile, Tag, Tags

_COMMENT, _PICTURE = 4, 6
_NAMES = {"unsyncedlyrics": "lyrics", "unsynced lyrics": "lyrics"}
_MAX_PACKET = 2 * MAX_VALUE


def read_flac(file: BoundedFile, place: int) -> Tags:
    """The comments of the FLAC stream at `place`."""
    place, last = place + 4, False
    while not last:
        head = file.at(place, 4)
        if len(head) < 4:
            return
        last, kind, size = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:])
        if kind == _COMMENT:
            yield from _comments(file, place + 4, place + 4 + size)
        place += 4 + size


def _comments(file: BoundedFile, place: int, end: int) -> Tags:
    end = min(end, file.size)
    place += 4 + int.from_bytes(file.at(place, 4), "little")
    count = int.from_bytes(file.at(place, 4), "little")
    place += 4
    while count and place + 4 <= end:
        size = int.from_bytes(file.at(place, 4), "little")
        place, count = place + 4, count - 1
        if size > end - place:
            return
        content = file.value(place, size)
        name, equals, value = (content or b"").partition(b"=")
        if equals and len(name) < 200:
            label = name.decode("latin-1").strip().lower()
            yield Tag(_NAMES.get(label, label), value, "utf-8")
        place += size


def read_ogg(file: BoundedFile, place: int) -> Tags:
    """The comments of the first streams in an Ogg file. Of a chain, that is its first link."""
    packets = dict[int, tuple[int, bytearray]]()
    while True:
        head = file.at(place, 27)
        if len(head) < 27 or head[:4] != b"OggS":
            return
        sizes = file.at(place + 27, head[26])
        place += 27 + len(sizes)
        serial = int.from_bytes(head[14:18], "little")
        number, packet = packets.get(serial, (0, bytearray()))
        for size in sizes:
            packet += file.at(place, size) if size else b""
            place += size
            if len(packet) > _MAX_PACKET:
                file.allowance.passed_over = True
                return
            if size == 255:
                continue
            if (start := _start_of_comments(bytes(packet[:16]), number)) is not None:
                yield from _comments(file.piece(bytes(packet)), start, len(packet))
                return
            number, packet = number + 1, bytearray()
            if number > 3:
                return
        packets[serial] = (number, packet)


def _start_of_comments(head: bytes, number: int) -> int | None:
    """Where the comments begin in a packet that starts with `head`, None where it is another one."""
    if head.startswith(b"OpusTags"):
        return 8
    if head.startswith(b"\x03vorbis"):
        return 7
    if number and head[:1] and head[0] & 0x7F == _COMMENT:
        return 4
    return 0 if number == 1 and not head.startswith((b"\x80theora", b"\x81theora", b"\x05vorbis")) else None
