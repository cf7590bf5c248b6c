"""Sound that libsndfile doesn't read, by ffmpeg's libraries where the user has them: in PyAV, or as the program."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import numpy as np

from library.errors import AudioError
from library.processes.other_program import OtherProgram, ProgramError, is_there
from library.sound.file_bytes import Stop, check
from library.sound.opened_sound import UNKNOWN, Array, Decoder, SoundInfo
from library.sound.payload import Part
from library.sound.samples import convert
from library.sound.speakers import usual_layout
from library.sound.tagless_file import TaglessFile

if TYPE_CHECKING:
    import av

REMEDY = "Install ffmpeg, or PyAV alongside Earmark (pip install av), and import again."
_DTYPES = {"u8": "int16", "s16": "int16", "s32": "int32"}
"""By sample format, without its last letter where it is planar; float32 for the rest."""
_LOSSLESS = {"alac", "flac", "ape", "tta", "wavpack", "mlp", "truehd", "shorten"}
_SURE = {"mov", "matroska", "asf", "ape", "tta", "wv", "flac", "caf", "wav", "aiff", "au", "ogg"}
"""Of others the length is guessed from the bit rate."""
_MAX_ALLOCATION, _MAX_ANSWER = 1 << 29, 1 << 20
"""Bytes of a block of the program's memory, and of what it says of a file."""
_BAD_PACKETS = 2
"""So many can't be decoded where a file was merely cut at no packet's end."""


@cache
def decoder_at_hand() -> str | None:
    """What reads such files here: "PyAV" or "ffmpeg"; None where neither is there."""
    if importlib.util.find_spec("av") is not None:
        return "PyAV"
    return "ffmpeg" if is_there("ffmpeg") and is_there("ffprobe") else None


def open_with_ffmpeg(file: BinaryIO, demuxer: str, stop: Stop) -> Decoder:
    """A decoder of `file`, which is a plain file of that format. Raises AudioError."""
    at_hand = decoder_at_hand()
    if at_hand is None:
        raise AudioError("Earmark can't read this kind of audio file on its own.", REMEDY)
    return PyavDecoder(file, demuxer) if at_hand == "PyAV" else FfmpegDecoder(file, demuxer, stop)


class _Streamed:
    """What can only be decoded from its beginning on: seeking decodes, and throws away."""

    info: SoundInfo
    dtype: str
    broken = False
    coded: bool
    slack_s = 0.25
    _waiting: Array
    _position = 0

    def seek(self, frame: int) -> None:
        if frame < self._position:
            self._rewind()
            self._position = 0
        scratch = np.empty((1 << 15, self.info.channels), self.dtype)
        while self._position < frame and self.read_into(scratch[: frame - self._position]):
            pass

    def read_into(self, out: Array) -> int:
        while not len(self._waiting):
            following = self._next()
            if following is None:
                return 0
            self._waiting = following
        count = min(len(out), len(self._waiting))
        convert(self._waiting[:count], out[:count])
        self._waiting = self._waiting[count:]
        self._position += count
        return count

    def _rewind(self) -> None:
        raise NotImplementedError

    def _next(self) -> Array | None:
        """More samples, [frames, channels] of `dtype`; None at the end."""
        raise NotImplementedError


class PyavDecoder(_Streamed):
    """By PyAV."""

    def __init__(self, file: BinaryIO, demuxer: str) -> None:
        """Raises AudioError."""
        import av

        self._av, self._file, self._demuxer = av, file, demuxer
        self._bad_packets = 0
        self._waiting = np.empty((0, 1))
        try:
            self._container = self._open()
            stream = self._stream()
            self._frames = self._decode()
            first = next(self._frames, None)
        except av.FFmpegError as error:
            raise AudioError(f"It can't be decoded: {_words(error)}.") from error
        if first is None:
            raise AudioError("It contains no audio.")
        sample_format = first.format.name
        self.dtype = _DTYPES.get(sample_format.removesuffix("p"), "float32")
        self._rate, self._layout = first.sample_rate, first.layout.name
        self._resampler = self._make_resampler()
        seconds = stream.duration and float(stream.duration * stream.time_base)
        seconds = seconds or (self._container.duration or 0) / av.time_base
        codec = stream.codec_context.name
        frames = round(seconds * self._rate) if seconds > 0 and demuxer in _SURE else UNKNOWN
        channels = first.layout.nb_channels
        subtype, layout = _subtype(codec, self.dtype), usual_layout(channels)
        self.info = SoundInfo(frames, self._rate, channels, demuxer.upper(), subtype, layout)
        self.coded = not self.info.subtype.startswith("PCM_")
        self._waiting = self._samples(first)

    def close(self) -> None:
        self._container.close()

    def _open(self) -> av.container.InputContainer:
        whole = TaglessFile(self._file, Part(0, os.fstat(self._file.fileno()).st_size))
        return self._av.open(whole, format=self._demuxer, metadata_errors="ignore")

    def _stream(self) -> Any:  # noqa: ANN401 - PyAV's stubs don't narrow it to one of sound
        if not self._container.streams.audio:
            raise AudioError("It contains no audio.")
        return self._container.streams.audio[0]

    def _make_resampler(self) -> av.AudioResampler:
        packed = {"int16": "s16", "int32": "s32"}.get(self.dtype, "flt")
        return self._av.AudioResampler(format=packed, layout=self._layout, rate=self._rate)

    def _rewind(self) -> None:
        self._container.close()
        self._container = self._open()
        self._frames, self._resampler = self._decode(), self._make_resampler()
        self._waiting = np.empty((0, self.info.channels), self.dtype)

    def _decode(self) -> Iterator[av.AudioFrame]:
        stream = self._stream()
        try:
            for packet in self._container.demux(stream):
                try:
                    yield from packet.decode()
                except self._av.FFmpegError:
                    self._bad_packets += 1
                    self.broken = self._bad_packets > _BAD_PACKETS
        except self._av.FFmpegError:
            self.broken = True

    def _next(self) -> Array | None:
        frame = next(self._frames, None)
        return None if frame is None else self._samples(frame)

    def _samples(self, frame: av.AudioFrame) -> Array:
        try:
            made = self._resampler.resample(frame)
        except ValueError:  # its rate or its channels have changed
            self._resampler = self._make_resampler()
            made = self._resampler.resample(frame)
        parts = [one.to_ndarray().reshape(-1, self.info.channels) for one in made]
        return np.concatenate(parts) if parts else np.empty((0, self.info.channels), self.dtype)


class _Stream(msgspec.Struct):
    codec_name: str
    sample_fmt: str
    sample_rate: str
    channels: int
    duration: str = ""


class _Format(msgspec.Struct):
    duration: str = ""


class _Probed(msgspec.Struct):
    streams: list[_Stream]
    format: _Format


class FfmpegDecoder(_Streamed):
    """By the program ffmpeg, through a pipe."""

    def __init__(self, file: BinaryIO, demuxer: str, stop: Stop) -> None:
        """Raises AudioError, StoppedError."""
        self._file, self._stop = file, stop
        # The gate's own descriptor, under a name that is neither an option nor another protocol.
        self._input = ["-f", demuxer, "-protocol_whitelist", "file,pipe", "-i", f"file:/dev/fd/{file.fileno()}"]
        stream, seconds = self._probe()
        self.dtype = _DTYPES.get(stream.sample_fmt.removesuffix("p"), "float32")
        rate = int(stream.sample_rate)
        frames = round(seconds * rate) if seconds > 0 and demuxer in _SURE else UNKNOWN
        subtype, layout = _subtype(stream.codec_name, self.dtype), usual_layout(stream.channels)
        self.info = SoundInfo(frames, rate, stream.channels, demuxer.upper(), subtype, layout)
        self.coded = not subtype.startswith("PCM_")
        self._program: OtherProgram | None = None
        self._rest = b""
        self._waiting = np.empty((0, stream.channels), self.dtype)

    def close(self) -> None:
        if self._program is not None:
            self._program.close()
            self._program = None

    def _probe(self) -> tuple[_Stream, float]:
        entries = "stream=codec_name,sample_fmt,sample_rate,channels,duration:format=duration"
        words = ["ffprobe", "-v", "error", *self._input, "-select_streams", "a:0", "-show_entries", entries]
        program = self._start([*words, "-of", "json"])
        try:
            answer = b""
            while (more := self._read(program)) and len(answer) < _MAX_ANSWER:
                answer += more
            probed = msgspec.json.decode(answer, type=_Probed)
        except msgspec.MsgspecError as error:
            raise AudioError("It can't be decoded: ffprobe doesn't recognise it.") from error
        finally:
            program.close()
        if not probed.streams:
            raise AudioError("It contains no audio.")
        stream = probed.streams[0]
        return stream, _seconds(stream.duration) or _seconds(probed.format.duration)

    def _start_decoding(self) -> OtherProgram:
        raw = {"int16": "s16le", "int32": "s32le"}.get(self.dtype, "f32le")
        words = ["ffmpeg", "-nostdin", "-v", "quiet", "-max_alloc", str(_MAX_ALLOCATION), *self._input]
        shape = ["-ar", str(self.info.sample_rate), "-ac", str(self.info.channels)]
        return self._start([*words, "-map", "0:a:0", *shape, "-f", raw, "pipe:1"])

    def _start(self, words: list[str]) -> OtherProgram:
        self._file.seek(0)
        try:
            return OtherProgram(words, self._file.fileno(), self._stop)
        except ProgramError as error:
            raise AudioError(f"It can't be decoded: {error}.") from error

    def _rewind(self) -> None:
        self.close()
        self._rest = b""
        self._waiting = np.empty((0, self.info.channels), self.dtype)

    def _next(self) -> Array | None:
        width = self.info.channels * np.dtype(self.dtype).itemsize
        self._program = self._program or self._start_decoding()
        data = self._rest
        while len(data) < width:
            more = self._read(self._program)
            if not more:
                self.broken = not self._program.ended_well()
                return None
            data += more
        whole = len(data) - len(data) % width
        self._rest = data[whole:]
        return np.frombuffer(data[:whole], self.dtype).reshape(-1, self.info.channels)

    def _read(self, program: OtherProgram) -> bytes:
        try:
            data = program.read()
        except ProgramError as error:
            raise AudioError(f"It can't be decoded: {error}.") from error
        check(self._stop)
        return data


def _subtype(codec: str, dtype: str) -> str:
    """The coding as libsndfile would name it, where its samples are those that were coded; else the codec's name."""
    lossless = codec in _LOSSLESS or codec.startswith("pcm_")
    return {"int16": "PCM_16", "int32": "PCM_32"}.get(dtype, codec) if lossless else codec


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
