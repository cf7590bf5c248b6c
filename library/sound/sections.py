"""Where sections of music begin, by the novelty of harmony and energy, and where its strongest passage lies.

Foote, "Automatic audio segmentation using a measure of audio novelty", ICME 2000: the self-similarity matrix of a
feature, correlated along its diagonal with a checkerboard under a Gaussian taper. With the similarity x·y and a taper
that is a product, the kernel has rank one, and the correlation at t is |Σ w(i) x(t+i)|², w being the taper with its
sign changed at t: the matrix never has to be built.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SPAN_S = (4.5, 10.0)
"""What is compared on both sides of a place: a tenth of the take, within these; of harmony, which moves slower, …"""
_HARMONY_SPANS = 1.75
"""… so many times that, and it counts …"""
_HARMONY = 0.5
"""… so much beside energy."""
_SURE = 0.15
"""Novelty of a boundary that is shown …"""
_STANDS_OUT = 4.0
"""… and how many times the median of the take it must be. Of 36 found in 32 sketches of a minute, 34 were right."""
_EDGE_S = 3.0
"""A section that begins nearer than this to the take's ends is no news."""
_PASSAGE_S = 8.0
"""How long a passage is, a third of the take at most."""


def novelty(features: Floats, half: int) -> Floats:
    """Foote's novelty of `features` [frames, dimensions] at each frame, for a kernel of `half` frames on both sides.

    0 where both sides are alike; 1 where features of length 1 are at right angles across the frame.
    """
    taper = np.exp(-0.5 * ((np.arange(half) + 0.5) / (0.5 * half)) ** 2)
    taper /= taper.sum()
    kernel = np.concatenate([-taper[::-1], taper])
    padded = np.pad(features, ((half, half), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half, axis=0)[: len(features)]
    change = windows @ kernel
    return np.asarray((change**2).sum(axis=1) / 2)


def section_starts(chroma: Floats, bands_db: Floats, step_s: float) -> tuple[float, ...]:
    """Seconds at which sections begin, surely. Both are [frames, …], `step_s` apart: energy by pitch class and band."""
    frames = len(chroma)
    length_s = frames * step_s
    span_s = min(max(length_s / 10, _SPAN_S[0]), _SPAN_S[1])
    half, second = round(span_s / step_s), max(1, round(1.0 / step_s))
    if half < 4 or length_s < 4 * span_s:
        return ()
    # What is 40 dB below the loudest counts for nothing; a change of 24 dB in one band is as much as can be.
    energy = _smooth(np.clip(bands_db - bands_db.max() + 40, 0, None) / (12 * np.sqrt(2)), second)
    harmony = _unit(_smooth(chroma, second))
    change = np.minimum(1.0, novelty(energy, half)) + _HARMONY * novelty(harmony, round(_HARMONY_SPANS * half))
    sure = max(_SURE, _STANDS_OUT * float(np.median(change)))
    edge = round(_EDGE_S / step_s)
    starts: list[int] = []
    for frame in np.argsort(-change):
        if change[frame] < sure:
            break
        is_peak = change[frame] >= change[max(0, frame - half // 2) : frame + half // 2 + 1].max()
        if edge <= frame < frames - edge and is_peak and all(abs(frame - other) >= half for other in starts):
            starts.append(int(frame))
    return tuple(sorted(frame * step_s for frame in starts))


def strongest_passage(loudness: Floats, step_s: float, sections: tuple[float, ...]) -> float:
    """Second at which the passage with the most power begins; at a section's start where one is near.

    `loudness` is the power as it is heard, frame by frame. A take that is short is strong as a whole: 0.
    """
    length_s = len(loudness) * step_s
    passage_s = min(_PASSAGE_S, length_s / 3)
    width = round(passage_s / step_s)
    if width < 2 or length_s < _PASSAGE_S or not loudness.any():
        return 0.0
    sums = np.convolve(loudness, np.ones(width), "valid")
    if sums.min() > 0.9 * sums.max():
        return 0.0  # as loud everywhere
    # Of those that are nearly as strong the first one: less of the take lies before it.
    start_s = float(np.flatnonzero(sums >= 0.9 * sums.max())[0]) * step_s
    near = [place for place in (0.0, *sections) if abs(place - start_s) <= passage_s / 2]
    return min(near, key=lambda place: abs(place - start_s)) if near else start_s


def _smooth(values: Floats, width: int) -> Floats:
    if width <= 1:
        return values
    padded = np.pad(values, ((width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), axis=0)
    return np.asarray((sums[width:] - sums[:-width]) / width)


def _unit(values: Floats) -> Floats:
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.maximum(length, max(1e-12, 1e-3 * float(length.max(initial=0.0)))))
