"""How far a session has come: what is settled, what is still in doubt, and whether to stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratings.model.evidence import LEVELS
from ratings.model.schedule import OPENING
from ratings.model.stopping import StopReason, contenders, stop_reason
from ratings.session.belief import Belief
from ratings.session.fit_task import MOST
from ratings.session.forecast import minutes_to_goal

_MANY = 250
"""With more takes that could be among the best, fewer draws have to do."""


@dataclass(frozen=True)
class Progress:
    """The state of a session, in numbers that a listener can follow."""

    answers: int
    """After so many."""
    k: int
    settled: int
    """Of the k best so far, how many are sure to be among them."""
    regret: float
    """How far the k picks are expected to fall short, a take, in units of the spread of quality."""
    to_goal: float
    """That, or half of what they fall short by at worst, if that is more: it is to come down to the goal."""
    regret_stars: float
    """The same on the listener's scale of stars."""
    takes: int
    """Takes of the selection."""
    narrowed: bool
    """Whether only the most promising of them are considered."""
    reason: StopReason
    minutes_to_go: float | None = None
    """Until the picks are settled to the goal, by a forecast; None while nobody can tell."""


def measure_progress(belief: Belief, minutes_left: float | None) -> Progress:
    """Where the session stands. Some ten milliseconds for a hundred takes, some hundred for a thousand: for a thread.

    Before the first few takes were heard nothing counts as settled, however alike they are taken to be.
    """
    view, k = belief.focus, belief.k
    heard = sum(take in belief.seen for take in view.names)
    near = contenders(view.quality, np.sqrt(np.diag(view.quality_covariance)), k)
    draws = 1000 if len(near) <= _MANY else 300
    doubt = view.doubt(k, draws)
    enough = heard >= min(OPENING, len(view))
    cuts = view.thresholds.cuts
    left = np.inf if minutes_left is None else minutes_left
    goal = belief.plan.goal
    to_goal = doubt.to_goal if enough else max(doubt.to_goal, 2 * goal)
    return Progress(
        answers=belief.answers,
        k=k,
        settled=doubt.settled if enough else 0,
        regret=doubt.regret,
        to_goal=doubt.to_goal,
        regret_stars=doubt.regret * (LEVELS - 2) / max(float(cuts[-1] - cuts[0]), 1e-3),
        takes=belief.fit.selected,
        narrowed=belief.fit.selected > MOST,
        reason=stop_reason(to_goal, left, goal),
        minutes_to_go=minutes_to_goal(belief, to_goal),
    )
