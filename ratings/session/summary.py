"""What came of a session: what was liked, how steady the ears were, what to hear next, what is worth generating."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from library.take import Take
from ratings.history import takes_of
from ratings.judgement import AnyJudgement
from ratings.model.arrays import Floats, Ints
from ratings.model.chances import NewTakes, chances
from ratings.model.learn_scales import fit_judgements
from ratings.model.posterior import FactorName, Posterior
from ratings.model.reliability import Agreement, Consistency, Drift, Sides, agreement, consistency, drift, sides
from ratings.model.stars import StarScale
from ratings.model.stopping import places
from ratings.session.belief import answered_questions
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
    """Of being among the best."""


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
    # As the session: by what takes are worth to its own listener, whom others only foretell.
    known = posterior.evidence.listeners
    who = known.index(listener) if listener in known else -1
    others = posterior.layout.several_listeners or (who < 0 and len(known) > 0)
    taste = posterior.scales.interaction if others else 0.0
    predictor = posterior.take_predictor(here, who if others else None)
    cells, prompts = _free_cells(posterior, here), np.unique(pool.prompt_of[here])
    prompts = prompts[prompts >= 0]
    new = NewTakes.stack(
        [
            NewTakes.of(posterior, "prompt", prompts, taste),
            NewTakes.of_cells(posterior, cells[:, 0], cells[:, 1], taste),
        ]
    )
    scores = posterior.scores(predictor, posterior.scales.own_spread if others else 1.0)
    chance, of_new = chances(posterior, predictor, k, scores=scores, new=new)
    of_prompts, of_cells = np.split(of_new, [len(prompts)])
    scale = StarScale.own(posterior, who)
    stars, low, high = (scale.stars(values) for values in (scores.mean, scores.low, scores.high))
    order = np.argsort(-np.round(scores.mean, 9), kind="stable")
    names = [pool.takes[i] for i in here]
    liked = [
        Liked(names[i], float(stars[i]), float(low[i]), float(high[i]), float(chance[i]))
        for i in order
        if names[i] in seen
    ]
    doubt = np.argsort(-np.round(chance * (1 - chance), 6), kind="stable")[:NEXT]
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
        cells=_most_promising([(pool.prompts[i], pool.seeds[j]) for i, j in cells.tolist()], of_cells)[:CELLS],
        prompts=_most_promising([(pool.prompts[i], None) for i in prompts.tolist()], of_prompts)[:PROMPTS],
    )


def _free_cells(posterior: Posterior, here: Ints) -> Ints:
    """(cells, 2) pairs of prompt and seed that have no take in the selection, of those of which most can be hoped."""
    pool = posterior.evidence.pool
    made = set(zip(pool.prompt_of[here].tolist(), pool.seed_of[here].tolist(), strict=True))
    prompts = _best(posterior, "prompt", np.unique(pool.prompt_of[here]))
    seeds = _best(posterior, "seed", np.unique(pool.seed_of[here]))
    free = [pair for pair in product(prompts.tolist(), seeds.tolist()) if pair not in made]
    return np.array(free if len(prompts) * len(seeds) > 1 else [], dtype=np.int64).reshape(-1, 2)


def _most_promising(named: Sequence[tuple[str, int | None]], chance: Floats) -> tuple[Promise, ...]:
    order = np.argsort(-np.round(chance, 6), kind="stable")
    return tuple(Promise(named[i][0], named[i][1], float(chance[i])) for i in order)


def _best(posterior: Posterior, factor: FactorName, effects: Ints) -> Ints:
    """The effects of which most can be hoped."""
    effects = effects[effects >= 0]
    if len(effects) <= _WIDE:
        return effects
    scores = posterior.scores(posterior.effect_predictor(factor, effects))
    return effects[np.argsort(-scores.high, kind="stable")[:_WIDE]]
