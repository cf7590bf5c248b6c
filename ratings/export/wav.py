"""One take as a WAV: the same samples, or louder ones where that was asked for; and its tags."""

from __future__ import annotations

import errno
import json
import math
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from library.errors import AudioError
from library.files.durable import create_file
from library.files.folder import Folder
from library.sound.audio import probe, stream
from library.sound.file_bytes import StoppedError
from library.sound.opened_sound import SoundInfo
from library.sound.playback_gain import CEILING_DBTP, as_heard
from library.sound.speakers import name_speakers, usual_layout, wave_order
from ratings.export.redaction import PublicTake

if TYPE_CHECKING:
    from library.sound.loudness_meter import Measurement

TAG_BYTES = 2_000
"""libsndfile drops a string over 2,045 bytes, and the ones after it; a longer comment gets a chunk of its own."""
TITLE_CHARACTERS = 200
_CHUNK_SAMPLES = 1 << 20
_RIFF_BYTES = (1 << 32) - (1 << 20)
"""From here on the sizes of a WAV don't fit into its 32 bits, and it becomes an RF64 (EBU Tech 3306)."""
BITS = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_OWN = {
    **{name: name for name in (*BITS, "FLOAT", "DOUBLE")},
    "PCM_S8": "PCM_16",
    **{f"ALAC_{bits}": f"PCM_{-(-bits // 8) * 8}" for bits in (16, 20, 24, 32)},
}
_WIDE = {"PCM_32", "DOUBLE", "ALAC_32"}
"""Samples that float32 can't hold."""


@dataclass(frozen=True)
class Tags:
    """What a WAV says about itself, in its INFO chunk."""

    software: str
    title: str | None
    date: str
    licence: str | None
    comment: str


def tags_of(take: PublicTake, software: str) -> Tags:
    """Title, date and licence, and a comment in JSON from which `import` knows prompt, seed and recipe again."""
    document = {
        "software": software,
        "id": take.id,
        "prompt": take.prompt,
        "seed": take.seed,
        "generator": take.generator,
        "model": take.model,
    }
    if take.recipe:
        document = {**document, **msgspec.to_builtins(take.recipe)}
    # ASCII, since readers differ in what they take the bytes of an INFO chunk for.
    comment = json.dumps({key: value for key, value in document.items() if value is not None}, separators=(",", ":"))
    title = " ".join((take.prompt or "").split())[:TITLE_CHARACTERS].rstrip() or None
    return Tags(software, title, take.created_at, take.recipe.licence if take.recipe else None, comment)


def own_subtype(info: SoundInfo) -> str:
    """What a WAV needs to hold the file's samples exactly: FLOAT for what was decoded from a lossy file."""
    return _OWN.get(info.subtype, "FLOAT")


def may_clip(info: SoundInfo, subtype: str) -> bool:
    """Whether the file can hold samples over full scale, as lossy ones and floats do, and that WAV can't."""
    return subtype in BITS and own_subtype(info) not in BITS


def gain_for(measured: Measurement, target_lufs: float) -> float:
    """Decibels that bring a sound from two loudspeakers to the target; 0 if unmeasurable.

    Fewer where its true peak would pass -1 dBTP, in the file or there.
    """
    lufs, peak = as_heard(measured)
    if lufs is None or peak is None or measured.true_peak_db is None:
        return 0.0
    return min(target_lufs - lufs, CEILING_DBTP - max(peak, measured.true_peak_db))


def gain_to_fit(peak: float, gain_db: float) -> float:
    """`gain_db`, or less where samples up to `peak` (full scale at 1) would be clipped by a WAV of integers."""
    return gain_db if peak * 10 ** (gain_db / 20) <= 1 else -20 * math.log10(peak)


def write_wav(
    source: Path, target: Path, info: SoundInfo, subtype: str, *, gain_db: float, tags: Tags, stop: Callable[[], bool]
) -> int:
    """Write the sound of `source` to `target`, which must not exist yet, at its own rate and channels; how many frames.

    Channels are in the order that a WAV has. Samples are the source's where `subtype` can hold them, else rounded to
    nearest, without dither; what is over full scale is clipped: see `gain_to_fit`.
    Raises AudioError, OSError, and StoppedError when `stop` says so.
    """
    frame = info.channels * ({"FLOAT": 4, "DOUBLE": 8}.get(subtype) or BITS[subtype] // 8)
    container = "WAV" if info.frames * frame < _RIFF_BYTES else "RF64"
    frames = 0  # as many as are heard, whatever the source claims
    short = len(tags.comment) <= TAG_BYTES
    shape = (info.sample_rate, info.channels, subtype)
    order = wave_order(info.layout)
    layout = tuple(info.layout[channel] for channel in order)
    if layout != usual_layout(info.channels) and container == "WAV":
        container = "WAVEX"  # in which the loudspeakers can be named
    try:
        with (
            create_file(target) as file,
            soundfile.SoundFile(file.fileno(), "w", *shape, format=container, closefd=False) as sound,
        ):
            if container == "WAVEX":
                name_speakers(sound, layout)
            sound.software = tags.software
            sound.date = tags.date
            if tags.title:
                sound.title = tags.title
            if tags.licence:
                # RIFF has no field for a licence; rights are told in ICOP.
                sound.copyright = tags.licence[:TITLE_CHARACTERS]
            if short:
                sound.comment = tags.comment
            for chunk in chunks_of(source, info):
                if stop():
                    raise StoppedError
                if order != sorted(order):
                    chunk = chunk[:, order]  # noqa: PLW2901
                sound.write(encoded(chunk * 10 ** (gain_db / 20) if gain_db else chunk, subtype))
                frames += len(chunk)
    except (soundfile.SoundFileError, AssertionError) as error:
        raise not_taken(target, info.frames * frame) from error
    if not _holds(target, frames, frames * frame):
        raise not_taken(target, frames * frame)
    if not short:
        _append_comment(target, tags.comment)
    return frames


def _holds(path: Path, frames: int, size: int) -> bool:
    """Whether a WAV is as long as was written to it."""
    try:
        return path.stat().st_size >= size and probe(path).frames == frames
    except AudioError:
        return False


def same_sound(one: Path, two: Path) -> bool:
    """Whether two WAVs hold the same samples in the same coding."""
    try:
        first, second = probe(one), probe(two)
        if first != second:
            return False
        pairs = zip(chunks_of(one, first), chunks_of(two, second), strict=True)
        return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
    except AudioError:
        return False


def chunks_of(path: Path, info: SoundInfo) -> Iterator[NDArray[Any]]:
    """The samples in pieces: float32, which holds up to 24 bits exactly, else float64."""
    frames = max(1, _CHUNK_SAMPLES // info.channels)
    return stream(path, frames, "float64" if info.subtype in _WIDE else "float32")


def encoded(chunk: NDArray[Any], subtype: str) -> NDArray[Any]:
    """Samples as libsndfile takes them without touching them: integers left-justified in 32 bits, or floats."""
    if subtype == "FLOAT":
        return chunk.astype(np.float32, copy=False)
    if subtype == "DOUBLE":
        return chunk.astype(np.float64, copy=False)
    bits = BITS[subtype]
    scale = 2.0 ** (bits - 1)
    steps = np.rint(chunk.astype(np.float64) * scale).clip(-scale, scale - 1)
    return steps.astype(np.int32) << (32 - bits)


def not_taken(path: Path, size: int) -> OSError:
    """libsndfile doesn't say why a write was short; a full disk is the usual reason."""
    disk = os.statvfs(path.parent)
    free = disk.f_bavail * disk.f_frsize
    code = errno.ENOSPC if free < size else errno.EIO
    return OSError(code, os.strerror(code), str(path.parent))


def _append_comment(path: Path, comment: str) -> None:
    """Add an INFO chunk with the comment after the sound, and count it into the size of the RIFF or RF64."""
    text = comment.encode("ascii") + b"\0"
    text += b"\0" * (len(text) % 2)
    info = b"INFO" + b"ICMT" + struct.pack("<I", len(text)) + text
    with Folder.at(path.parent) as folder, folder.change(path.name) as file:
        wide = file.read(4) == b"RF64"
        end = file.seek(0, os.SEEK_END)
        padding = b"\0" * (end % 2)
        file.write(padding + b"LIST" + struct.pack("<I", len(info)) + info)
        size = file.tell() - 8
        file.seek(20 if wide else 4)  # of an RF64 it stands in the ds64 chunk, which is the first one
        file.write(struct.pack("<Q" if wide else "<I", size))
