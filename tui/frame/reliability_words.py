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
        return "No repeats yet to check consistency."
    if found.pairs < FEW:
        came = "One take" if found.pairs == 1 else f"{found.pairs} takes"
        return f"{came} repeated so far: too few to tell how consistent you are."
    steady = found.within_one >= 0.85
    how = (
        "very consistent"
        if found.within_one >= 0.95 and found.same >= 0.6
        else "consistent"
        if steady
        else "inconsistent"
    )
    words = (
        f"Of {found.pairs} takes repeated in secret, you gave {round(100 * found.same)} % the same stars"
        f" and {round(100 * found.within_one)} % within one star: {how}."
    )
    if not steady:
        words += " A single listen means little; the ranking relies on repeats."
    if found.duel_pairs >= FEW:
        words += f" You changed your mind on {round(100 * found.flips)} % of pairs you heard twice."
    return words


def agreement_words(found: Agreement) -> str:
    """Of several listeners."""
    both, alpha = found.takes, found.alpha
    if not both:
        return "No takes rated by two listeners yet."
    if both < FEW:
        return f"Only {both} takes rated by two listeners: too few to tell how much you agree."
    if math.isnan(alpha):
        return f"All stars are the same on the {both} takes that two of you rated, which says nothing about agreement."
    if found.high < 0:
        return f"You disagree on {both} takes more than by chance: is someone rating upside down?"
    if found.low <= 0:
        return f"On {both} takes, you agree no more than by chance: look at each listener's own ranking."
    if alpha >= 0.8:
        return f"You agree: your stars on {both} takes are nearly interchangeable."
    if alpha >= 0.667:
        return f"You mostly agree on the {both} takes that two of you rated."
    if alpha >= 0.3:
        return f"You partly agree on {both} takes: the shared ranking is a compromise."
    return f"You hardly agree on {both} takes: look at each listener's own ranking."


def drift_words(found: Drift) -> str:
    """Of a session's strictness."""
    if not len(found.leniency):
        short = "too short" if len(found.minutes) < 2 else "too long ago"
        return f"The session was {short} to detect drift."
    if found.low <= 0 <= found.high:
        return "No drift in your ratings."
    way = "more generous" if found.change > 0 else "stricter"
    return f"You got {way} by about {abs(found.change):.1f} stars over the session; the ranking corrects for it."


def sides_words(found: Sides) -> str:
    """Of duels."""
    swayed = [
        f"the take {name} wins {round(100 * share.value)} % of your duels"
        for share, name in ((found.side_a, "on side A"), (found.first, "heard first"))
        if found.duels and not share.low <= 0.5 <= share.high
    ]
    if swayed:
        return f"Note: {' and '.join(swayed)}. Sides and order are shuffled, so the ranking isn't biased."
    if found.duels < FEW:
        return "Too few duels to detect A/B bias."
    return "No A/B bias in your duels."


def correlation_words(found: ScaleCorrelation) -> str | None:
    """Of composition and sound; None where too few takes were rated for both."""
    if found.takes < FEW:
        return None
    if found.rho >= TOGETHER:
        says = "the well-produced ones are mostly the well-composed ones, or production sways you"
    elif found.rho <= -TOGETHER:
        says = "the well-composed ones are mostly badly produced"
    else:
        says = "composition and production are unrelated"
    return f"Of {found.takes} takes rated for both, {says} (rank correlation {found.rho:.2f})."


def steadiness_words(summary: Summary) -> list[str]:
    """Of a listener in a session: repeats, drift, sides and agreement, as far as there are any."""
    return [
        consistency_words(summary.consistency),
        *([drift_words(summary.drift)] if summary.drift else []),
        *([sides_words(summary.sides)] if summary.sides else []),
        *([agreement_words(summary.agreement)] if summary.agreement else []),
    ]
