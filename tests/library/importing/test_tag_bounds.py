"""Tags of files that promise more than anybody may read: bounded in bytes, looks and memory, the rest is kept."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from library.importing.tags import read_tags as module
from library.importing.tags.bounded_file import MAX_BYTES, MAX_LOOKS, Allowance
from library.importing.tags.read_tags import read_tags
from tests.fuzz.make_corpus import encoded
from tests.library.importing.tagging import (
    ape,
    atom,
    chunk,
    comment,
    flac,
    frame,
    id3,
    info,
    mp3,
    mp4,
    mp4_text,
    opus,
    synchsafe,
    user_text,
    wav,
)  # fmt: skip

SAID = info(("INAM", b"night drive"))
MOST_MEMORY = 3 * MAX_BYTES


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> list[Allowance]:
    """What each reading was allowed, and what is left of it."""
    made = list[Allowance]()

    def allow() -> Allowance:
        made.append(Allowance())
        return made[-1]

    monkeypatch.setattr(module, "Allowance", allow)
    return made


def holes(path: Path, head: bytes, size: int, tail: bytes = b"") -> Path:
    """A file with `size` zeros between its ends, which take no room on the disk."""
    with path.open("wb") as file:
        file.write(head)
        file.seek(size, 1)
        file.write(tail)
        file.truncate()
    return path


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "wav, gigabytes of zeros behind it": lambda path: holes(path / "a.wav", wav(SAID), 2 << 30, b"\0"),
    "wav, a list of gigabytes": lambda path: holes(
        path / "a.wav", wav(SAID) + b"LIST" + (3_700_000_000).to_bytes(4, "little") + b"INFO", 3_700_000_000, b"\0"
    ),
    "wav, a text of gigabytes": lambda path: holes(
        path / "a.wav", wav(SAID) + b"LIST\xff\xff\xff\xf0INFOICMT" + (3 << 30).to_bytes(4, "little"), 3 << 30, b"\0"
    ),
    "wav, chunks without end": lambda path: holes(path / "a.wav", wav(SAID) + b"junk\0\0\0\0" * 500_000, 0),
    "mp3, frames without end": lambda path: holes(
        path / "a.mp3", id3(frame("TIT2", b"\3night drive"), *[frame("TABC", b"x")] * 60_000), 0, encoded("mp3")
    ),
    "mp3, a picture of a gigabyte": lambda path: holes(
        path / "a.mp3",
        b"ID3\3\0\0" + synchsafe(200 << 20) + frame("TIT2", b"\3night drive") + b"APIC\x0b\0\0\0\0\0",
        200 << 20,
        b"\0",
    ),
    "flac, comments without end": lambda path: holes(
        path / "a.flac", flac([("title", "night drive"), *[("a", "")] * 60_000]), 0
    ),
    "opus, pages without end": lambda path: holes(
        path / "a.opus", opus([("title", "night drive"), *[("a", "x" * 900)] * 20_000]), 0
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_reading_is_bounded_and_keeps_what_is_sound(name: str, tmp_path: Path, spent: list[Allowance]) -> None:
    path = HOSTILE[name](tmp_path)
    tracemalloc.start()
    tags = read_tags(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert spent[0].looks >= -1
    assert spent[0].bytes > -MAX_BYTES
    if "opus" not in name:
        assert tags.texts["title"] == ["night drive"]


def test_the_bounds_are_bounds() -> None:
    assert (MAX_BYTES, MAX_LOOKS) == (16 << 20, 20_000)


def test_a_long_tag_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(flac([("comment", "x" * (5 << 20)), ("prompt", "night drive")]))
    tags = read_tags(path)
    assert tags.texts["prompt"] == ["night drive"]
    assert "too long" in tags.problem


SAME = [("title", "night drive"), ("prompt", "größer")]
CONTAINERS: dict[str, bytes] = {
    "flac": flac(SAME),
    "flac behind ID3": id3(user_text("x", "y")) + flac(SAME),
    "flac with ID3v1 behind it": flac(SAME) + b"TAG" + bytes(125),
    "opus": opus(SAME),
    "mp3 2.2": mp3(frame("TT2", b"\3night drive", 2), user_text("prompt", "größer", 0, 2), version=2),
    "mp3 2.3": mp3(frame("TIT2", b"\1" + "night drive".encode("utf-16")), user_text("prompt", "größer", 1)),
    "mp3 2.4": mp3(frame("TIT2", b"\2" + "night drive".encode("utf-16-be"), 4), user_text("prompt", "größer", 2, 4),
                   version=4),
    "mp3 with a picture": mp3(frame("APIC", bytes(99)), frame("TIT2", b"\3night drive"), user_text("prompt", "größer")),
    "mp3 behind two tags": id3(frame("TIT2", b"\3night drive")) + mp3(user_text("prompt", "größer")),
    "mp3 with APEv2": encoded("mp3") + ape(SAME),
    "mp3 with APEv2 and ID3v1": encoded("mp3") + ape(SAME) + b"TAG" + bytes(125),
    "wav": wav(info(("INAM", b"night drive"), ("prompt"[:4], "größer".encode()))).replace(b"prom", b"PRMT"),
    "wav with ID3": wav(chunk("id3 ", id3(frame("TIT2", b"\0night drive"), user_text("prompt", "größer")))),
    "m4a": mp4(mp4_text(b"\xa9nam", "night drive"), atom(b"----", atom(b"mean", b"\0\0\0\0com.apple.iTunes")
               + atom(b"name", b"\0\0\0\0prompt") + atom(b"data", b"\0\0\0\1\0\0\0\0" + "größer".encode()))),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(CONTAINERS[name])
    tags = read_tags(path)
    assert tags.texts["title"] == ["night drive"]
    assert tags.texts["prmt" if name == "wav" else "prompt"] == ["größer"]
    assert not tags.problem


def test_unsynchronised_and_packed_frames_are_read(tmp_path: Path) -> None:
    import zlib

    words = b"\3prompt\0night drive \xc3\xbf"
    packed = frame("TXXX", len(words).to_bytes(4) + zlib.compress(words), flags=0x80)
    path = tmp_path / "a.mp3"
    path.write_bytes(id3(packed) + encoded("mp3"))
    assert read_tags(path).texts["prompt"] == ["night drive ÿ"]
    plain = frame("TXXX", b"\1" + "prompt".encode("utf-16") + b"\0\0" + "night drive".encode("utf-16"))
    path.write_bytes(id3(plain.replace(b"\xff", b"\xff\0"), flags=0x80) + encoded("mp3"))
    assert read_tags(path).texts["prompt"] == ["night drive"]


def test_of_two_texts_one_cut_off_the_whole_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(
        mp3(frame("TIT2", b"\3" + b"night drive " * 5), comment("c"))
        + b"TAG"
        + (b"night drive " * 3)[:30].ljust(125, b"\0")
    )
    assert read_tags(path).texts["title"] == [("night drive " * 5).strip()]
