"""How much more listening a session needs until its best are settled."""

from __future__ import annotations

from ratings.session.belief import Belief

ANSWERS_BEFORE = 8
"""So many answers say how long one takes, and how fast doubt falls."""
FALLS_BY = 0.8
"""Answers needed grow as (doubt / goal) to this power.

Fitted to sessions of 100 takes with eight kinds of simulated listeners: from the fifth minute on the whole length comes
out at 0.97 of the true one in the geometric mean, and in four of five cases within a factor of 1.4.
"""


def minutes_to_goal(belief: Belief, doubt: float) -> float | None:
    """Minutes of listening until the doubt about the picks is down at the plan's goal; None while nobody can tell."""
    own, goal = belief.own, belief.plan.goal
    if doubt <= goal:
        return 0.0
    answered = len(own.of_session)
    if answered < ANSWERS_BEFORE or own.spent_s <= 0:
        return None
    known = sum(one.take in belief.focus.index for one in own.judgements)  # those of earlier sessions tell as much
    more = known * ((doubt / goal) ** FALLS_BY - 1)
    return float(own.spent_s / answered * more / 60)
