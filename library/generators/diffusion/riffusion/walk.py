"""From one prompt and seed to others, picture by picture: which pictures a take is made of, and what lies between."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from library.generators.diffusion.riffusion.picture import IMAGE_COLUMNS, Picture
from library.take import MAX_SEED

SHARED = 32
"""Columns that two pictures of a walk share, where one is faded into the next."""


@dataclass(frozen=True)
class Goal:
    """Where a walk goes."""

    prompt: str | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Plan:
    """The pictures of a take."""

    columns: int
    """That each has."""
    shares: tuple[float, ...]
    """How far along the walk each is, from 0 to 1."""

    @property
    def starts(self) -> tuple[int, ...]:
        """The column at which each begins."""
        return tuple(place * (self.columns - SHARED) for place in range(len(self.shares)))


def goal_of(to: object) -> Goal | None:
    """What the setting `to` means: a seed if it is a number, else a prompt."""
    text = str(to or "").strip()
    if not text:
        return None
    return Goal(seed=int(text)) if text.isascii() and text.isdigit() and int(text) <= MAX_SEED else Goal(prompt=text)


def plan(columns: int, multiple: int, goal: Goal | None) -> Plan:
    """The pictures for a take of so many columns, each a multiple of `multiple` wide: a wide one, or a walk's."""
    if goal is None:
        return Plan(_up(columns, multiple), (0.0,))
    count = max(2, math.ceil((columns - SHARED) / (IMAGE_COLUMNS - SHARED)))
    each = _up(math.ceil((columns + (count - 1) * SHARED) / count), multiple)
    return Plan(each, tuple(place / (count - 1) for place in range(count)))


def _up(columns: int, multiple: int) -> int:
    return math.ceil(columns / multiple) * multiple


def slerp(share: float, here: Tensor, there: Tensor) -> Tensor:
    """Noise between two noises, as large as they are: on the arc from one to the other (Shoemake, 1985)."""
    cosine = float((here.double() * there.double()).sum() / (here.double().norm() * there.double().norm()))
    if abs(cosine) > 0.9995:
        return torch.lerp(here, there, share)
    angle = math.acos(cosine)
    return (math.sin((1 - share) * angle) * here + math.sin(share * angle) * there) / math.sin(angle)


def join(pictures: list[Picture]) -> Picture:
    """One picture of several, each faded into the next over the columns they share."""
    whole = pictures[0].astype(np.float32)
    rising = np.linspace(0, 1, SHARED, dtype=np.float32)
    for picture in pictures[1:]:
        blended = whole[:, :, -SHARED:] * (1 - rising) + picture[:, :, :SHARED] * rising
        whole = np.concatenate([whole[:, :, :-SHARED], blended, picture[:, :, SHARED:].astype(np.float32)], axis=2)
    return np.rint(whole).astype(np.uint8)
