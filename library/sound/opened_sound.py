"""A sound file being decoded: whole, also where it is several files in one, each perhaps of another rate."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from library.errors import AudioError
from library.sound.file_bytes import Memory, Stop
from library.sound.payload import Part, Payload
from library.sound.samples import Samples, convert
from library.sound.speakers import Layout, layout_of
from library.sound.tagless_file import TaglessFile

Array = NDArray[Any]

UNKNOWN = 1 << 62
"""From here on a number of frames is libsndfile's word for "not known"."""
DTYPES = {"FLOAT": "float32", "DOUBLE": "float64", "PCM_16": "int16"}
"""What the decoder gives without converting; int32 for the rest. Its own conversion takes longer than the decoding."""
_IN_MEMORY = 1 << 23
"""Bytes of a coded file that are read at once."""
_FORMATS = {"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3", "NIST", "IRCAM", "SVX", "VOC"}
"""What libsndfile may take a file for. Others have no sure mark, and would let anything pass."""


@dataclass(frozen=True)
class SoundInfo:
    """What a sound file holds."""

    frames: int
    sample_rate: int
    """Frames a second."""
    channels: int
    format: str
    """libsndfile's name of the container: WAV, FLAC, OGG, MP3, AIFF …; another decoder's for what it doesn't know."""
    subtype: str
    """libsndfile's name of the coding: PCM_16, VORBIS …"""
    layout: Layout
    """Which loudspeaker each channel is for."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate


class Decoder(Protocol):
    """What decodes one part."""

    info: SoundInfo
    """Its frames are what the file claims; UNKNOWN or more where it claims nothing."""
    dtype: str
    """Of the samples it has without converting: float32, float64, int16, int32."""
    broken: bool
    """It has met what can't be decoded."""
    coded: bool
    """Decoders may differ in its last bits."""
    slack_s: float
    """So much less may be heard than is claimed."""

    def seek(self, frame: int) -> None:
        """Go on reading there."""

    def read_into(self, out: Array) -> int:
        """Fill `out` [frames, channels] of any of the dtypes as far as the sound goes; how many frames that was.

        The less of them, the nearer its end: 0 from there on, which is also where it stops making sense.
        """

    def close(self) -> None:
        """Let go of the file."""


class _Unseeking(soundfile.SoundFile):  # type: ignore[misc]
    """As it is, it seeks to where it is after each reading, for which FLAC decodes a block again."""

    def seekable(self) -> bool:
        return False


class LibsndfileDecoder:
    """One part, by libsndfile. Raises SoundFileError where that makes nothing of it."""

    broken = False
    slack_s = 0.05

    def __init__(self, file: BinaryIO, part: Part, size: int) -> None:
        """`size` is the file's."""
        self._file, self._part = file, part
        self._is_all = part == Part(0, size) and not isinstance(file, io.BytesIO)
        self._sound = self._open()
        sound = self._sound
        if sound.format not in _FORMATS:
            self.close()
            raise soundfile.LibsndfileError(1)
        self.info = SoundInfo(
            sound.frames, sound.samplerate, sound.channels, sound.format, sound.subtype, layout_of(sound)
        )
        self.coded = sound.format in ("MP3", "OGG")
        if sound.format == "MP3":
            self.slack_s += 1152 / sound.samplerate  # where it says no length, that is an estimate to the frame
        self.dtype = "float32" if self.coded else DTYPES.get(sound.subtype, "int32")
        self._position = 0

    @property
    def comment(self) -> str:
        """The comment among the tags."""
        comment: str = self._sound.comment
        return comment

    def seek(self, frame: int) -> None:
        frame = min(frame, self.info.frames)
        try:
            self._sound.seek(frame)
        except soundfile.SoundFileError:
            self._read_up_to(frame)
        else:
            self._position = frame

    def read_into(self, out: Array) -> int:
        # Past its end FLAC would take what follows, such as a tag, for damage.
        out = out[: max(0, self.info.frames - self._position)]
        if not len(out):
            return 0
        try:
            got = len(self._sound.read(out=out))
        except soundfile.SoundFileError:
            got = self._salvage(out)
        self._position += got
        return got

    def close(self) -> None:
        self._sound.close()

    def _read_up_to(self, frame: int) -> None:
        """In a damaged FLAC seeking fails where reading gets on."""
        self._sound.close()
        self._sound = self._open()
        self._position = 0
        passed = np.empty((1 << 15, self.info.channels), "float32")
        while self._position < frame and self.read_into(passed[: frame - self._position]):
            pass

    def _salvage(self, out: Array) -> int:
        """Read what makes sense of a stretch that doesn't as a whole, piece by piece."""
        got, piece = 0, len(out)
        while piece > 1:
            piece = max(1, piece // 8)
            try:
                self._sound.close()
                self._sound = self._open()
                self._sound.seek(self._position + got)
                while got < len(out):
                    read = len(self._sound.read(out=out[got : got + piece]))
                    if not read:
                        return got
                    got += read
            except soundfile.SoundFileError:
                continue
        self.info = replace(self.info, frames=self._position + got)
        self.broken = True
        return got

    def _open(self) -> soundfile.SoundFile:
        if self._is_all:
            handle = os.dup(self._file.fileno())
            os.lseek(handle, 0, os.SEEK_SET)
            return _Unseeking(handle, closefd=True)
        # It asks for a few hundred bytes at a time: too many calls of Python, unless they come from memory.
        bytes_of_it = TaglessFile(self._file, self._part)
        small = bytes_of_it.length <= _IN_MEMORY
        return _Unseeking(Memory(bytes_of_it.read(bytes_of_it.length)) if small else bytes_of_it)


class OpenedSound:
    """All parts as one sound of the first one's rate and channels. It keeps one of them open."""

    def __init__(
        self,
        payload: Payload,
        open_part: Callable[[Part], Decoder],
        hash_coded: Callable[[Callable[[bytes], None], Stop], None],
    ) -> None:
        """`open_part` raises AudioError where a part can't be decoded."""
        self.payload = payload
        self.hash_coded = hash_coded
        """Feeds what is coded, without tags, to a function; stops when the other says so."""
        self._open_part = open_part
        self._decoder = open_part(payload.parts[0])
        self._infos = [self._decoder.info]
        self.is_coded, self.slack_s = self._decoder.coded, self._decoder.slack_s
        dtypes = {self._decoder.dtype}
        self._broken = False
        for part in payload.parts[1:]:
            try:
                decoder = open_part(part)
            except AudioError:
                self._broken = True
                self._infos.append(replace(self._infos[0], frames=0))
                continue
            self._infos.append(decoder.info)
            dtypes.add(decoder.dtype)
            decoder.close()
        first = self._infos[0]
        shape = first.sample_rate, first.channels
        self._fitted = [(info.sample_rate, info.channels) != shape for info in self._infos]
        self.dtype = dtypes.pop() if len(dtypes) == 1 and not any(self._fitted) else "float32"
        """Of the samples as they are in the file: float32, float64, int16 or int32."""
        self._lengths = [round(info.frames * first.sample_rate / info.sample_rate) for info in self._infos]
        self.info = replace(first, frames=min(sum(self._lengths), (1 << 63) - 1))
        """Its frames are what the file claims."""
        self._part = 0
        self._fit: _Fit | None = None

    @property
    def broken(self) -> bool:
        """Whether something that can't be decoded has been met, and no length tells how much that was."""
        return self._broken or (self._decoder.broken and self.info.frames >= UNKNOWN)

    @property
    def last_frames(self) -> int:
        """What the last part claims to hold."""
        return self._lengths[-1]

    @property
    def comment(self) -> str:
        """The comment among the tags, empty where there is none."""
        return getattr(self._decoder, "comment", "")

    def seek(self, frame: int) -> None:
        """Read on from `frame`, or from the end if that comes before."""
        frame = min(frame, self.info.frames)
        part = 0
        while part < len(self._lengths) - 1 and frame >= self._lengths[part]:
            frame -= self._lengths[part]
            part += 1
        self._go_to(part)
        self._decoder.seek(round(frame * self._infos[part].sample_rate / self.info.sample_rate))

    def read(self, frames: int, dtype: str = "float32") -> Array:
        """The next `frames`, fewer at the end only: [frames, channels]."""
        out = np.empty((frames, self.info.channels), dtype)
        got = 0
        while got < frames and (read := self.read_into(out[got:])):
            got += read
        return out[:got]

    def read_into(self, out: Array) -> int:
        """Fill the beginning of `out` [frames, channels] with what comes next; how many frames, 0 at the end."""
        while True:
            got = self._fit.read_into(out) if self._fit else self._decoder.read_into(out)
            if got or self._part == len(self._infos) - 1:
                return got
            self._go_to(self._part + 1)

    def close(self) -> None:
        """Let go of the file."""
        self._decoder.close()

    def _go_to(self, number: int) -> None:
        if number != self._part:
            self._broken = self.broken
            self._decoder.close()
            while self._lengths[number] == 0 and number < len(self._lengths) - 1:
                number += 1
            try:
                self._decoder = self._open_part(self.payload.parts[number])
            except AudioError:
                self._decoder = _Nothing(replace(self.info, frames=0))
            self._part = number
        fitted = self._fitted[number]
        self._fit = _Fit(self._decoder, self.info.sample_rate, self.info.channels) if fitted else None


class _Nothing:
    """A part that can't be decoded."""

    dtype, broken, coded, slack_s = "float32", True, True, 0.0

    def __init__(self, info: SoundInfo) -> None:
        self.info = info

    def seek(self, frame: int) -> None:
        pass

    def read_into(self, out: Array) -> int:
        return 0

    def close(self) -> None:
        pass


class _Fit:
    """A decoder's sound at another rate and number of channels."""

    _FRAMES = 1 << 15

    def __init__(self, decoder: Decoder, rate: int, channels: int) -> None:
        self._decoder, self._channels = decoder, channels
        self._resampler = soxr.ResampleStream(decoder.info.sample_rate, rate, channels, dtype="float32", quality="HQ")
        self._waiting: Samples = np.zeros((0, channels), np.float32)
        self._ended = False

    def read_into(self, out: Array) -> int:
        while not len(self._waiting) and not self._ended:
            chunk = np.empty((self._FRAMES, self._decoder.info.channels), np.float32)
            got = self._decoder.read_into(chunk)
            self._ended = got == 0
            self._waiting = self._resampler.resample_chunk(mix(chunk[:got], self._channels), last=self._ended)
        count = min(len(out), len(self._waiting))
        convert(self._waiting[:count], out[:count])
        self._waiting = self._waiting[count:]
        return count


def mix(samples: Samples, channels: int) -> Samples:
    """[frames, any] as [frames, channels]: their mean where they are fewer, one on all, else those there are."""
    there = samples.shape[1]
    if there == channels:
        return samples
    if channels == 1:
        return np.asarray(samples.mean(axis=1, keepdims=True), np.float32)
    if there == 1:
        return np.repeat(samples, channels, axis=1)
    mixed = np.zeros((len(samples), channels), np.float32)
    mixed[:, : min(there, channels)] = samples[:, :channels]
    return mixed
