"""The heavy part of a session: the rating model fitted to all judgements, seen from the session's takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from library.take import Take
from ratings.history import takes_of
from ratings.judgement import AnyJudgement
from ratings.model.evidence import TakePool
from ratings.model.learn_scales import fit_judgements
from ratings.model.online import OnlinePosterior, online_posterior
from ratings.model.posterior import Posterior
from ratings.session.own_judgements import OwnJudgements, is_evidence, order_of
from ratings.session.plan import SessionPlan

MOST = 1000
"""So many takes are looked at closely, at most: their covariances are worked with whole."""
_HOPE = 1.5
"""Of more, those are taken that look best by this many standard deviations over the mean."""


def fitted(answers: int) -> int:
    """How many answers the fit knows by which the question after `answers` of them is chosen.

    Fits come often at first, then every 15 answers, and each has the time of one answer to be worked out in.
    """
    at = 0
    while (following := at + min(15, 3 + at // 5)) < answers:
        at = following
    return at


@dataclass(frozen=True)
class Fit:
    """The heavy part: a fit after some answers, seen from the session's takes."""

    answers: int
    focus: OnlinePosterior
    log: str
    """The log whose strictness the focus knows."""
    selected: int
    """Takes of the selection, those included that were left out of the focus."""
    stamp: int = 0
    """That of the task."""


@dataclass(frozen=True)
class FitTask:
    """A fit to be made: all that it needs is in here, and nothing of it changes meanwhile."""

    plan: SessionPlan
    takes: Sequence[Take]
    """The whole library."""
    selected: frozenset[str]
    """Ids of the takes that the session is about."""
    judgements: Callable[[], Sequence[AnyJudgement]]
    """Everybody's live judgements, as they are when asked for."""
    own: OwnJudgements
    answers: int
    """How many of the session's answers the fit is to know."""
    stamp: int = 0
    """Tells whether it has been overtaken."""

    def run(self) -> Fit:
        """Make it. Heavy: for a thread.

        What others judged counts if it is from before the last of those answers. Raises RatingError without takes.
        """
        own = self.own
        answers = own.of_session[: self.answers]
        until = order_of(answers[-1]) if answers else (self.plan.begun, "")
        ids = {one.id for one in own.judgements}
        known = [one for one in self.judgements() if one.id not in ids and is_evidence(one) and order_of(one) <= until]
        known = sorted([*known, *(one for one in own.judgements if order_of(one) <= until)], key=order_of)
        pool, selected = pool_of(self.takes, self.selected, known)
        posterior = fit_judgements(pool, known)
        chosen = _narrowed(posterior, selected, self.plan)
        log, time_bin = (answers[-1].session, own.time_bin(answers[-1])) if answers else ("", 0)
        view = online_posterior(posterior, [pool.takes[i] for i in chosen], own.listener, log, time_bin)
        return Fit(self.answers, view, log, len(selected), self.stamp)


def pool_of(
    takes: Iterable[Take], selected: Collection[str], judgements: Iterable[AnyJudgement]
) -> tuple[TakePool, NDArray[np.int64]]:
    """The takes that are selected or judged, and which of them are the selected ones."""
    judged = {take for one in judgements for take in takes_of(one)}
    pooled: list[Take] = [take for take in takes if take.id in selected or take.id in judged]
    pooled.sort(key=lambda take: take.id)  # the order must not depend on how the library's files were read
    pool = TakePool.of(pooled)
    return pool, np.array([i for i, name in enumerate(pool.takes) if name in selected], dtype=np.int64)


def _narrowed(posterior: Posterior, selected: NDArray[np.int64], plan: SessionPlan) -> NDArray[np.int64]:
    """At most MOST of the pool's takes, those of which most can be hoped; among equals at random.

    Those that the plan has heard first are among them.
    """
    if len(selected) <= MOST:
        return selected
    scores = posterior.scores(posterior.take_predictor(selected))
    hope = np.round(scores.mean + _HOPE * scores.sd, 6)
    if plan.first:
        names = np.array(posterior.evidence.pool.takes)[selected]
        hope[np.isin(names, plan.first)] = np.inf
    order = np.lexsort((np.random.default_rng(plan.seed).permutation(len(selected)), -hope))
    return np.sort(selected[order[:MOST]])
