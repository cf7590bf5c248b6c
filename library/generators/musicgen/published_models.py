"""Which MusicGen checkpoints there are, how big they are, and under which licence. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT = "facebook/musicgen-small"
META_LICENCE = "CC-BY-NC 4.0"
"""Of Meta's weights (audiocraft's LICENSE_weights). audiocraft's code is MIT."""
LM_FILE = "state_dict.bin"
CODEC_FILE = "compression_state_dict.bin"
STEMS_REPOSITORY = "adefossez/HTDemucs"
STEREO_CODEC = "facebook/encodec_32khz"
"""Named by the stereo models, in place of an EnCodec of their own."""
TEXT_ENCODER = "t5-base"
"""Of all of Meta's MusicGen models."""


LONGEST_S = 3600.0
"""Seconds of a take: what comes after is no music any more, and an hour's sound takes gigabytes to measure and save."""


@dataclass(frozen=True)
class PublishedModel:
    """A checkpoint on the Hugging Face hub."""

    name: str
    gigabytes: float
    """About what has to be fetched: language model and EnCodec."""
    stereo: bool = False
    melody: bool = False
    """Whether it can follow the melody of a draft."""


PUBLISHED = (
    PublishedModel("facebook/musicgen-small", 1.1),
    PublishedModel("facebook/musicgen-medium", 3.9),
    PublishedModel("facebook/musicgen-large", 6.8),
    PublishedModel("facebook/musicgen-melody", 3.0, melody=True),
    PublishedModel("facebook/musicgen-melody-large", 5.1, melody=True),
    PublishedModel("facebook/musicgen-stereo-small", 1.1, stereo=True),
    PublishedModel("facebook/musicgen-stereo-medium", 4.0, stereo=True),
    PublishedModel("facebook/musicgen-stereo-large", 6.9, stereo=True),
    PublishedModel("facebook/musicgen-stereo-melody", 3.1, stereo=True, melody=True),
    PublishedModel("facebook/musicgen-stereo-melody-large", 5.2, stereo=True, melody=True),
)
_BY_NAME = {model.name: model for model in PUBLISHED}


def full_name(name: str | None) -> str:
    """The hub's name for `name`: "melody" stands for facebook/musicgen-melody, None for the default. Paths stay."""
    if name is None:
        return DEFAULT
    for candidate in (f"facebook/musicgen-{name}", f"facebook/{name}"):
        if candidate in _BY_NAME:
            return candidate
    return name


def published(name: str) -> PublishedModel | None:
    """What is known of the checkpoint of that full name, None for others' checkpoints."""
    return _BY_NAME.get(name)
