"""One take as FLAC, MP3, Opus or Ogg Vorbis, with its tags."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from library.errors import AudioError
from library.files.durable import create_file
from library.sound.audio import probe, stream
from library.sound.file_bytes import StoppedError
from library.sound.opened_sound import SoundInfo
from library.sound.speakers import usual_layout
from ratings.export.formats import Kind
from ratings.export.wav import BITS, Tags, chunks_of, encoded, not_taken, own_subtype

_PEAK_FRAMES = 1 << 16


def copy_subtype(info: SoundInfo, kind: Kind) -> str:
    """What holds the file's samples in a copy of that kind: exactly up to 24 bits, rounded to those above."""
    if kind.lossy is not None:
        return kind.lossy
    return "PCM_16" if BITS.get(own_subtype(info), 32) <= 16 else "PCM_24"


def write_copy(
    source: Path,
    target: Path,
    info: SoundInfo,
    kind: Kind,
    subtype: str,
    *,
    gain_db: float,
    tags: Tags,
    stop: Callable[[], bool],
) -> int:
    """Write the sound of `source` to `target`, which must not exist yet; how many frames of the source.

    At its own rate where the kind can have that, else resampled (soxr, HQ); loudspeakers in the order of the kind.
    Raises AudioError for more channels than it can have, OSError, and StoppedError when `stop` says so.
    """
    if info.channels > kind.channels:
        raise AudioError(f"It has {info.channels} channels, and {kind.container} at most {kind.channels}.", "Use WAV.")
    rate = kind.rate_for(info.sample_rate)
    order = _order(info, kind)
    frames = 0
    try:
        with (
            create_file(target) as file,
            soundfile.SoundFile(
                file.fileno(), "w", rate, info.channels, subtype, format=kind.container, closefd=False
            ) as sound,
        ):
            _tag(sound, tags, kind)
            for chunk, length in _resampled(chunks_of(source, info), info, rate):
                if stop():
                    raise StoppedError
                louder = chunk[:, order] * 10 ** (gain_db / 20)
                sound.write(encoded(louder, subtype) if kind.lossy is None else louder.astype(np.float32))
                frames += length
    except (soundfile.SoundFileError, AssertionError) as error:
        raise not_taken(target, info.frames * info.channels) from error
    expected = frames * rate / info.sample_rate
    if not _holds(target, expected, within=0 if kind.lossy is None else rate / 4):
        raise not_taken(target, frames * info.channels)
    return frames


def peak_of(path: Path, stop: Callable[[], bool]) -> float:
    """The greatest sample's magnitude as the file is decoded, full scale at 1. Raises AudioError, StoppedError."""
    peak = 0.0
    for chunk in stream(path, _PEAK_FRAMES):
        if stop():
            raise StoppedError
        peak = max(peak, float(np.abs(chunk).max(initial=0.0)))
    return peak


def _resampled(chunks: Iterator[NDArray[Any]], info: SoundInfo, rate: int) -> Iterator[tuple[NDArray[Any], int]]:
    """Chunks at `rate`, each with how many frames of the source went into it."""
    if rate == info.sample_rate:
        yield from ((chunk, len(chunk)) for chunk in chunks)
        return
    resampler = soxr.ResampleStream(info.sample_rate, rate, info.channels, dtype="float32", quality="HQ")
    for chunk in chunks:
        yield resampler.resample_chunk(chunk.astype(np.float32, copy=False)), len(chunk)
    yield resampler.resample_chunk(np.zeros((0, info.channels), np.float32), last=True), 0


def _order(info: SoundInfo, kind: Kind) -> list[int]:
    """The source's channels in the order in which the kind has its loudspeakers, if it has the same ones."""
    wanted = usual_layout(info.channels, kind.container)
    if set(wanted) != set(info.layout) or len(set(wanted)) != info.channels:
        return list(range(info.channels))
    return [info.layout.index(speaker) for speaker in wanted]


def _tag(sound: soundfile.SoundFile, tags: Tags, kind: Kind) -> None:
    title = tags.title
    if title and kind.container == "MP3":  # libsndfile writes UTF-8 there, and all read it as Latin-1
        title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().strip()
    else:
        sound.software = tags.software
    if title:
        sound.title = title
    sound.date = tags.date
    if tags.licence:
        sound.copyright = tags.licence
    sound.comment = tags.comment


def _holds(path: Path, frames: float, within: float) -> bool:
    """Whether a file is as long as was written to it; lossy kinds add a little, and libsndfile tells no full disk."""
    try:
        return abs(probe(path).frames - frames) <= within
    except AudioError:
        return frames == 0
