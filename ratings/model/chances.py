"""How likely takes are to be among the k best: those there are, and those that could be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from ratings.model.arrays import Floats, Ints
from ratings.model.posterior import FactorName, LinearPredictor, Posterior, Scores
from ratings.model.stopping import SEED, contenders

_DRAWN = 4_000_000
"""Values drawn for one simulation, at most, unless that were too few draws."""


@dataclass(frozen=True)
class NewTakes:
    """Takes that nobody has made yet."""

    effects: LinearPredictor
    """Of their prompts, and of their seeds where those are known: as many rows as takes."""
    spread: Floats
    """(takes,) variance of each about those."""

    @staticmethod
    def of(posterior: Posterior, name: FactorName, levels: Ints, taste: float = 0.0) -> NewTakes:
        """One of each of these prompts (seeds; pool indices), with a seed (prompt) that is not there yet.

        `taste` is the variance of what one listener's opinion adds, where it is about that.
        """
        scales = posterior.scales
        others = scales.seed if name == "prompt" else scales.prompt
        spread = np.full(len(levels), scales.take + others + taste)
        return NewTakes(posterior.effect_predictor(name, levels), spread)

    @staticmethod
    def of_prompts(posterior: Posterior, texts: Sequence[str], taste: float = 0.0) -> NewTakes:
        """One of each of these prompts, which are not there yet, with any seed: what their words let expect."""
        scales = posterior.scales
        spread = scales.take + scales.seed + taste + posterior.text_variance(texts)
        return NewTakes(posterior.text_predictor(texts), spread)

    @staticmethod
    def of_cells(posterior: Posterior, prompts: Ints, seeds: Ints, taste: float = 0.0) -> NewTakes:
        """One of each of these prompts with one of these seeds (pool indices)."""
        prompt, seed = posterior.effect_predictor("prompt", prompts), posterior.effect_predictor("seed", seeds)
        fitted, prior_only = prompt.fitted + seed.fitted, prompt.prior_only + seed.prior_only
        spread = np.full(len(prompts), posterior.scales.take + taste)
        return NewTakes(LinearPredictor(fitted.tocsr(), prior_only.tocsr()), spread)

    @staticmethod
    def stack(kinds: Sequence[NewTakes]) -> NewTakes:
        effects = LinearPredictor.stack([one.effects for one in kinds])
        return NewTakes(effects, np.concatenate([one.spread for one in kinds]))


class Chances(NamedTuple):
    """To be among the k best."""

    there: Floats
    """(takes,) of each that is there."""
    new: Floats
    """(new takes,) of each new one, if it alone were made."""


def chances(
    posterior: Posterior,
    predictor: LinearPredictor,
    k: int,
    *,
    scores: Scores | None = None,
    new: NewTakes | None = None,
    least: int = 500,
) -> Chances:
    """Both from the same draws of the joint posterior, so that what is said of one holds beside the other.

    `scores` are the predictor's, where they are known already. Cost: 4,000 draws of the shared unknowns, and of
    the rows that could make it at all (to four sigma), but of thousands of rows only `least`.
    """
    rows, coming = predictor.fitted.shape[0], 0 if new is None else new.effects.fitted.shape[0]
    if not 0 < k <= rows or (k == rows and not coming):
        return Chances(np.full(rows, float(k > 0)), np.full(coming, float(k > 0)))
    scores = scores or posterior.scores(predictor)
    near = contenders(scores.mean, scores.sd, k, reach=4.0)
    parts = [LinearPredictor(predictor.fitted[near], predictor.prior_only[near])]
    means = [scores.mean[near]]
    if new is not None:
        parts.append(new.effects)
        means.append(new.effects.fitted @ posterior.laplace.mean)
    through, alone, few = _split(posterior, LinearPredictor.stack(parts), len(near))
    mean, there, made = np.concatenate(means)[:, None], slice(len(near)), slice(len(near), None)
    dense = posterior.layout.dense
    draws = int(np.clip(_DRAWN // max(len(near), dense**2 // 400), least, 4000))
    at_once = int(np.clip(_DRAWN // (4 * max(len(near), dense, few)), 1, draws))
    looked_at = int(np.clip(_DRAWN // max(coming, 1), min(200, draws), draws)) if coming else 0
    # New takes have draws of their own: the others' must not depend on whether anybody asks for new ones.
    random, random_of_new = np.random.default_rng(SEED), np.random.default_rng((SEED, 1))
    wins, entered = np.zeros(len(near)), np.zeros(coming)
    for done in range(0, draws, at_once):
        count = min(at_once, draws - done)
        shared = posterior.laplace.curvature.draw(random.standard_normal((dense, count)))
        own = random.standard_normal((few, count))
        values = through[there] @ shared + alone[there, :few] @ own + mean[there]
        best = np.argpartition(values.T, len(near) - k, axis=1)[:, len(near) - k :]
        wins += np.bincount(best.ravel(), minlength=len(near))
        if new is not None and (some := min(count, looked_at - done)) > 0:
            own = np.concatenate([own[:, :some], random_of_new.standard_normal((alone.shape[1] - few, some))])
            expected = through[made] @ shared[:, :some] + alone[made] @ own + mean[made]
            line = np.take_along_axis(values.T[:some], best[:some, :1], axis=1)[:, 0]
            entered += ndtr((expected - line) / np.sqrt(new.spread)[:, None]).sum(axis=1)
    out = np.zeros(rows)
    out[near] = wins / draws
    return Chances(out, entered / max(looked_at, 1))


def _split(posterior: Posterior, rows: LinearPredictor, first: int) -> tuple[sparse.csr_array, sparse.csr_array, int]:
    """`rows` over the shared unknowns, and over independent ones; how many of these the `first` need; they lead."""
    through, left = posterior.laplace.project(rows.fitted)
    alone = sparse.hstack([left, rows.prior_only], format="csr")
    used = np.unique(alone.indices[: alone.indptr[first]])
    more = np.setdiff1d(alone.indices[alone.indptr[first] :], used)
    place = np.zeros(alone.shape[1], np.int64)
    place[np.concatenate([used, more])] = np.arange(len(used) + len(more))
    shape = alone.shape[0], len(used) + len(more)
    return through, sparse.csr_array((alone.data, place[alone.indices], alone.indptr), shape=shape), len(used)
