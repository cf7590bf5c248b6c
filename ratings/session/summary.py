"""What came of a session: what was liked, how steady the ears were, what to hear next, what is worth generating."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import ndtr

from library.take import Take
from ratings.history import takes_of
from ratings.judgement import AnyJudgement
from ratings.model.arrays import Ints
from ratings.model.learn_scales import fit_judgements
from ratings.model.posterior import FactorName, LinearPredictor, Posterior, Scores
from ratings.model.reliability import Agreement, Consistency, Drift, Sides, agreement, consistency, drift, sides
from ratings.model.stars import StarScale
from ratings.session.belief import answered_questions, places
from ratings.session.fit_task import pool_of
from ratings.session.own_judgements import OwnJudgements, is_evidence
from ratings.session.plan import SessionPlan

CELLS, PROMPTS, NEXT = 5, 3, 5
"""How many of each are named."""
_WIDE = 40
"""So many of the best prompts and seeds are crossed in the search for cells."""


@dataclass(frozen=True)
class Liked:
    """One of the best takes of the session, in stars, with its 80 % interval."""

    take: str
    score: float
    low: float
    high: float
    p_top: float


@dataclass(frozen=True)
class Promise:
    """What a take that does not exist yet can be expected to be worth."""

    prompt: str
    seed: int | None
    """None for any seed that was not tried."""
    chance: float
    """Of being better than the last of the best so far."""


@dataclass(frozen=True)
class Doubt:
    """A take that another hearing would tell most about."""

    take: str
    p_top: float


@dataclass(frozen=True)
class Summary:
    """What a listener is shown at a session's end."""

    k: int
    firsts: int
    agains: int
    duels: int
    liked: tuple[Liked, ...]
    """Best first; only what the listener has heard."""
    consistency: Consistency
    drift: Drift | None
    """In the log of the last answer; None without answers."""
    sides: Sides | None
    """None without duels."""
    agreement: Agreement | None
    """With other listeners, where there are any."""
    next: tuple[Doubt, ...]
    cells: tuple[Promise, ...]
    """Of prompts and seeds that are there, the pairs worth making; best chance first."""
    prompts: tuple[Promise, ...]
    """Prompts of which more seeds are worth making."""


def sum_up(
    plan: SessionPlan,
    *,
    takes: Sequence[Take],
    selected: frozenset[str],
    judgements: Sequence[AnyJudgement],
    listener: str,
    belongs: Callable[[AnyJudgement], bool],
) -> Summary | None:
    """The summary of a session; None without takes. Heavy: for a thread. Raises RatingError if the fit fails."""
    own = OwnJudgements.of(listener, judgements, belongs)
    seen = {take for one in own.judgements for take in takes_of(one)}
    pool, here = pool_of(takes, selected, filter(is_evidence, judgements))
    if not len(here):
        return None
    posterior = fit_judgements(pool, judgements)
    k = places(plan.best, len(here))
    predictor = posterior.take_predictor(here)
    scores, chance = posterior.scores(predictor), posterior.p_top_of(predictor, k)
    scale = StarScale.of(posterior)
    stars, low, high = (scale.stars(values) for values in (scores.mean, scores.low, scores.high))
    order = np.argsort(-np.round(scores.mean, 9), kind="stable")
    names = [pool.takes[i] for i in here]
    liked = [
        Liked(names[i], float(stars[i]), float(low[i]), float(high[i]), float(chance[i]))
        for i in order
        if names[i] in seen
    ]
    doubt = np.argsort(-np.round(chance * (1 - chance), 6), kind="stable")[:NEXT]
    edge = float(scores.mean[order[k - 1]])
    answers = Counter(question.kind for question, _ in answered_questions(own))
    return Summary(
        k=k,
        firsts=answers["star"],
        agains=answers["restar"],
        duels=answers["duel"],
        liked=tuple(liked[:k]),
        consistency=consistency(posterior.evidence, listener),
        drift=drift(posterior, listener, own.of_session[-1].session) if own.of_session else None,
        sides=sides(judgements, listener) if answers["duel"] else None,
        agreement=agreement(posterior.evidence) if len(posterior.evidence.listeners) > 1 else None,
        next=tuple(Doubt(names[i], float(chance[i])) for i in doubt if 0.02 < chance[i] < 0.98),
        cells=_cells(posterior, here, edge),
        prompts=_more_seeds(posterior, here, edge),
    )


def _cells(posterior: Posterior, here: Ints, edge: float) -> tuple[Promise, ...]:
    """Pairs of prompt and seed that have no take in the selection, by their chance to beat the last of the best."""
    pool = posterior.evidence.pool
    made = set(zip(pool.prompt_of[here].tolist(), pool.seed_of[here].tolist(), strict=True))
    prompts = _best(posterior, "prompt", np.unique(pool.prompt_of[here]))
    seeds = _best(posterior, "seed", np.unique(pool.seed_of[here]))
    free = [pair for pair in product(prompts.tolist(), seeds.tolist()) if pair not in made]
    if not free or len(prompts) * len(seeds) < 2:
        return ()
    pairs = np.array(free, dtype=np.int64)
    of_prompt = posterior.effect_predictor("prompt", pairs[:, 0])
    of_seed = posterior.effect_predictor("seed", pairs[:, 1])
    both = LinearPredictor(
        (of_prompt.fitted + of_seed.fitted).tocsr(), (of_prompt.prior_only + of_seed.prior_only).tocsr()
    )
    named = [(pool.prompts[prompt], pool.seeds[seed]) for prompt, seed in free]
    return _most_promising(named, posterior.scores(both), posterior.scales.take, edge)[:CELLS]


def _more_seeds(posterior: Posterior, here: Ints, edge: float) -> tuple[Promise, ...]:
    """Prompts, by the chance of a take of a new seed."""
    pool, scales = posterior.evidence.pool, posterior.scales
    prompts = np.unique(pool.prompt_of[here])
    prompts = prompts[prompts >= 0]
    if not len(prompts):
        return ()
    scores = posterior.scores(posterior.effect_predictor("prompt", prompts))
    named = [(pool.prompts[i], None) for i in prompts]
    return _most_promising(named, scores, scales.take + scales.seed, edge)[:PROMPTS]


def _most_promising(
    named: Sequence[tuple[str, int | None]], scores: Scores, spread: float, edge: float
) -> tuple[Promise, ...]:
    """New takes that vary by `spread`, a variance, about their scores, by the chance to be over `edge`."""
    chances = ndtr((scores.mean - edge) / np.sqrt(scores.sd**2 + spread))
    order = np.argsort(-np.round(chances, 6), kind="stable")
    return tuple(Promise(named[i][0], named[i][1], float(chances[i])) for i in order)


def _best(posterior: Posterior, factor: FactorName, effects: Ints) -> Ints:
    """The effects of which most can be hoped."""
    effects = effects[effects >= 0]
    if len(effects) <= _WIDE:
        return effects
    scores = posterior.scores(posterior.effect_predictor(factor, effects))
    return effects[np.argsort(-scores.high, kind="stable")[:_WIDE]]
