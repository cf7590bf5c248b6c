"""A take, its recipe and the small types they are made of: frozen, and validated when they are made or read."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Annotated, Literal, NewType

import msgspec
from msgspec import Meta, Struct

TakeId = NewType("TakeId", str)
"""Hash of the sound, ID_LENGTH hexadecimal digits."""
Prompt = NewType("Prompt", str)
"""The text that was given to the generator."""
Seed = NewType("Seed", int)
"""The integer that fixes all randomness of a take, 0 to 2^64 - 1."""
BatchName = NewType("BatchName", str)
"""Folder name of a batch inside the library."""

ID_LENGTH = 20
MAX_SEED = 2**64 - 1
MAX_PROMPT = 10_000
"""Characters kept of a prompt; a longer one is refused at the edges, never cut silently."""

Flag = Literal["silent", "clipped", "dc", "cut-off"]
"""What a machine can hear: no sound, samples at the rails, an offset, an end in mid-sound."""
DraftUse = Literal["melody", "continuation"]

_Id = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{ID_LENGTH}}}$")]
_Text = Annotated[str, Meta(max_length=MAX_PROMPT)]
_Name = Annotated[str, Meta(max_length=1000)]
_Count = Annotated[int, Meta(ge=0)]
_Positive = Annotated[int, Meta(gt=0)]
_Seconds = Annotated[float, Meta(ge=0)]


class Sampling(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How tokens are drawn. Generators that do not sample have none."""

    temperature: Annotated[float, Meta(gt=0, le=100)] = 1.0
    top_k: _Count = 250
    """Draw from the k likeliest tokens; 0 for all of them."""
    top_p: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Draw from the likeliest tokens that hold this much probability; 0 for off."""
    guidance: Annotated[float, Meta(ge=0, le=100)] = 3.0
    """Classifier-free guidance: how strongly the prompt pulls."""


class Draft(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Audio that steered a take, by the hash of its sound."""

    sound: _Id
    use: DraftUse
    until_s: _Seconds | None = None
    """Continuation: the point of the draft, in seconds, from which the take goes on; None for its end."""


class Recipe(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """All that is needed to make a take again, bit for bit."""

    generator: _Name
    prompt: _Text
    seed: _Count
    duration_s: Annotated[float, Meta(gt=0)]
    model: _Name | None = None
    revision: _Name | None = None
    """Version of the generator's algorithm, or hash of the model's weights."""
    sampling: Sampling | None = None
    draft: Draft | None = None
    licence: _Name | None = None
    """Terms that the weights put on what is made with them, e.g. CC-BY-NC 4.0."""
    fingerprint: dict[str, str] = {}
    """The machine that made it: library versions, device, dtype."""
    exact: bool = True
    """False where this device or build cannot promise the same bits again."""

    def __post_init__(self) -> None:
        if self.seed > MAX_SEED:
            raise ValueError(f"seed {self.seed} is over {MAX_SEED}")


class Take(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One piece of audio with its origin. This is also the document on disk, field for field."""

    id: _Id
    batch: _Name
    file: _Name
    """Path of the sound: relative to the batch's folder when the library holds it, absolute when it stays elsewhere."""
    duration_s: _Seconds
    sample_rate: _Positive
    channels: _Positive
    created_at: _Name
    """UTC, ISO 8601 with Z."""
    prompt: _Text | None = None
    seed: _Count | None = None
    generator: _Name | None = None
    model: _Name | None = None
    lufs: float | None = None
    """Integrated loudness (BS.1770); None for silence and for sounds under 0.4 s."""
    true_peak_db: float | None = None
    """dBTP, 4 x oversampled; None for digital silence."""
    flags: tuple[Flag, ...] = ()
    tokens: _Name | None = None
    """The model's tokens beside the sound (npz), relative to the batch's folder."""
    recipe: Recipe | None = None
    parent: _Id | None = None
    """The take this one extends or continues."""

    def __post_init__(self) -> None:
        if self.seed is not None and self.seed > MAX_SEED:
            raise ValueError(f"seed {self.seed} is over {MAX_SEED}")


def make_id(digest: bytes) -> TakeId:
    """The id that stands for a digest of a sound (at least 10 bytes)."""
    return TakeId(digest.hex()[:ID_LENGTH])


def digest_of(*parts: bytes | memoryview) -> bytes:
    """SHA-256 over `parts` in order."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part)
    return sha.digest()


def utc_now() -> str:
    """Now, as takes and judgements write it: UTC to the microsecond, sortable as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def slug(text: str | None, length: int = 40) -> str:
    """`text` as a piece of a file name: lower-case ASCII letters, digits, single hyphens; else "untitled"."""
    words = re.sub(r"[^a-z0-9]+", "-", (text or "").lower()).strip("-")
    return words[:length].strip("-") or "untitled"


def merge(older: Take, newer: Take) -> Take:
    """One take from two documents of the same sound: the older one's words, gaps filled from the newer one."""
    gaps = {
        name: getattr(newer, name)
        for name in ("prompt", "seed", "generator", "model", "recipe", "parent", "lufs", "true_peak_db")
        if getattr(older, name) is None and getattr(newer, name) is not None
    }
    return msgspec.structs.replace(older, **gaps) if gaps else older
