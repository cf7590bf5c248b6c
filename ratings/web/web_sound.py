"""A take as a browser plays it: a small MP3 of two channels at most, as loud as in the app; and how it looks."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from library.sound.audio import open_sound
from library.sound.file_bytes import check
from library.sound.loudness_meter import Meter
from library.sound.opened_sound import SoundInfo
from library.sound.outline import Outline
from library.sound.outline_meter import OutlineMeter
from library.sound.playback_gain import gain_db
from library.sound.samples import Samples
from library.sound.speakers import fold_down
from library.store.catalog import Catalog
from library.take import Take
from ratings.export.formats import KINDS
from ratings.export.source import Listen, find_sound

_FRAMES = 1 << 16
_STEREO = 2
_LEAST_RATE = 32_000
"""Under it MP3 has other bit rates."""
_COMPRESSION = {1: 0.86, 2: 0.78}
"""libsndfile's word for the bit rate, by channels: 64 and 96 kbit/s at 44.1 kHz. Twenty takes of 30 s are 7 MB."""


@dataclass(frozen=True)
class WebSound:
    """A sound for a page."""

    mp3: bytes
    outline: Outline
    duration_s: float


def web_sound(catalog: Catalog, take: Take, stop: Callable[[], bool]) -> WebSound:
    """The take's sound, if a file still holds it. Raises AudioError, StoppedError when `stop` says so."""
    meters = dict[Path, tuple[Meter, OutlineMeter]]()

    def meters_for(path: Path) -> Listen:
        loudness, outline = meters[path] = (Meter(), OutlineMeter(take.duration_s, take.sample_rate))

        def listen(samples: Samples, info: SoundInfo) -> None:
            outline.listen(samples)
            loudness.listen(samples, info)

        return listen

    path, found = find_sound(catalog, take, meters_for, stop)
    loudness, outline = meters[path]
    gain = 10 ** (gain_db(loudness.result()) / 20)
    return WebSound(_encoded(path, gain, stop), outline.result(), found.info.duration_s)


def wav_sound(catalog: Catalog, take: Take, stop: Callable[[], bool]) -> bytes:
    """The take's sound as a WAV of 16 bits at its own rate, as loud as in the app, without a word of what it is.

    Raises AudioError, StoppedError.
    """
    meters = dict[Path, Meter]()

    def meter_for(path: Path) -> Listen:
        meters[path] = Meter()
        return meters[path].listen

    path, _ = find_sound(catalog, take, meter_for, stop)
    gain, into = np.float32(10 ** (gain_db(meters[path].result()) / 20)), io.BytesIO()
    with open_sound(path, stop) as sound:
        info = sound.info
        with soundfile.SoundFile(
            into, "w", info.sample_rate, min(info.channels, _STEREO), "PCM_16", format="WAV"
        ) as file:
            for chunk in _stereo(sound.read, info, stop):
                file.write(np.clip(chunk * gain, -1, 1))
    return into.getvalue()


def _encoded(path: Path, gain: float, stop: Callable[[], bool]) -> bytes:
    into = io.BytesIO()
    with open_sound(path, stop) as sound:
        info = sound.info
        channels = min(info.channels, _STEREO)
        rate = KINDS["mp3"].rate_for(max(info.sample_rate, _LEAST_RATE))
        with soundfile.SoundFile(
            into, "w", rate, channels, "MPEG_LAYER_III", format="MP3",
            bitrate_mode="CONSTANT", compression_level=_COMPRESSION[channels],
        ) as file:  # fmt: skip
            for chunk in _resampled(_stereo(sound.read, info, stop), info.sample_rate, rate, channels):
                file.write(chunk * np.float32(gain))
    return into.getvalue()


def _stereo(read: Callable[[int], Samples], info: SoundInfo, stop: Callable[[], bool]) -> Iterator[Samples]:
    while len(chunk := read(_FRAMES)):
        check(stop)
        yield fold_down(chunk, info.layout) if info.channels > _STEREO else chunk


def _resampled(chunks: Iterator[Samples], rate: int, wanted: int, channels: int) -> Iterator[Samples]:
    if rate == wanted:
        yield from chunks
        return
    resampler = soxr.ResampleStream(rate, wanted, channels, dtype="float32", quality="HQ")
    for chunk in chunks:
        yield resampler.resample_chunk(chunk)
    yield resampler.resample_chunk(np.zeros((0, channels), np.float32), last=True)
