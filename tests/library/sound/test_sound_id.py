"""One sound, one id: whatever the container, the tags and the name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from library.sound.audio import read, sound_id
from library.take import ID_LENGTH

Make = Callable[..., Path]


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(1, 5000),
    channels=st.integers(1, 3),
    rate=st.sampled_from([8000, 44100, 48000, 96000]),
    seed=st.integers(0, 99),
)
def test_lossless_containers_of_a_sound_share_its_id(
    tmp_path_factory: pytest.TempPathFactory, frames: int, channels: int, rate: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("ids")
    samples = np.random.default_rng(seed).integers(-(2**15), 2**15, (frames, channels), dtype=np.int16)
    ids = set()
    for name, subtype in (
        ("a.wav", "PCM_16"),
        ("b.wav", "PCM_24"),
        ("c.flac", "PCM_16"),
        ("d.flac", "PCM_24"),
        ("e.aiff", "PCM_16"),
        ("f.wav", "PCM_32"),
    ):
        soundfile.write(folder / name, samples.astype(np.int32) << 16, rate, subtype=subtype)
        ids.add(sound_id(folder / name))
    assert len(ids) == 1
    changed = samples.copy()
    changed[-1, -1] ^= 1
    soundfile.write(folder / "other.wav", changed, rate)
    assert sound_id(folder / "other.wav") not in ids
    soundfile.write(folder / "rate.wav", samples, rate + 1)
    assert sound_id(folder / "rate.wav") not in ids


def test_float_files_keep_their_own_id(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).standard_normal((1000, 2)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, 44100, subtype="FLOAT")
    soundfile.write(tmp_path / "b.aiff", samples, 44100, subtype="FLOAT")
    assert sound_id(tmp_path / "a.wav") == sound_id(tmp_path / "b.aiff")


def _retag(path: Path, target: Path, title: str) -> None:
    """The same coded sound with another comment packet, laid out on new pages with new numbers (RFC 3533, RFC 7845)."""
    data = path.read_bytes()
    at, pages = 0, []
    while at < len(data):
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        body_at = at + 27 + len(lacing)
        pages.append((data[at : at + 27], lacing, data[body_at : body_at + sum(lacing)]))
        at = body_at + sum(lacing)
    out, number = bytearray(), 0
    head, lacing, body = pages[0]
    rest = pages[1:]
    # Packets of the header pages up to the end of the one in which the comment ends.
    seen, carried = b"", b""
    while True:
        page_head, page_lacing, page_body = rest.pop(0)
        offset = 0
        done = False
        for lace in page_lacing:
            piece = page_body[offset : offset + lace]
            offset += lace
            if done:
                carried += piece
            else:
                seen += piece
                done = lace < 255
        if done:
            break
    magic = b"OpusTags" if seen.startswith(b"OpusTags") else b"\x03vorbis"
    vendor = b"retagged"
    comment = f"TITLE={title}".encode()
    packet = magic + len(vendor).to_bytes(4, "little") + vendor + (1).to_bytes(4, "little")
    packet += len(comment).to_bytes(4, "little") + comment + (b"\x01" if magic[0] == 3 else b"")

    def page(model: bytes, laces: bytes, content: bytes) -> None:
        nonlocal number
        header = bytearray(model)
        header[18:22] = number.to_bytes(4, "little")
        header[22:26] = bytes(4)
        header[26] = len(laces)
        whole = bytes(header) + laces + content
        header[22:26] = _crc(whole).to_bytes(4, "little")
        out.extend(bytes(header) + laces + content)
        number += 1

    def laces_of(length: int) -> bytes:
        return bytes([255] * (length // 255) + [length % 255])

    page(head, lacing, body)
    if carried:  # Vorbis: the setup packet begins on the comment's page, and may go on
        setup, model = carried, page_head
        if page_lacing[-1] == 255:
            while True:
                _, more_lacing, more_body = rest.pop(0)
                setup += more_body
                if more_lacing[-1] < 255:
                    break
        page(model, laces_of(len(packet)), packet)
        page(model, laces_of(len(setup)), setup)
    else:
        page(page_head, laces_of(len(packet)), packet)
    for model, laces, content in rest:
        page(model, laces, content)
    target.write_bytes(out)


def _crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if crc & 0x80000000 else crc << 1
    return crc


@pytest.mark.parametrize("suffix", ["ogg", "opus"])
def test_ogg_ids_survive_another_comment(make_file: Make, tmp_path: Path, suffix: str) -> None:
    path = make_file(suffix, np.random.default_rng(0).standard_normal((20000, 2)).astype(np.float32) * 0.1)
    target = tmp_path / f"retagged.{suffix}"
    _retag(path, target, "A new name " * 60)
    # It is still a file that decodes to the same sound …
    assert np.array_equal(soundfile.read(target)[0], soundfile.read(path)[0])
    assert target.read_bytes() != path.read_bytes()
    # … and so has the same id.
    assert sound_id(target) == sound_id(path)


def _id3v2(length: int) -> bytes:
    size = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    frame = b"TIT2" + bytes(4) + bytes(2)
    return b"ID3\x04\0\0" + size + frame + bytes(length - len(frame))


_ID3V1 = b"TAG" + b"title".ljust(125, b"\0")
_APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_id3v2(3000), b""),
        (_id3v2(200) + _id3v2(50_000), b""),
        (b"", _ID3V1),
        (b"", _APE + _ID3V1),
        (_id3v2(500), b"APETAGEX" + bytes(500) + _APE + b"LYRICSBEGIN" + bytes(99) + b"000119LYRICS200" + _ID3V1),
    ],
)
def test_mp3_ids_survive_tags(make_file: Make, tmp_path: Path, before: bytes, after: bytes) -> None:
    path = make_file("mp3")
    target = tmp_path / "tagged.mp3"
    target.write_bytes(before + path.read_bytes() + after)
    assert sound_id(target) == sound_id(path)
    assert np.array_equal(soundfile.read(path)[0], read(target)[0])


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff"])
def test_lossless_ids_survive_tags_and_names(make_file: Make, tmp_path: Path, suffix: str) -> None:
    path = make_file(suffix)
    target = tmp_path / f"moved.{suffix}"
    shutil.copy(path, target)
    with soundfile.SoundFile(target, "r+" if suffix != "flac" else "r") as file:
        if suffix != "flac":
            file.title = "A new name"
    if suffix == "flac":
        data, rate = soundfile.read(path, dtype="int16")
        with soundfile.SoundFile(target, "w", rate, 2, "PCM_16") as file:
            file.title = "A new name"
            file.write(data)
    assert target.read_bytes() != path.read_bytes()
    assert sound_id(target) == sound_id(path)


@pytest.mark.parametrize("suffix", ["wav", "ogg", "opus", "mp3"])
def test_ids_differ_between_sounds_and_stay_the_same(make_file: Make, suffix: str) -> None:
    rng = np.random.default_rng(1)
    first = make_file(suffix, rng.standard_normal((30000, 2)).astype(np.float32) * 0.1, "first")
    second = make_file(suffix, rng.standard_normal((30000, 2)).astype(np.float32) * 0.1, "second")
    assert sound_id(first) == sound_id(first)
    assert sound_id(first) != sound_id(second)
    assert len(sound_id(first)) == ID_LENGTH
