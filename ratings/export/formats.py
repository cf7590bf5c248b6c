"""The kinds of files that an export can write, and what each can hold."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Format: TypeAlias = Literal["wav", "flac", "mp3", "opus", "ogg"]
FORMATS: tuple[Format, ...] = get_args(Format)
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


@dataclass(frozen=True)
class Kind:
    """One of them, by libsndfile's names."""

    container: str
    lossy: str | None = None
    """The subtype of a kind that leaves something out; None for one that keeps the samples."""
    subtypes: tuple[str, ...] = ()
    """The samples that it may be asked for."""
    rates: tuple[int, ...] = ()
    """Those it can have, upwards; any where none are named."""
    channels: int = 8

    def rate_for(self, rate: int) -> int:
        """The rate of the file for a sound of `rate`: the same, else the next higher one, else the highest."""
        if not self.rates:
            return rate
        return self.rates[min(bisect_left(self.rates, rate), len(self.rates) - 1)]


KINDS: dict[Format, Kind] = {
    "wav": Kind("WAV", subtypes=("PCM_16", "PCM_24", "FLOAT"), channels=1024),
    "flac": Kind("FLAC", subtypes=("PCM_16", "PCM_24")),
    "mp3": Kind("MP3", "MPEG_LAYER_III", rates=_MP3_RATES, channels=2),
    "opus": Kind("OGG", "OPUS", rates=_OPUS_RATES),
    "ogg": Kind("OGG", "VORBIS"),
}


def can_be_written(format: Format) -> bool:
    """Whether the libsndfile of this machine has what writes it."""
    import soundfile

    kind = KINDS[format]
    if kind.container not in soundfile.available_formats():
        return False
    return kind.lossy is None or kind.lossy in soundfile.available_subtypes(kind.container)
