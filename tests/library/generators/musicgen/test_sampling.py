"""Draws follow audiocraft's top-k and top-p distribution, and depend on seed and step alone.

Every chi-squared test here raises a false alarm once in a million runs: with fixed seeds, never or always.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from library.generators.musicgen.lm.sampling import sample_tokens
from library.take import Sampling
from tests.needs import AUDIOCRAFT

FALSE_ALARM = 1e-6
DRAWS = 6000
CARD = 48
LOGITS = np.random.default_rng(3).normal(0, 2, (4, CARD)).astype(np.float32)
SETTINGS = {
    "all": Sampling(top_k=0),
    "top-k": Sampling(top_k=10),
    "hot": Sampling(top_k=20, temperature=1.8),
    "cold": Sampling(top_k=CARD, temperature=0.6),
    "top-p": Sampling(top_p=0.8),
    "top-p before top-k": Sampling(top_p=0.9, top_k=2),
}


def expected(logits: np.ndarray, sampling: Sampling) -> np.ndarray:
    """The distribution as audiocraft's sample_top_p and sample_top_k define it."""
    weights = np.exp(logits.astype(np.float64) / sampling.temperature)
    weights /= weights.sum()
    if sampling.top_p > 0:
        order = np.argsort(-weights)
        weights[order[np.cumsum(weights[order]) - weights[order] > sampling.top_p]] = 0
    elif sampling.top_k:
        weights[weights < np.sort(weights)[-min(sampling.top_k, len(weights))]] = 0
    return weights / weights.sum()


def check(counts: np.ndarray, weights: np.ndarray) -> None:
    assert counts[weights == 0].sum() == 0
    likely = weights * counts.sum() >= 5
    observed = np.append(counts[likely], counts[~likely].sum())
    predicted = np.append(weights[likely], weights[~likely].sum()) * counts.sum()
    if predicted[-1] == 0:
        observed, predicted = observed[:-1], predicted[:-1]
    assert len(observed) > 1
    assert stats.chisquare(observed, predicted).pvalue > FALSE_ALARM


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("by", ["step", "seed"])
def test_draws_follow_the_distribution(name, by):
    sampling = SETTINGS[name]
    drawn = np.array([sample_tokens(LOGITS, sampling, *((7, i) if by == "step" else (i, 7))) for i in range(DRAWS)])
    for book in range(len(LOGITS)):
        check(np.bincount(drawn[:, book], minlength=CARD), expected(LOGITS[book], sampling))


def test_codebooks_and_steps_are_drawn_independently():
    flat = np.zeros((2, 8), np.float32)
    drawn = np.array([sample_tokens(flat, Sampling(top_k=0), 1, step) for step in range(DRAWS)])
    for pairs in (drawn, np.stack([drawn[:-1, 0], drawn[1:, 0]], axis=1)):
        table = np.zeros((8, 8))
        np.add.at(table, (pairs[:, 0], pairs[:, 1]), 1)
        assert stats.chi2_contingency(table).pvalue > FALSE_ALARM


def test_the_same_seed_and_step_draw_the_same():
    one = sample_tokens(LOGITS, Sampling(), 2**64 - 1, 3)
    assert np.array_equal(one, sample_tokens(LOGITS.copy(), Sampling(), 2**64 - 1, 3))
    assert one.dtype == np.int64


def test_top_k_of_one_is_the_likeliest():
    for step in range(50):
        assert np.array_equal(sample_tokens(LOGITS, Sampling(top_k=1), 5, step), LOGITS.argmax(axis=-1))


def test_the_noise_is_what_it_was():
    """A change here changes every take: known answers from Philox4x64-10."""
    assert sample_tokens(np.zeros((4, 2048), np.float32), Sampling(), 42, 17).tolist() == [864, 1126, 1809, 1723]


@pytest.mark.needs(AUDIOCRAFT)
@pytest.mark.parametrize("sampling", [Sampling(top_k=10), Sampling(top_p=0.8), Sampling(top_k=0)])
def test_the_distribution_is_audiocrafts(sampling):
    import torch

    from library.generators.musicgen.loading.audiocraft_import import audiocraft

    torch.manual_seed(0)
    weights = torch.softmax(torch.from_numpy(LOGITS[0]) / sampling.temperature, -1).repeat(DRAWS, 1)
    if sampling.top_p:
        theirs = audiocraft.utils.utils.sample_top_p(weights, sampling.top_p)
    elif sampling.top_k:
        theirs = audiocraft.utils.utils.sample_top_k(weights, sampling.top_k)
    else:
        theirs = audiocraft.utils.utils.multinomial(weights, 1)
    mine = np.array([sample_tokens(LOGITS[:1], sampling, 9, step)[0] for step in range(DRAWS)])
    counts = np.stack([np.bincount(x, minlength=CARD) for x in (mine, theirs[:, 0].numpy())])
    assert np.array_equal(counts[0] > 0, expected(LOGITS[0], sampling) > 0) or not sampling.top_k
    assert stats.chi2_contingency(counts[:, counts.sum(axis=0) >= 10]).pvalue > FALSE_ALARM
