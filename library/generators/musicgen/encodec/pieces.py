"""EnCodec's halves, computed in pieces of a fixed length, so that memory doesn't grow with the sound.

SEANet (Défossez et al. 2022, "High Fidelity Neural Audio Compression") is a stack of convolutions with an LSTM in its
narrowest place. The LSTM's state goes from piece to piece; the convolutions see as far into the neighbouring pieces as
they reach, and what they make there is cut off. Mathematically that is the whole; pieces of this length gave the very
bits of the whole on the CPUs where it was tried, and the same pieces are taken whatever the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import torch
from torch import Tensor
from torch.nn import LSTM, Module, Sequential

PIECE = 500
"""Frames: 10 seconds of MusicGen's."""
REACH = 8
"""Frames that the convolutions on either side of the LSTM see beyond their own; three would do."""

Apply = Callable[[Tensor], Tensor]


class PiecewiseDecoder:
    """Latents [1, dim, frames] to sound [1, channels, frames · hop], as that SEANet decoder makes it."""

    def __init__(self, layers: Sequence[Module], hop: int) -> None:
        self.before, self.lstm, self.after = _split(layers)
        self.hop = hop

    def __call__(self, latents: Tensor) -> Tensor:
        if latents.shape[-1] <= PIECE:
            return self.after(_carried(self.lstm)(self.before(latents)))
        features = map(_carried(self.lstm), _pieces(latents, self.before, 1))
        return torch.cat(list(_overlapping(features, self.after, self.hop)), dim=-1)


class PiecewiseEncoder:
    """Sound [1, channels, samples] to latents [1, dim, frames], as that SEANet encoder makes them."""

    def __init__(self, layers: Sequence[Module], hop: int) -> None:
        self.before, self.lstm, self.after = _split(layers)
        self.hop = hop

    def __call__(self, sound: Tensor) -> Tensor:
        if sound.shape[-1] <= PIECE * self.hop:
            return self.after(_carried(self.lstm)(self.before(sound)))
        features = map(_carried(self.lstm), _pieces(sound, self.before, self.hop))
        return torch.cat(list(_overlapping(features, self.after, 1)), dim=-1)


def _split(layers: Sequence[Module]) -> tuple[Sequential, Module, Sequential]:
    """What comes before the LSTM, the layer it is in, and what comes after."""
    (place,) = (index for index, layer in enumerate(layers) if isinstance(getattr(layer, "lstm", None), LSTM))
    return Sequential(*layers[:place]), layers[place], Sequential(*layers[place + 1 :])


def _carried(layer: Module) -> Apply:
    """The LSTM's layer, going on where its last call ended."""
    state: tuple[Tensor, Tensor] | None = None

    def apply(x: Tensor) -> Tensor:
        nonlocal state
        steps = x.permute(2, 0, 1)
        y, state = layer.lstm(steps, state)
        if getattr(layer, "skip", True):
            y = y + steps
        return y.permute(1, 2, 0)

    return apply


def _pieces(whole: Tensor, apply: Apply, hop: int) -> Iterator[Tensor]:
    """`apply`, which makes one frame of `hop` samples, piece by piece of `whole`."""
    length = whole.shape[-1]
    for start in range(0, length, PIECE * hop):
        first, last = max(0, start - REACH * hop), min(length, start + (PIECE + REACH) * hop)
        made = apply(whole[..., first:last])
        skipped = (start - first) // hop
        yield made[..., skipped : skipped + PIECE].clone()


def _overlapping(pieces: Iterator[Tensor], apply: Apply, hop: int) -> Iterator[Tensor]:
    """`apply`, which makes `hop` samples of one frame, to each piece with its neighbours' nearest frames beside it."""
    current = next(pieces)
    before = current[..., :0]
    for after in chain(pieces, [current[..., :0]]):
        made = apply(torch.cat([before, current, after[..., :REACH]], dim=-1))
        start = before.shape[-1] * hop
        yield made[..., start : start + current.shape[-1] * hop].clone()  # without what is cut off
        before, current = current[..., -REACH:], after
