"""How far to trust listeners and their ranking, in sentences for them."""

from __future__ import annotations

import math

from ratings.model.reliability import Agreement, Consistency, Drift, Sides
from ratings.ranking.leaderboard import ScaleCorrelation
from ratings.session.summary import Summary

FEW = 8
"""Fewer repeats, duels or takes in common than this say nothing yet."""
TOGETHER = 0.6
"""Rank correlation from which on the two scales say much the same."""


def consistency_words(found: Consistency) -> str:
    """Of blind repeats."""
    if not found.pairs:
        return "No take came back unnoticed yet, so nothing checks you."
    if found.pairs < FEW:
        came = "One take" if found.pairs == 1 else f"{found.pairs} takes"
        return f"{came} came back so far: too few to say how steady you are."
    steady = found.within_one >= 0.85
    how = "very steady" if found.within_one >= 0.95 and found.same >= 0.6 else "steady" if steady else "changeable"
    words = (
        f"Of {found.pairs} takes that came back unnoticed, {round(100 * found.same)} % got the same stars"
        f" and {round(100 * found.within_one)} % were at most one star off: {how}."
    )
    if not steady:
        words += " One hearing of a take means little; the ranking counts on repeats."
    if found.duel_pairs >= FEW:
        words += f" Pairs heard twice came out the other way round {round(100 * found.flips)} % of the time."
    return words


def agreement_words(found: Agreement) -> str:
    """Of several listeners."""
    both, alpha = found.takes, found.alpha
    if not both:
        return "No take was rated by two listeners yet."
    if both < FEW:
        return f"Only {both} takes were rated by two listeners: too few to say how far you agree."
    if math.isnan(alpha):
        return f"On the {both} takes that two of you rated, all stars are the same: that says nothing of agreement."
    if found.high < 0:
        return f"You disagree on {both} takes more than chance would: is one scale upside down?"
    if found.low <= 0:
        return f"On {both} takes, your stars agree no more than chance might: look at each listener's own ranking."
    if alpha >= 0.8:
        return f"You agree: on {both} takes, your stars could nearly stand for each other."
    if alpha >= 0.667:
        return f"You mostly agree on the {both} takes that two of you rated."
    if alpha >= 0.3:
        return f"You agree in part on {both} takes: the shared ranking is a compromise."
    return f"You hardly agree on {both} takes: look at each listener's own ranking."


def drift_words(found: Drift) -> str:
    """Of a session's strictness."""
    if not len(found.leniency):
        short = "too short" if len(found.minutes) < 2 else "too long ago"
        return f"The session was {short} to say whether you drifted."
    if found.low <= 0 <= found.high:
        return "Your scale held still over the session, as far as can be told."
    way = "more generous" if found.change > 0 else "stricter"
    return f"You grew {way} by about {abs(found.change):.1f} stars over the session; the ranking makes up for it."


def sides_words(found: Sides) -> str:
    """Of duels."""
    swayed = [
        f"the one {name} wins {round(100 * share.value)} % of your duels"
        for share, name in ((found.side_a, "on side A"), (found.first, "heard first"))
        if found.duels and not share.low <= 0.5 <= share.high
    ]
    if swayed:
        return f"Mind that {' and '.join(swayed)}; sides and order are shuffled, so the ranking is not bent by it."
    if found.duels < FEW:
        return "Too few duels to say whether sides sway you."
    return "Neither side nor order swayed you, as far as can be told."


def correlation_words(found: ScaleCorrelation) -> str | None:
    """Of composition and sound; None where too few takes were rated for both."""
    if found.takes < FEW:
        return None
    if found.rho >= TOGETHER:
        says = "what is well produced is mostly what is well composed here, or the sound sways you"
    elif found.rho <= -TOGETHER:
        says = "what is well composed is mostly what is badly produced"
    else:
        says = "good composition and good sound are two different things here"
    return f"Of {found.takes} takes rated for both, {says} (rank correlation {found.rho:.2f})."


def steadiness_words(summary: Summary) -> list[str]:
    """Of a listener in a session: repeats, drift, sides and agreement, as far as there are any."""
    return [
        consistency_words(summary.consistency),
        *([drift_words(summary.drift)] if summary.drift else []),
        *([sides_words(summary.sides)] if summary.sides else []),
        *([agreement_words(summary.agreement)] if summary.agreement else []),
    ]
