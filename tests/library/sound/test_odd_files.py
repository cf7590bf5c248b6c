"""Files as they are met: joined, tagged at either end, cut, padded. What is kept is what is heard, whole."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.sound import audio
from library.sound.mpeg_frames import frame_length
from library.store.catalog import Catalog
from library.take import Take
from ratings.export import ExportRequest, run_export
from ratings.journal import Journal
from tests.judging import Judge
from tests.library.sound.conftest import tone
from tui.playing.player.messages import Decoding, WantedTake
from tui.playing.player.sound_chunks import CachedSound
from tui.playing.player.take_decoder import TakeDecoder

RATE = 48_000


def coded(kind: str, seconds: float, *, hertz: float = 440, channels: int = 2, rate: int = RATE) -> bytes:
    """A file of that kind: a format of libsndfile's, or that and a coding."""
    container, _, subtype = kind.partition(" ")
    into = io.BytesIO()
    samples = tone(seconds, rate, hertz)[:, :channels]
    soundfile.write(into, samples, rate, format=container, subtype=subtype or None)
    return into.getvalue()


def id3v2(text: bytes = b"Night drive", claimed: int | None = None) -> bytes:
    frame = b"TIT2" + struct.pack(">I", len(text) + 1) + b"\0\0\0" + text
    length = len(frame) if claimed is None else claimed
    return b"ID3\3\0\0" + bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0)) + frame


ID3V1 = b"TAG" + b"Night drive".ljust(125, b"\0")


def ape(items: bytes = b"\x0b\0\0\0\0\0\0\0Title\0Night drive") -> bytes:
    """An APEv2 tag with header and footer (hydrogenaud.io)."""

    def block(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<4I8x", 2000, len(items) + 32, 1, flags)

    return block(0xA0000000) + items + block(0x80000000)


def lyrics3() -> bytes:
    body = b"LYRICSBEGIN" + b"INF00002" + b"10" + b"LYR00011la la la la"
    return body + f"{len(body):06d}".encode() + b"LYRICS200"


def without_length(mp3: bytes) -> bytes:
    """Without its first frame, which says how many follow."""
    start = mp3.index(b"\xff\xfb")
    return mp3[start + (frame_length(mp3[start : start + 4]) or 0) :]


def resized(wav: bytes, change: int) -> bytes:
    at = wav.index(b"data") + 4
    return wav[:at] + struct.pack("<I", struct.unpack("<I", wav[at : at + 4])[0] + change) + wav[at + 4 :]


def cbr_mp3(seconds: float) -> bytes:
    into = io.BytesIO()
    soundfile.write(into, tone(seconds, RATE), RATE, format="MP3", bitrate_mode="CONSTANT", compression_level=0.5)
    return into.getvalue()


MP3, FLAC, WAV = "MP3", "FLAC PCM_16", "WAV PCM_16"
OGG, OPUS = "OGG VORBIS", "OGG OPUS"

SAME: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    **{f"{kind} as it is": (kind, bytes) for kind in (
        MP3, FLAC, WAV, "WAV FLOAT", "RF64 PCM_24", OGG, OPUS, "AIFF PCM_24", "CAF PCM_16",
        "CAF ALAC_16", "AU PCM_16", "AU FLOAT", "W64 PCM_24", "WAVEX PCM_16")},
    **{f"{kind} with ID3v2 before": (kind, lambda d: id3v2() + d) for kind in (
        MP3, FLAC, WAV, OGG, OPUS, "AIFF PCM_16")},
    **{f"{kind} with ID3v1 behind": (kind, lambda d: d + ID3V1) for kind in (
        MP3, FLAC, WAV, OGG, OPUS, "AIFF PCM_16", "CAF PCM_16", "AU PCM_16", "W64 PCM_16")},
    **{f"{kind} with APE and ID3v1 behind": (kind, lambda d: d + ape() + ID3V1) for kind in (MP3, FLAC, WAV, OGG)},
    **{f"{kind} with ID3v2 behind": (kind, lambda d: d + id3v2()) for kind in (MP3, FLAC, WAV, OGG)},
    **{f"{kind} with zeros behind": (kind, lambda d: d + bytes(70_000)) for kind in (MP3, FLAC, WAV, OGG, OPUS)},
    **{f"{kind} with other bytes behind": (kind, lambda d: d + b"<html>" * 99) for kind in (MP3, FLAC, WAV, OGG)},
    **{f"{kind} behind {what}": (kind, lambda d, before=before: before + d) for kind in (
        FLAC, WAV, "RF64 PCM_24", OGG, OPUS, "AIFF PCM_24", "CAF PCM_16", "AU PCM_16", "W64 PCM_24")
        for what, before in (("zeros", bytes(215)), ("other bytes", b"HTTP/1.1 200 OK\r\nicy-name: x\r\n\r\n"))},
    "BW64": ("RF64 PCM_24", lambda d: d.replace(b"RF64", b"BW64", 1)),
    "BW64 that needs no 64 bits": (WAV, lambda d: d.replace(b"RIFF", b"BW64", 1)),
    "MP3 behind zeros": (MP3, lambda d: bytes(215) + d),
    "MP3 behind many zeros": (MP3, lambda d: bytes(300_000) + d),
    "MP3 behind other bytes": (MP3, lambda d: b"HTTP/1.1 200 OK\r\nicy-name: x\r\n\r\n" + d),
    "MP3 behind an ID3v2 that says too little": (MP3, lambda d: id3v2(claimed=13) + d),
    "MP3 behind an ID3v2 that says too much": (MP3, lambda d: id3v2(claimed=1 << 24) + d),
    "MP3 with padding behind its ID3v2": (MP3, lambda d: id3v2() + bytes(999) + d),
    "MP3 behind APE and two ID3v2": (MP3, lambda d: ape() + id3v2() + id3v2() + d),
    "MP3 with Lyrics3 behind": (MP3, lambda d: d + lyrics3() + ID3V1),
    "WAV of a size a hair too big": (WAV, lambda d: resized(d, 44)),
    "WAV from a pipe, with ID3v1 behind": (WAV, lambda d: resized(d, -struct.unpack("<I", d[40:44])[0]) + ID3V1),
}  # fmt: skip
"""By name: a kind of file, and what becomes of one that sounds the same and is the same take."""

JOINED: dict[str, tuple[Callable[[], bytes], float]] = {
    "two MP3": (lambda: coded(MP3, 1) + coded(MP3, 2, hertz=700), 3),
    "two MP3 with tags between": (lambda: id3v2() + coded(MP3, 1) + ID3V1 + id3v2() + coded(MP3, 2, hertz=700), 3),
    "two MP3 with APE between": (lambda: coded(MP3, 1) + ape() + ID3V1 + coded(MP3, 2, hertz=700) + ID3V1, 3),
    "three MP3": (lambda: coded(MP3, 1) + coded(MP3, 1, hertz=500) + coded(MP3, 1, hertz=700), 3),
    "MP3 of another rate": (lambda: coded(MP3, 1) + coded(MP3, 2, rate=44_100), 3),
    "MP3 of another MPEG version": (lambda: coded(MP3, 1) + coded(MP3, 2, rate=22_050), 3),
    "stereo and mono MP3": (lambda: coded(MP3, 1) + coded(MP3, 2, channels=1), 3),
    "mono and stereo MP3": (lambda: coded(MP3, 1, channels=1) + coded(MP3, 2), 3),
    "MP3 of which none says its length": (lambda: without_length(coded(MP3, 1)) + without_length(coded(MP3, 2)), 3),
    "MP3 whose length is the first one's": (lambda: coded(MP3, 1) + without_length(coded(MP3, 2)), 3),
    "two Ogg": (lambda: coded(OGG, 1) + coded(OGG, 2, hertz=700), 3),
    "Ogg of another rate": (lambda: coded(OGG, 1) + coded(OGG, 2, rate=22_050), 3),
    "stereo and mono Ogg": (lambda: coded(OGG, 1) + coded(OGG, 2, channels=1), 3),
    "two Opus": (lambda: coded(OPUS, 1) + coded(OPUS, 2, hertz=700), 3),
    "Opus and Vorbis": (lambda: coded(OPUS, 1) + coded(OGG, 2), 3),
    "two FLAC": (lambda: coded(FLAC, 1) + coded(FLAC, 2, hertz=700), 3),
    "two FLAC with tags between": (lambda: coded(FLAC, 1) + ID3V1 + id3v2() + coded(FLAC, 2, hertz=700), 3),
    "FLAC of another rate": (lambda: coded(FLAC, 1) + coded(FLAC, 2, rate=44_100), 3),
    "two WAV": (lambda: coded(WAV, 1) + coded(WAV, 2, hertz=700), 3),
    "WAV of another rate and coding": (lambda: coded(WAV, 1) + coded("WAV FLOAT", 2, rate=44_100, channels=1), 3),
    "two AIFF": (lambda: coded("AIFF PCM_16", 1) + coded("AIFF PCM_16", 2, hertz=700), 3),
    "two AU": (lambda: coded("AU PCM_16", 1) + coded("AU PCM_16", 2, hertz=700), 3),
    "two W64": (lambda: coded("W64 PCM_16", 1) + coded("W64 PCM_16", 2, hertz=700), 3),
    "two CAF": (lambda: coded("CAF PCM_16", 1) + coded("CAF PCM_16", 2, hertz=700), 3),
}
"""By name: what makes a file of several, and its seconds."""

ALONE: dict[str, tuple[Callable[[], bytes], float]] = {
    "MP3 that begins in mid-frame": (lambda: coded(MP3, 3)[5000:], 2.8),
    "MP3 of constant bit rate without a length": (lambda: without_length(cbr_mp3(3)), 3),
    "MP3 of varying bit rate without a length": (lambda: without_length(coded(MP3, 3)), 3),
    "FLAC that says it is shorter": (lambda: claiming(coded(FLAC, 3), RATE), 3),
    "FLAC that says nothing": (lambda: claiming(coded(FLAC, 3), 0) + ID3V1, 3),
}

PART: dict[str, tuple[Callable[[], bytes], float, str]] = {
    "WAV": (lambda: coded(WAV, 3)[: -RATE * 4], 2, "Only 2.0 of 3.0 s"),
    "AIFF": (lambda: coded("AIFF PCM_16", 3)[: -RATE * 4], 2, "Only 2.0 of 3.0 s"),
    "W64": (lambda: coded("W64 PCM_16", 3)[: -RATE * 4], 2, "Only 2.0 of 3.0 s"),
    "AU": (lambda: coded("AU PCM_16", 3)[: -RATE * 4], 2, "Only 2.0 of 3.0 s"),
    "CAF": (lambda: coded("CAF PCM_16", 3)[: -RATE * 4], 2, "Only 2.0 of 3.0 s"),
    "FLAC": (lambda: cut(coded(FLAC, 3)), 1.5, "of 3.0 s"),
    "FLAC damaged in the middle": (lambda: blotted(coded(FLAC, 3)), 1.5, "of 3.0 s"),
    "MP3": (lambda: cut(coded(MP3, 3)), 1.5, "of 3.0 s"),
    "MP3 damaged in the middle": (lambda: blotted(coded(MP3, 3)), 2.8, ""),
    "Ogg": (lambda: cut(coded(OGG, 3)), 1.5, "cut off after"),
    "Opus": (lambda: cut(coded(OPUS, 5)), 2, "cut off after"),
    "joined WAV": (lambda: coded(WAV, 1) + coded(WAV, 3)[: -RATE * 4], 3, "Only 3.0 of 4.0 s"),
    "joined MP3": (lambda: coded(MP3, 1) + cut(coded(MP3, 3)), 2.5, "of 4.0 s"),
}
"""By name: a file that is not whole, its seconds more or less, and what is said of it."""


def claiming(flac: bytes, frames: int) -> bytes:
    return flac[:21] + bytes([flac[21] & 0xF0]) + struct.pack(">I", frames) + flac[26:]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def blotted(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + b"\xa5" * 3000 + data[at + 3000 :]


def heard(path: Path) -> np.ndarray:
    pieces = list[np.ndarray]()
    audio.examine(path, lambda samples, info: pieces.append(samples.copy()))
    return np.concatenate(pieces)


def check_everywhere(path: Path, folder: Path) -> Take:
    """Import it, play it, export it, all of the same length; the take."""
    library = Library(folder / "library")
    catalog = Catalog.load(library)
    report = run_import(catalog, ImportRequest([path]))
    assert report.failed == []
    (take,) = report.takes
    frames = round(take.duration_s * take.sample_rate)
    assert len(heard(path)) == frames
    assert sum(map(len, audio.stream(path, 10_007))) == frames
    assert bool(report.partial) == ("partial" in take.flags)

    decoder = TakeDecoder(folder / "cache", budget=1 << 30, chunk_seconds=60)
    decoder.want([WantedTake(name="take", path=str(path), first=0, chunks=1, sound=take.id, since="")])
    while (step := decoder.step()) == Decoding("take"):
        pass
    assert step == Decoding(None)
    played = CachedSound(folder / "cache", "take", estimate=0, chunk_seconds=60)
    played.refresh(0)
    assert played.certain
    assert played.total == pytest.approx(take.duration_s * 48_000, abs=2)

    journal = Journal.load(library)
    Judge(journal.log("ear")).pick(take.id)
    exported = run_export(catalog, journal.history, ExportRequest(destination=folder / "out", picks=True))
    assert exported.failed == []
    assert soundfile.info(exported.files[0].path).frames == frames
    assert exported.files[0].duration_s == take.duration_s
    return take


@pytest.mark.parametrize("name", SAME)
def test_what_stands_around_a_sound_is_tags_or_nothing(tmp_path: Path, name: str) -> None:
    kind, change = SAME[name]
    clean, odd = tmp_path / "clean", tmp_path / "odd"
    clean.write_bytes(coded(kind, 1.5))
    odd.write_bytes(change(clean.read_bytes()))
    expected = soundfile.read(clean, dtype="float32")[0]
    assert np.array_equal(heard(odd), expected)
    take = check_everywhere(odd, tmp_path)
    assert (take.id, "partial" in take.flags) == (audio.sound_id(clean), False)


@pytest.mark.parametrize("name", JOINED | ALONE)
def test_a_file_is_heard_to_its_end(tmp_path: Path, name: str) -> None:
    make, seconds = (JOINED | ALONE)[name]
    path = tmp_path / "joined"
    path.write_bytes(make())
    take = check_everywhere(path, tmp_path)
    assert take.duration_s == pytest.approx(seconds, abs=0.1)
    assert "partial" not in take.flags
    # It sounds to its end, and from any place on as it does from the beginning.
    whole, rate = audio.read(path)
    assert np.abs(whole[-rate // 2 : -rate // 4]).max() > 0.02
    for start in (rate // 2, rate * 3 // 2, len(whole) - 1000):
        assert np.allclose(audio.read(path, start=start)[0][1000:], whole[start + 1000 :], atol=0.02)


@pytest.mark.parametrize("name", PART)
def test_of_a_file_that_is_not_whole_is_kept_what_can_be_read_and_said_so(tmp_path: Path, name: str) -> None:
    make, seconds, said = PART[name]
    path = tmp_path / "part"
    path.write_bytes(make())
    take = check_everywhere(path, tmp_path)
    assert take.duration_s == pytest.approx(seconds, abs=0.4)
    assert "partial" in take.flags
    assert said in audio.examine(path, lambda samples, info: None).partial
