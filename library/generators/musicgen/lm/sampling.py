"""Draws tokens: top-k or top-p, with noise that depends on the take's seed and the step alone.

argmax(log p + Gumbel noise) is a draw from p (Gumbel 1954; the "Gumbel-max trick"). The noise is counter-based
(Philox4x64-10, Salmon et al. 2011), so a draw needs no state and is the same in any batch and on every device.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from library.take import Sampling

Logits = NDArray[np.float32]
"""[codebooks, cardinality]"""


def sample_tokens(logits: Logits, sampling: Sampling, seed: int, step: int) -> NDArray[np.int64]:
    """One token for each codebook, from the `sampling` distribution over `logits`. `step` counts from the take's start.

    As in audiocraft, top-p counts before top-k, and tokens that tie with the k-th stay in. Logits must be finite.
    """
    scores = logits.astype(np.float64) / sampling.temperature
    candidates = _candidates(scores, sampling)
    scores[~candidates] = -np.inf
    scores[candidates] += _gumbel_noise(_random_bits(seed, step, scores.shape)[candidates])
    return np.asarray(scores.argmax(axis=-1), np.int64)


def _candidates(scores: NDArray[np.float64], sampling: Sampling) -> NDArray[np.bool_]:
    cardinality = scores.shape[-1]
    if sampling.top_p > 0:
        order = np.argsort(-scores, axis=-1, kind="stable")
        ranked = np.take_along_axis(scores, order, axis=-1)
        weights = np.exp(ranked - ranked[:, :1])
        weights /= weights.sum(axis=-1, keepdims=True)
        before = np.cumsum(weights, axis=-1) - weights
        candidates = np.empty(scores.shape, np.bool_)
        np.put_along_axis(candidates, order, before <= sampling.top_p, axis=-1)
        return candidates
    if 0 < sampling.top_k < cardinality:
        kth = np.partition(scores, cardinality - sampling.top_k, axis=-1)[:, cardinality - sampling.top_k, None]
        return np.asarray(scores >= kth)
    return np.ones(scores.shape, np.bool_)


def _random_bits(seed: int, step: int, shape: tuple[int, int]) -> NDArray[np.uint64]:
    counter = np.array([0, 0, 0, step], np.uint64)
    philox = np.random.Philox(key=np.array([seed, 0], np.uint64), counter=counter)
    return philox.random_raw(shape[0] * shape[1]).reshape(shape)


def _gumbel_noise(bits: NDArray[np.uint64]) -> NDArray[np.float64]:
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53  # inside (0, 1), never at its ends
    return np.asarray(-np.log(-np.log(uniform)))
