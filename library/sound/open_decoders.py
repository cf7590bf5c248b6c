"""From an open file to its sound: which decoder takes it, and by what bytes it is told apart."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import soundfile

from library.errors import AudioError
from library.sound.containers import coded_ranges, demuxer_of
from library.sound.ffmpeg_decoders import REMEDY, decoder_at_hand, open_with_ffmpeg
from library.sound.file_bytes import CHUNK, Memory, Stop, check, read_at
from library.sound.ogg_pages import hash_packets
from library.sound.opened_sound import Decoder, LibsndfileDecoder, OpenedSound
from library.sound.payload import Part, Payload, find_payload

_IN_MEMORY = 1 << 23
"""Bytes of a coded file that are read once, for its walk, its id and its decoder."""
_UNKNOWN = "It isn't an audio file Earmark knows."
_CONVERT = "If it plays elsewhere, convert it to WAV or FLAC first, e.g. with ffmpeg."
_COPY_AGAIN = "Copy it again from the original."


def open_decoders(file: BinaryIO, stop: Stop) -> OpenedSound:
    """The sound of an open file, which must stay open. Raises AudioError, StoppedError, OSError."""
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise AudioError("It's empty.")
    head = read_at(file, 0, 4)
    source = file
    if size <= _IN_MEMORY and head[:4] not in (b"RIFF", b"RF64", b"FORM", b"fLaC"):
        source = Memory(read_at(file, 0, size))
        size = len(source.getbuffer())
    payload = find_payload(source, size, stop)

    def open_part(part: Part) -> Decoder:
        try:
            return LibsndfileDecoder(source, part, size)
        except (soundfile.SoundFileError, TypeError, ValueError) as error:
            demuxer = demuxer_of(read_at(source, part.start, 16)) if len(payload.parts) == 1 else None
            refusal = _refusal(payload, part, error, demuxer)
            if demuxer is None:
                raise refusal from error
            try:
                return open_with_ffmpeg(file, demuxer, stop)
            except AudioError as other:
                raise (other if payload.kind == "other" else refusal) from error

    return OpenedSound(payload, open_part, partial(_hash_coded, source, payload))


def _refusal(payload: Payload, part: Part, error: Exception, demuxer: str | None) -> AudioError:
    if 0 < part.start >= part.end:
        return AudioError("It contains tags but no audio.")
    if payload.missing or payload.cut:
        return AudioError("It's cut off before the audio starts.", _COPY_AGAIN)
    if payload.kind == "other" and demuxer is None:
        return AudioError(_UNKNOWN, _CONVERT)
    reason = str(getattr(error, "error_string", None) or error).removeprefix("Error :").strip().rstrip(".")
    return AudioError(f"It can't be decoded: {reason}.", _CONVERT if decoder_at_hand() else REMEDY)


def _hash_coded(source: BinaryIO, payload: Payload, update: Callable[[bytes], None], stop: Stop) -> None:
    """Feed the coded sound to `update`, without its tags, after a word for what it is."""
    update(f"{'coded' if payload.kind == 'other' else payload.kind}:".encode())
    if payload.kind == "ogg":
        hash_packets(source, payload.parts[0].start, payload.parts[-1].end, update, stop)
        return
    ranges = [(part.start, part.end) for part in payload.parts]
    if payload.kind == "other" and (demuxer := demuxer_of(read_at(source, ranges[0][0], 16))):
        ranges = coded_ranges(source, demuxer, *ranges[0], stop)
    for position, end in ranges:
        source.seek(position)
        left = end - position
        while left > 0 and (data := source.read(min(left, CHUNK))):
            check(stop)
            update(data)
            left -= len(data)
