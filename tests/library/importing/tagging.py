"""Puts tags into small sound files, byte by byte, as other tools' writers do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.fuzz.make_corpus import encoded

Pairs = Sequence[tuple[str, str]]


def vorbis(pairs: Pairs, encoding: str = "utf-8") -> bytes:
    """A block of Vorbis comments."""
    comments = [name.encode() + b"=" + text.encode(encoding) for name, text in pairs]
    head = (4).to_bytes(4, "little") + b"Lavf" + len(pairs).to_bytes(4, "little")
    return head + b"".join(len(comment).to_bytes(4, "little") + comment for comment in comments)


def flac(pairs: Pairs, encoding: str = "utf-8") -> bytes:
    """A FLAC file with these comments in place of its own (RFC 9639, 8.6)."""
    data, at, last, blocks = encoded("flac"), 4, False, list[tuple[int, bytes]]()
    while not last:
        last, kind, size = bool(data[at] & 128), data[at] & 127, int.from_bytes(data[at + 1 : at + 4])
        blocks += [(kind, data[at + 4 : at + 4 + size])] if kind != 4 else []
        at += 4 + size
    blocks.append((4, vorbis(pairs, encoding)))
    heads = [bytes([kind | 128 * (n == len(blocks) - 1)]) + len(b).to_bytes(3) for n, (kind, b) in enumerate(blocks)]
    return b"fLaC" + b"".join(head + block for head, (_, block) in zip(heads, blocks, strict=True)) + data[at:]


def opus(pairs: Pairs) -> bytes:
    """The first pages of an Opus file (RFC 7845): its head, and its comments over as many pages as they need."""
    packets = [
        b"OpusHead" + bytes([1, 2, 0, 0]) + (48000).to_bytes(4, "little") + bytes(3),
        b"OpusTags" + vorbis(pairs),
    ]
    pages, number = list[bytes](), 0
    for packet in packets:
        done = 0
        lacing = [255] * (len(packet) // 255) + [len(packet) % 255]
        while lacing:
            sizes, lacing = lacing[:255], lacing[255:]
            head = b"OggS" + bytes(10) + b"\1\0\0\0" + number.to_bytes(4, "little") + bytes(4) + bytes([len(sizes)])
            pages.append(head + bytes(sizes) + packet[done : done + sum(sizes)])
            done, number = done + sum(sizes), number + 1
    return b"".join(pages)


def frame(name: str, content: bytes, version: int = 3, flags: int = 0) -> bytes:
    """A frame of ID3v2."""
    if version == 2:
        return name.encode() + len(content).to_bytes(3) + content
    size = synchsafe(len(content)) if version == 4 else len(content).to_bytes(4)
    return name.encode() + size + bytes([0, flags]) + content


def text_of(text: str, coding: int) -> bytes:
    """`text` in one of ID3's four encodings."""
    return text.encode(("latin-1", "utf-16", "utf-16-be", "utf-8")[coding])


def user_text(name: str, text: str, coding: int = 3, version: int = 3) -> bytes:
    """A TXXX frame, as ffmpeg writes any tag."""
    zero = b"\0\0" if coding in (1, 2) else b"\0"
    content = bytes([coding]) + text_of(name, coding) + zero + text_of(text, coding)
    return frame("TXX" if version == 2 else "TXXX", content, version)


def comment(text: str, coding: int = 3, version: int = 3, name: str = "") -> bytes:
    """A COMM frame."""
    zero = b"\0\0" if coding in (1, 2) else b"\0"
    content = bytes([coding]) + b"eng" + text_of(name, coding) + zero + text_of(text, coding)
    return frame("COM" if version == 2 else "COMM", content, version)


def id3(*frames: bytes, version: int = 3, flags: int = 0) -> bytes:
    """An ID3v2 tag."""
    body = b"".join(frames)
    return b"ID3" + bytes([version, 0, flags]) + synchsafe(len(body)) + body


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def mp3(*frames: bytes, version: int = 3) -> bytes:
    """An MP3 with an ID3v2 tag."""
    return id3(*frames, version=version) + encoded("mp3")


def chunk(name: str, content: bytes) -> bytes:
    """A chunk of RIFF."""
    return name.encode() + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def wav(*chunks: bytes) -> bytes:
    """A WAV with these chunks behind its sound."""
    data = encoded("wav") + b"".join(chunks)
    return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]


def info(*pairs: tuple[str, bytes]) -> bytes:
    """An INFO list, as taglib, ffmpeg and Windows write it."""
    return chunk("LIST", b"INFO" + b"".join(chunk(name, text + b"\0") for name, text in pairs))


def ape(pairs: Pairs) -> bytes:
    """An APEv2 tag to stand at the end of a file."""
    items = b"".join(
        len(text.encode()).to_bytes(4, "little") + bytes(4) + name.encode() + b"\0" + text.encode()
        for name, text in pairs
    )
    size, count = (number.to_bytes(4, "little") for number in (len(items) + 32, len(pairs)))
    return items + b"APETAGEX" + (2000).to_bytes(4, "little") + size + count + bytes(12)


def atom(name: bytes, content: bytes) -> bytes:
    """An atom of MP4."""
    return (8 + len(content)).to_bytes(4) + name + content


def mp4(*items: bytes) -> bytes:
    """An M4A without sound, but with iTunes' list of tags."""
    handler = atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    meta = atom(b"meta", bytes(4) + handler + atom(b"ilst", b"".join(items)))
    return atom(b"ftyp", b"M4A \0\0\0\0") + atom(b"mdat", bytes(64)) + atom(b"moov", atom(b"udta", meta))


def mp4_text(name: bytes, text: str) -> bytes:
    return atom(name, atom(b"data", b"\0\0\0\1" + bytes(4) + text.encode()))


def mp4_free(name: str, text: str) -> bytes:
    data = atom(b"data", b"\0\0\0\1" + bytes(4) + text.encode())
    return atom(b"----", atom(b"mean", bytes(4) + b"com.apple.iTunes") + atom(b"name", bytes(4) + name.encode()) + data)


def as_json(document: Any, **options: Any) -> str:
    return json.dumps(document, **options)
