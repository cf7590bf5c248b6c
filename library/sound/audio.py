"""Sound files: what they hold, their samples, and the id of their sound."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from library.errors import AudioError
from library.files.durable import write_durably
from library.files.reading import UnfitFileError, open_file
from library.sound.buffer_pool import Buffers, borrow_buffers, return_buffers
from library.sound.payload import CONVERT, Payload, find_payload, hash_mpeg, hash_ogg
from library.sound.samples import Samples
from library.sound.speakers import Layout, layout_of
from library.sound.tagless_file import TaglessFile
from library.take import TakeId, make_id

SUFFIXES = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"})
"""Names of files that are taken for sound, lower-case."""

MAX_DURATION_S = 4 * 3600
MAX_SAMPLES = 1 << 32
"""Of all channels: 4 hours of stereo at 149 kHz. A FLAC of silence promises as many in 5 MB."""
MAX_CHANNELS = 64
MIN_RATE, MAX_RATE = 1_000, 768_000
FLAC_CHANNELS, FLAC_RATE = 8, 655_350
"""What FLAC can hold (RFC 9639)."""

_COPY_AGAIN = "Copy it again from where it came."
_IN_MEMORY = 1 << 23
"""Bytes of a coded file that are read at once."""
_CHUNK_SAMPLES = 1 << 17
"""Samples decoded at a time."""
LOUDEST = 1e10
"""Samples beyond this are no sound: floats that hold integers of 32 bits go up to 2e9 (full scale is 1)."""
_MAX_UPFRONT = 1 << 26
"""Samples that memory is set aside for at once on a header's word."""
_DTYPES = {"FLOAT": "float32", "DOUBLE": "float64", "PCM_16": "int16"}
"""What the decoder gives without converting; int32 for the rest. Its own conversion takes longer than the decoding."""

_NOT_OPENED: dict[type[Exception], str] = {
    FileNotFoundError: "There is no such file.",
    PermissionError: "You have no permission to read it.",
    IsADirectoryError: "It is a folder.",
    UnfitFileError: "It is a pipe or a device, not a file.",
}

Array = NDArray[Any]


@dataclass(frozen=True)
class SoundInfo:
    """What a sound file holds."""

    frames: int
    sample_rate: int
    """Frames a second."""
    channels: int
    format: str
    """libsndfile's name of the container: WAV, FLAC, OGG, MP3, AIFF …"""
    subtype: str
    """libsndfile's name of the coding: PCM_16, VORBIS …"""
    layout: Layout
    """Which loudspeaker each channel is for."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate


@dataclass(frozen=True)
class ExaminedSound:
    """What one pass over a whole sound file found."""

    info: SoundInfo
    id: TakeId
    open_end: bool
    """The stream was never closed: perhaps the file was cut off."""


class StoppedError(Exception):
    """The caller asked to stop in the middle of a file."""


def probe(path: Path) -> SoundInfo:
    """What `path` holds, from its header. Raises AudioError."""
    with open_sound(path) as (sound, _, _):
        return _info(sound)


def read(path: Path, *, start: int = 0, frames: int = -1) -> tuple[Samples, int]:
    """Samples float32 [frames, channels] from frame `start` on (all that follow for -1), and their rate.

    A file that ends early gives what is there. Raises AudioError.
    """
    with open_sound(path) as (sound, _, _), _decoding():
        if start:
            sound.seek(min(start, sound.frames))
        frames_there = max(0, sound.frames - start)
        frames_left = frames_there if frames < 0 else min(frames, frames_there)
        # The header may promise what no memory could hold: not asked for before it is there.
        upfront = _MAX_UPFRONT // sound.channels
        parts, info = list[Samples](), _info(sound)
        while not parts or (frames_left > 0 and len(parts[-1])):
            parts.append(sound.read(min(frames_left, upfront), "float32", always_2d=True))
            frames_left -= len(parts[-1])
            _check_length(sum(map(len, parts)), info)
        return parts[0] if len(parts) == 1 else np.concatenate(parts), info.sample_rate


def stream(path: Path, frames: int, dtype: str = "float32") -> Iterator[Array]:
    """All of `path`, [frames, channels] at a time, the last piece shorter. Raises AudioError."""
    with open_sound(path) as (sound, _, _), _decoding():
        while len(piece := sound.read(frames, dtype, always_2d=True)):
            yield piece


def sound_id(path: Path) -> TakeId:
    """The id of the sound in `path`, whatever its tags and its name.

    Lossless files: SHA-256 of the decoded samples, integers left-justified to 32 bits, so that the same sound as WAV,
    FLAC or AIFF at any sufficient width is the same take. MP3 and Ogg: SHA-256 of the coded audio without the tags,
    because decoders may differ in the last bits. Raises AudioError.
    """
    return examine(path).id


def examine(
    path: Path, on_chunk: Callable[[Samples, SoundInfo], None] | None = None, stop: Callable[[], bool] | None = None
) -> ExaminedSound:
    """Read all of `path` once: check it, find its id, give `on_chunk` its samples and what holds them, in chunks.

    A chunk is float32 [frames, channels], `on_chunk`'s to change but not to keep: the next one takes its place. Memory
    is bounded whatever the file's length.
    Raises AudioError, for a file that ends before its header says so too; StoppedError when `stop` says so.
    """
    with open_sound(path) as (sound, payload, file):
        info = _info(sound)
        _check_not_cut_off(payload, info)
        digest = hashlib.sha256()
        coded = payload.kind in ("ogg", "mp3")
        if coded:
            digest.update(f"{payload.kind}:".encode())
            (hash_ogg if payload.kind == "ogg" else hash_mpeg)(file, payload, digest.update)
        dtype = "float32" if coded else _DTYPES.get(info.subtype, "int32")
        if not coded:
            hashed = "int32" if dtype == "int16" else dtype
            digest.update(f"{hashed}:{info.sample_rate}:{info.channels}:".encode())
        frames_read = 0
        if on_chunk is not None or not coded:
            buffers = borrow_buffers()
            for chunk in _chunks(sound, dtype, buffers):
                if stop is not None and stop():
                    raise StoppedError
                frames_read += len(chunk)
                _check_length(frames_read, info)
                if not coded:
                    digest.update(_justified(chunk, buffers).data)
                if on_chunk is not None:
                    on_chunk(_as_float(chunk, buffers), info)
            return_buffers(buffers)
            if frames_read == 0:
                raise AudioError("It holds no sound.")
            if payload.kind == "flac" and frames_read < info.frames:
                raise _cut_off(frames_read, info)
            # MP3 headers round up, and a pipe's header promises nothing: what was heard is what counts.
            info = replace(info, frames=frames_read)
        return ExaminedSound(info, make_id(digest.digest()), payload.open_end)


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
        raise AudioError("The sound holds values that are not numbers.")
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
    with open_sound(path) as (sound, _, _):
        comment: str = sound.comment
        return comment


@contextlib.contextmanager
def open_sound(path: Path) -> Iterator[tuple[soundfile.SoundFile, Payload, BinaryIO]]:
    """The decoder of `path`, where its sound is, and the file. Raises AudioError.

    For MP3 and Ogg the file can be read while the decoder is in use; for the others the two share a position.
    """
    with _open(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise AudioError("It is empty.")
            payload = find_payload(file, size)
            if payload.kind == "mp3" and payload.missing:
                # Not given to the decoder, which would complain on the terminal.
                raise AudioError(f"It is cut off: {100 - 100 * payload.missing:.0f} % of it is there.", _COPY_AGAIN)
            source = _source(file, payload)
        except OSError as error:
            raise AudioError(f"It can't be read: {error.strerror or error}.") from error
        try:
            sound = soundfile.SoundFile(source, closefd=True)
        except (soundfile.SoundFileError, TypeError, ValueError) as error:
            if payload.missing:
                raise AudioError("It is cut off before its sound begins.", _COPY_AGAIN) from error
            raise AudioError(f"It can't be decoded: {_reason(error)}.", CONVERT) from error
        with sound:
            _check_limits(sound)
            if payload.kind == "flac" and sound.frames >= 1 << 62:
                raise AudioError("It doesn't say how long it is, and no whole piece of sound is in it.", _COPY_AGAIN)
            yield sound, payload, file


def _source(file: BinaryIO, payload: Payload) -> int | BinaryIO | io.RawIOBase:
    """What the decoder reads."""
    if payload.start or payload.patches or payload.kind in ("mp3", "ogg"):
        # It asks for a few hundred bytes at a time: too many calls of Python, unless they come from memory.
        part = TaglessFile(file, payload)
        return io.BytesIO(part.read(part.length)) if part.length <= _IN_MEMORY else part
    handle = os.dup(file.fileno())
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def _open(path: Path) -> BinaryIO:
    """Open a sound file, as the gate does."""
    try:
        return open_file(path)
    except (OSError, ValueError) as error:
        unknown = f"It can't be opened: {getattr(error, 'strerror', None) or error}."
        raise AudioError(_NOT_OPENED.get(type(error), unknown)) from error


def _info(sound: soundfile.SoundFile) -> SoundInfo:
    return SoundInfo(sound.frames, sound.samplerate, sound.channels, sound.format, sound.subtype, layout_of(sound))


def _check_limits(sound: soundfile.SoundFile) -> None:
    if not MIN_RATE <= sound.samplerate <= MAX_RATE:
        raise AudioError(f"Its sample rate is {sound.samplerate} Hz, which is no rate of music.")
    if not 0 < sound.channels <= MAX_CHANNELS:
        raise AudioError(f"It has {sound.channels} channels; Earmark goes up to {MAX_CHANNELS}.")


def _check_length(frames: int, info: SoundInfo) -> None:
    if frames > MAX_DURATION_S * info.sample_rate:
        raise AudioError(f"It is over {MAX_DURATION_S // 3600} hours long.", "Cut the part you want out of it.")
    if frames * info.channels > MAX_SAMPLES:
        raise AudioError(f"It holds over {MAX_SAMPLES:,} samples.", "Cut the part you want out of it.")


def _check_not_cut_off(payload: Payload, info: SoundInfo) -> None:
    if payload.missing:
        if math.isnan(payload.missing):
            raise AudioError(f"It is cut off after {info.duration_s:.1f} s.", _COPY_AGAIN)
        if payload.missing == 1:
            raise AudioError("It is cut off before its sound begins.", _COPY_AGAIN)
        raise _cut_off(info.frames, info, round(info.frames / (1 - payload.missing)))
    if info.frames == 0:
        raise AudioError("It holds no sound.")
    if info.frames < 2**62:  # libsndfile's word for "not known"
        _check_length(info.frames, info)


def _cut_off(there: int, info: SoundInfo, whole: int | None = None) -> AudioError:
    rate = info.sample_rate
    return AudioError(
        f"It is cut off: {there / rate:.1f} of {(whole or info.frames) / rate:.1f} s are there.",
        _COPY_AGAIN,
    )


def _chunks(sound: soundfile.SoundFile, dtype: str, buffers: Buffers) -> Iterator[Array]:
    frames = max(1024, _CHUNK_SAMPLES // sound.channels)
    buffer = buffers.array("decoded", (frames, sound.channels), dtype)
    with _decoding():
        while len(chunk := sound.read(out=buffer)):
            yield chunk


@contextlib.contextmanager
def _decoding() -> Iterator[None]:
    try:
        yield
    except soundfile.SoundFileError as error:
        raise AudioError(f"It is cut off or damaged: {_reason(error)}.", _COPY_AGAIN) from error


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
            raise AudioError(f"It holds values up to {greatest:.0e}, which is no sound.", "Scale it: full scale is 1.")
        raise AudioError("It holds values that are not numbers.")
    if chunk.dtype == np.float32:
        return chunk
    floats[:] = chunk
    return floats


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or str(error)
    return text.removeprefix("Error :").strip().rstrip(".").replace("\n", " ")
