"""Sound that another program made: told from web pages and error messages, bounded, decoded whole or refused."""

from __future__ import annotations

import io
import re
import wave
from pathlib import Path

import numpy as np

from library.errors import AudioError, GenerationError
from library.files.durable import write_durably
from library.files.reading import open_file
from library.sound import audio
from library.sound.opened_sound import UNKNOWN, SoundInfo
from library.sound.samples import Samples

LEAST_BYTES = 64 << 20
BYTES_A_SECOND = 2 << 20
"""A file may have so many, and so many more for each second asked for: 24 bits of 8 channels at 88 kHz."""
MOST_TIMES = 4
"""Sound that is so many times as long as was asked for is none that was asked for …"""
LEAST_LIMIT_S = 60.0
"""… if it is also longer than this."""
MOST_SAMPLES = 1 << 29
"""Of all channels: 2 GB of memory, or two hours of stereo at 37 kHz."""
FADE_S = 0.01
"""A take that is cut fades out over this, so that it doesn't end in a click."""
_HEAD = 4096
_TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,200})", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]{0,500}>")
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)
_SHOWN = 120


def byte_limit(seconds: float) -> int:
    """How large a file may be that holds a take of that length."""
    return LEAST_BYTES + int(seconds * BYTES_A_SECOND)


def accept_sound(path: Path, sender: str, asked_s: float) -> tuple[Samples, int]:
    """The sound in a file that `sender` made, for a take of `asked_s` seconds: float32 [frames, channels], rate.

    Raises GenerationError for what is no sound, or only a part of one, or far more than was asked for.
    """
    _check_head(path, sender, asked_s)
    limit_s = max(LEAST_LIMIT_S, MOST_TIMES * asked_s)
    parts, kept = list[Samples](), 0

    def keep(chunk: Samples, info: SoundInfo) -> None:
        nonlocal kept
        kept += len(chunk)
        if kept > limit_s * info.sample_rate or kept * info.channels > MOST_SAMPLES:
            raise _too_long(sender, kept / info.sample_rate, asked_s)
        parts.append(chunk.copy())

    try:
        claimed = audio.probe(path)
        if claimed.frames < UNKNOWN and claimed.duration_s > limit_s:
            raise _too_long(sender, claimed.duration_s, asked_s)
        found = audio.examine(path, keep)
    except AudioError as error:
        raise GenerationError(f"{_begin(sender)} gave a file that can't be read. {error.what}", error.remedy) from error
    if found.partial:
        raise GenerationError(f"{_begin(sender)} gave only a part of the sound. {found.partial}", "Try again.")
    return np.concatenate(parts), found.info.sample_rate


def cut_to(samples: Samples, rate: int, seconds: float) -> Samples:
    """The first `seconds` of `samples` [frames, channels] at `rate`, faded out over FADE_S where that cuts."""
    frames = max(1, round(seconds * rate))
    if frames >= len(samples):
        return samples
    cut = samples[:frames].copy()
    fade = min(frames, round(FADE_S * rate))
    if fade > 0:
        cut[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return cut


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """Write float32 [frames, channels] as a 24-bit WAV, which every program reads. Raises LibraryError."""
    whole = np.rint(samples * np.float64(2**23)).clip(-(2**23), 2**23 - 1).astype("<i4")
    encoded = io.BytesIO()
    with wave.open(encoded, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(3)
        file.setframerate(rate)
        file.writeframes(whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    write_durably(path, encoded.getvalue())


def text_of(data: bytes) -> str:
    """What a web page or a message says, in a few words: its title, else its beginning."""
    text = data[:_HEAD].decode(errors="replace")
    title = _TITLE.search(text)
    words = " ".join((title[1] if title else _TAGS.sub(" ", text)).split())
    shown = "".join(letter if letter.isprintable() else " " for letter in words)
    return shown[:_SHOWN] + ("…" if len(shown) > _SHOWN else "")


def looks_like_a_page(data: bytes) -> bool:
    """Whether these are the first bytes of a web page or another XML document."""
    return _PAGE.match(data) is not None


def _check_head(path: Path, sender: str, asked_s: float) -> None:
    limit = byte_limit(asked_s)
    try:
        with open_file(path) as file:
            head = file.read(_HEAD)
            size = file.seek(0, 2)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise GenerationError(f"{_begin(sender)} left no sound: {reason}.", "Look at what it prints.") from error
    if not head:
        raise GenerationError(f"{_begin(sender)} gave an empty file.", "Look at what it prints.")
    if size > limit:
        raise GenerationError(f"{_begin(sender)} gave a file of {size >> 20:,} MB, which can't be a take.")
    if looks_like_a_page(head):
        raise GenerationError(
            f"{_begin(sender)} gave a web page instead of sound: “{text_of(head)}”.",
            "Check that it is what generators.toml says it is.",
        )
    if head[:1] in b"{[" and head.decode(errors="replace").isprintable():
        raise GenerationError(f"{_begin(sender)} gave a message instead of sound: “{text_of(head)}”.")


def _too_long(sender: str, given_s: float, asked_s: float) -> GenerationError:
    return GenerationError(
        f"{_begin(sender)} gave {given_s:,.0f} s or more of sound; {asked_s:g} s were asked for.",
        "Check how it takes the length.",
    )


def _begin(sender: str) -> str:
    return f"{sender[:1].upper()}{sender[1:]}"
