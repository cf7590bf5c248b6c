"""Sound files: what they hold, their samples, and the id of their sound."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from library.errors import AudioError
from library.files.durable import write_durably
from library.files.reading import UnfitFileError, open_file
from library.sound.buffer_pool import Buffers, borrow_buffers, return_buffers
from library.sound.file_bytes import Stop, check, never
from library.sound.open_decoders import open_decoders
from library.sound.opened_sound import UNKNOWN, Array, OpenedSound, SoundInfo
from library.sound.samples import Samples
from library.take import TakeId, make_id

MAX_DURATION_S = 4 * 3600
MAX_SAMPLES = 1 << 32
"""Of all channels: 4 hours of stereo at 149 kHz. A FLAC of silence promises as many in 5 MB."""
MAX_CHANNELS = 64
MIN_RATE, MAX_RATE = 1_000, 768_000
FLAC_CHANNELS, FLAC_RATE = 8, 655_350
"""What FLAC can hold (RFC 9639)."""

_LEAST_S = 0.05
"""What is shorter, of a file that was longer, isn't worth keeping."""
_COPY_AGAIN = "Copy it again from the original."
_CHUNK_SAMPLES = 1 << 17
"""Samples decoded at a time."""
LOUDEST = 1e10
"""Samples beyond this are no sound: floats that hold integers of 32 bits go up to 2e9 (full scale is 1)."""
_MAX_UPFRONT = 1 << 26
"""Samples that memory is set aside for at once on a header's word."""
_NOT_OPENED: dict[type[Exception], str] = {
    FileNotFoundError: "There is no such file.",
    PermissionError: "You don't have permission to read it.",
    IsADirectoryError: "It's a folder.",
    UnfitFileError: "It's a pipe or a device, not a file.",
}


@dataclass(frozen=True)
class ExaminedSound:
    """What one pass over a whole sound file found."""

    info: SoundInfo
    """Its frames are those that were heard."""
    id: TakeId
    open_end: bool
    """The stream was never closed: perhaps the file was cut off."""
    partial: str = ""
    """A sentence that says what of the sound can't be read, empty where all of it can."""


def probe(path: Path) -> SoundInfo:
    """What `path` holds, as it claims. Raises AudioError."""
    with open_sound(path) as sound:
        return sound.info


def read(path: Path, *, start: int = 0, frames: int = -1) -> tuple[Samples, int]:
    """Samples float32 [frames, channels] from frame `start` on (all that follow for -1), and their rate.

    A file that ends early gives what is there. Raises AudioError.
    """
    with open_sound(path) as sound:
        info = sound.info
        if start:
            sound.seek(min(start, info.frames))
        frames_there = max(0, info.frames - start)
        frames_left = frames_there if frames < 0 else min(frames, frames_there)
        # The header may promise what no memory could hold: not asked for before it is there.
        upfront = _MAX_UPFRONT // info.channels
        parts = list[Samples]()
        while not parts or (frames_left > 0 and len(parts[-1])):
            parts.append(sound.read(min(frames_left, upfront)))
            frames_left -= len(parts[-1])
            _check_length(sum(map(len, parts)), info)
        return parts[0] if len(parts) == 1 else np.concatenate(parts), info.sample_rate


def stream(path: Path, frames: int, dtype: str = "float32") -> Iterator[Array]:
    """All of `path`, [frames, channels] at a time, the last piece shorter. Raises AudioError."""
    with open_sound(path) as sound:
        while len(piece := sound.read(frames, dtype)):
            yield piece


def sound_id(path: Path) -> TakeId:
    """The id of the sound in `path`, whatever its tags and its name.

    Lossless files: SHA-256 of the decoded samples, integers left-justified to 32 bits, so that the same sound as WAV,
    FLAC or AIFF at any sufficient width is the same take. MP3, Ogg and what else is lossy: SHA-256 of the coded audio
    without the tags, because decoders may differ in the last bits. Raises AudioError.
    """
    return examine(path).id


def examine(
    path: Path, on_chunk: Callable[[Samples, SoundInfo], None] | None = None, stop: Stop = never
) -> ExaminedSound:
    """Read all of `path` once: check it, find its id, give `on_chunk` its samples and what holds them, in chunks.

    A chunk is float32 [frames, channels], `on_chunk`'s to change but not to keep: the next one takes its place. Memory
    is bounded whatever the file's length. What is heard is what counts: where the file claims more, that is said.
    Without `on_chunk` a lossy file isn't decoded, and its own word taken.
    Raises AudioError where nothing can be heard; StoppedError when `stop` says so.
    """
    with open_sound(path, stop) as sound:
        info, coded = sound.info, sound.is_coded
        if info.frames == 0:
            raise _not_there(sound)
        if info.frames < UNKNOWN:
            _check_length(info.frames, info)
        digest = hashlib.sha256()
        if coded:
            sound.hash_coded(digest.update, stop)
        else:
            hashed = "int32" if sound.dtype == "int16" else sound.dtype
            digest.update(f"{hashed}:{info.sample_rate}:{info.channels}:".encode())
        heard = info.frames
        if on_chunk is not None or not coded or info.frames >= UNKNOWN:
            heard = 0
            buffers = borrow_buffers()
            for chunk in _chunks(sound, buffers):
                check(stop)
                heard += len(chunk)
                _check_length(heard, info)
                if not coded:
                    digest.update(_justified(chunk, buffers).data)
                if on_chunk is not None:
                    on_chunk(_as_float(chunk, buffers), info)
            return_buffers(buffers)
        if heard == 0:
            raise _not_there(sound)
        partial = _partial(sound, heard)
        if partial and heard < _LEAST_S * info.sample_rate:
            raise AudioError(partial, _COPY_AGAIN)
        return ExaminedSound(replace(info, frames=heard), make_id(digest.digest()), sound.payload.open_end, partial)


def write_flac(path: Path, samples: Samples, rate: int) -> None:
    """Write float32 [frames, channels] as `encode_flac` does; durable on return.

    Raises AudioError for what FLAC can't hold, LibraryError where the disk won't take it.
    """
    write_durably(path, encode_flac(samples, rate))


def encode_flac(samples: Samples, rate: int, comment: str = "") -> bytes:
    """Float32 [frames, channels] as a 24-bit FLAC, rounded to nearest and clipped.

    `comment` is a tag, which `comment_of` gives back; the sound's id is the same with any.

    Raises AudioError for what FLAC can't hold.
    """
    channels = samples.shape[1]
    if not 0 < channels <= FLAC_CHANNELS or not 0 < rate <= FLAC_RATE:
        raise AudioError(f"FLAC can't hold {channels} channels at {rate} Hz.")
    if not np.isfinite(samples).all():
        raise AudioError("The audio contains values that aren't numbers.")
    # Not left to libsndfile, which scales by 2^23 - 1: what is read again would be quieter by a hair each time.
    quantised = np.rint(samples * np.float64(2**23)).clip(-(2**23), 2**23 - 1).astype(np.int32) << 8
    encoded = io.BytesIO()
    with soundfile.SoundFile(encoded, "w", rate, channels, "PCM_24", format="FLAC") as sound:
        if comment:
            sound.comment = comment
        sound.write(quantised)
    return encoded.getvalue()


def comment_of(path: Path) -> str:
    """The comment among the tags of a sound file, empty where there is none. Raises AudioError."""
    with open_sound(path) as sound:
        return sound.comment


@contextlib.contextmanager
def open_sound(path: Path, stop: Stop = never) -> Iterator[OpenedSound]:
    """The sound of `path`, to read. Raises AudioError, StoppedError."""
    with _open(path) as file:
        try:
            sound = open_decoders(file, stop)
        except OSError as error:
            raise AudioError(f"It can't be read: {error.strerror or error}.") from error
        with contextlib.closing(sound):
            _check_limits(sound.info)
            yield sound


def _open(path: Path) -> BinaryIO:
    """Open a sound file, as the gate does."""
    try:
        return open_file(path)
    except (OSError, ValueError) as error:
        unknown = f"It can't be opened: {getattr(error, 'strerror', None) or error}."
        raise AudioError(_NOT_OPENED.get(type(error), unknown)) from error


def _check_limits(info: SoundInfo) -> None:
    if not MIN_RATE <= info.sample_rate <= MAX_RATE:
        raise AudioError(f"Its sample rate of {info.sample_rate} Hz isn't an audio rate.")
    if not 0 < info.channels <= MAX_CHANNELS:
        raise AudioError(f"It has {info.channels} channels; Earmark handles up to {MAX_CHANNELS}.")


def _check_length(frames: int, info: SoundInfo) -> None:
    if frames > MAX_DURATION_S * info.sample_rate:
        raise AudioError(f"It's over {MAX_DURATION_S // 3600} hours long.", "Cut out the part you want.")
    if frames * info.channels > MAX_SAMPLES:
        raise AudioError(f"It has over {MAX_SAMPLES:,} samples.", "Cut out the part you want.")


def _not_there(sound: OpenedSound) -> AudioError:
    payload = sound.payload
    if payload.missing or payload.cut or payload.open_end or sound.info.frames:
        return AudioError("It's cut off before the audio starts.", _COPY_AGAIN)
    return AudioError("It contains no audio.")


def _partial(sound: OpenedSound, heard: int) -> str:
    """What to say where the file, by its header or by its bytes, is longer than what was heard."""
    payload, rate = sound.payload, sound.info.sample_rate
    promised = sound.info.frames if sound.info.frames < UNKNOWN else heard
    if 0 < payload.missing < 1:
        promised += round(sound.last_frames * payload.missing / (1 - payload.missing))
    if promised - heard > sound.slack_s * rate:
        # To the tenth of a second, save where the two would then be the same.
        digits = 1 if promised - heard > rate / 10 else 2
        return f"Only {heard / rate:.{digits}f} of {promised / rate:.{digits}f} s can be read."
    if payload.cut:
        return f"It's cut off after {heard / rate:.1f} s."
    if payload.hole or sound.broken:
        return f"Only {heard / rate:.1f} s of it can be read."
    return ""


def _chunks(sound: OpenedSound, buffers: Buffers) -> Iterator[Array]:
    frames = max(1024, _CHUNK_SAMPLES // sound.info.channels)
    buffer = buffers.array("decoded", (frames, sound.info.channels), sound.dtype)
    while got := sound.read_into(buffer):
        yield buffer[:got]


def _justified(chunk: Array, buffers: Buffers) -> Array:
    """`chunk` as it is hashed: 16 bits as the upper half of 32."""
    if chunk.dtype != np.int16:
        return chunk
    justified: Array = np.left_shift(chunk, 16, out=buffers.array("justified", chunk.shape, np.int32), dtype=np.int32)
    return justified


def _as_float(chunk: Array, buffers: Buffers) -> Samples:
    """`chunk` as float32, full scale at 1. Raises AudioError for values that are no numbers, or no sound's."""
    floats: Samples = buffers.array("floats", chunk.shape, np.float32)
    if np.issubdtype(chunk.dtype, np.integer):
        return np.multiply(chunk, np.float32(2.0 ** (1 - 8 * chunk.itemsize)), out=floats, dtype=np.float32)
    greatest = max(chunk.max(), -chunk.min())
    if not greatest <= LOUDEST:
        if np.isfinite(chunk).all():
            raise AudioError(
                f"It contains values up to {greatest:.0e}, which can't be audio.", "Scale it so that full scale is 1."
            )
        raise AudioError("It contains values that aren't numbers.")
    if chunk.dtype == np.float32:
        return chunk
    floats[:] = chunk
    return floats
