"""How far to trust the ears: blind repeats, agreement between listeners, drift over a sitting, sides of duels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from ratings.errors import RatingError
from ratings.judgement import AnyJudgement, Duel
from ratings.model.arrays import Floats
from ratings.model.evidence import DUEL, LEVELS, STAR, TIME_BIN_S, Evidence
from ratings.model.posterior import Z80, Posterior

BLIND_APART = 20
"""Judgements between two hearings after which the first is taken as forgotten."""
_FEW = 8
"""Fewer repeats than this say nothing yet."""
_DRAWS, _SEED = 400, 20240229
"""For the interval of agreement: the same each time."""


@dataclass(frozen=True)
class Consistency:
    """What a listener said the second time, against the first."""

    pairs: int
    """Blind pairs of star ratings of one take."""
    rmse: float
    """Root mean square difference within a pair, in stars; NaN without pairs."""
    correlation: float
    """Pearson's, over the pairs; NaN where it is undefined. Low when only takes alike were repeated."""
    same: float
    """Share of pairs with the very same stars."""
    duel_pairs: int
    """Pairs of takes that met twice and were told apart both times."""
    flips: float
    """Share of those that came out the other way round; NaN without any."""
    words: str
    """For the listener."""


def consistency(evidence: Evidence, listener: str, *, apart: int = BLIND_APART, blind_only: bool = True) -> Consistency:
    """Compare each judgement with this listener's last one of the same take or pair, over `apart` judgements before.

    A take that was heard since, in a duel or otherwise, counts from that hearing. With `blind_only`, judgements made
    with prompt, seed or score in view are left out.
    """
    if listener not in evidence.listeners:
        return _consistency(np.zeros((0, 2)), [])
    rows = np.flatnonzero(evidence.listener == evidence.listeners.index(listener))
    last: dict[tuple[int, int], tuple[int, int]] = {}
    stars: list[tuple[int, int]] = []
    duels: list[tuple[int, int]] = []
    heard: dict[int, int] = {}
    for at, row in enumerate(rows):
        take, other, said = int(evidence.take[row]), int(evidence.other[row]), int(evidence.outcome[row])
        if other >= 0 and other < take:
            take, other, said = other, take, -said
        since = heard.get(take, at)
        heard.update(dict.fromkeys((take, other) if other >= 0 else (take,), at))
        if evidence.kind[row] not in (STAR, DUEL) or (blind_only and not evidence.blind[row]):
            continue
        before = last.get((take, other))
        if before is not None and at - (since if other < 0 else before[0]) > apart:
            (stars if other < 0 else duels).append((before[1], said))
        last[take, other] = at, said
    return _consistency(np.array(stars, dtype=np.float64).reshape(-1, 2), duels)


def _consistency(stars: Floats, duels: Sequence[tuple[int, int]]) -> Consistency:
    told_apart = [(one, two) for one, two in duels if one and two]
    flips = float(np.mean([one != two for one, two in told_apart])) if told_apart else np.nan
    if not len(stars):
        return Consistency(
            0, np.nan, np.nan, np.nan, len(told_apart), flips, "No take came back unnoticed yet, so nothing checks you."
        )
    gap = stars[:, 1] - stars[:, 0]
    rmse, same = float(np.sqrt(np.mean(gap**2))), float(np.mean(gap == 0))
    varied = len(stars) > 2 and stars[:, 0].std() > 0 and stars[:, 1].std() > 0
    correlation = float(np.asarray(np.corrcoef(stars.T))[0, 1]) if varied else np.nan
    return Consistency(
        len(stars), rmse, correlation, same, len(told_apart), flips, _say_consistency(gap, told_apart, flips)
    )


def _say_consistency(gap: Floats, told_apart: Sequence[tuple[int, int]], flips: float) -> str:
    count = len(gap)
    if count < _FEW:
        came = "One take" if count == 1 else f"{count} takes"
        return f"{came} came back so far: too few to say how steady you are."
    within = float(np.mean(np.abs(gap) <= 1))
    same = float(np.mean(gap == 0))
    how = "very steady" if within >= 0.95 and same >= 0.6 else "steady" if within >= 0.85 else "changeable"
    words = (
        f"Of {count} takes that came back unnoticed, {round(100 * same)} % got the same stars"
        f" and {round(100 * within)} % were at most one star off: {how}."
    )
    if how == "changeable":
        words += " One hearing of a take means little; the ranking counts on repeats."
    if len(told_apart) >= _FEW:
        words += f" Pairs heard twice came out the other way round {round(100 * flips)} % of the time."
    return words


def krippendorff_ordinal(ratings: Floats) -> float:
    """Krippendorff's alpha for ordinal data, of (raters, units) with NaN for missing; NaN when it is undefined.

    Coincidence matrix over the pairable values, ordinal metric delta(c, k) = (sum of n_c..n_k less half of the ends)^2
    (Krippendorff, Content Analysis, 3rd ed. 2013, ch. 12). 1 is agreement, 0 is chance.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    if ratings.ndim != 2:
        raise RatingError("Agreement needs a table of listeners by takes.")
    return float(_alpha(_coincidences(ratings).sum(axis=0)))


def _coincidences(ratings: Floats) -> Floats:
    """(units, values, values) what each unit with several ratings adds to the coincidence matrix."""
    values, codes = np.unique(ratings[~np.isnan(ratings)], return_inverse=True)
    table = np.zeros((ratings.shape[1], len(values)))
    np.add.at(table, (np.nonzero(~np.isnan(ratings))[1], codes), 1)
    raters = table.sum(axis=1)
    table, raters = table[raters > 1], raters[raters > 1]
    pairs = table[:, :, None] * table[:, None, :] - table[:, :, None] * np.eye(len(values))
    out: Floats = pairs / (raters - 1)[:, None, None]
    return out


def _alpha(coincidence: Floats) -> Floats:
    """(...,) alpha of coincidence matrices (..., values, values); NaN where all ratings are one, or there are none."""
    totals = coincidence.sum(axis=-1)
    upto = np.cumsum(totals, axis=-1) - totals / 2
    distance = (upto[..., :, None] - upto[..., None, :]) ** 2
    expected = totals[..., :, None] * totals[..., None, :] - totals[..., :, None] * np.eye(totals.shape[-1])
    by_chance = (expected * distance).sum(axis=(-2, -1))
    seen = (coincidence * distance).sum(axis=(-2, -1)) * (totals.sum(axis=-1) - 1)
    out: Floats = 1.0 - seen / np.where(by_chance > 0, by_chance, np.nan)
    return out


@dataclass(frozen=True)
class Agreement:
    """How far several listeners say the same."""

    alpha: float
    """Krippendorff's ordinal alpha; NaN when no two listeners rated the same take, or all ratings are one."""
    low: float
    """95 % interval of alpha over takes drawn anew (bootstrap); NaN as alpha."""
    high: float
    takes: int
    """Takes with stars of at least two listeners."""
    words: str
    """For the listeners."""


def star_table(evidence: Evidence) -> Floats:
    """(listeners, takes) the latest stars of each, NaN where there are none."""
    table = np.full((len(evidence.listeners), len(evidence.pool)), np.nan)
    for row in np.flatnonzero(evidence.kind == STAR):
        table[evidence.listener[row], evidence.take[row]] = evidence.outcome[row]
    return table


def agreement(evidence: Evidence) -> Agreement:
    """Ordinal alpha over the latest stars of each listener, and whether it could be chance."""
    each = _coincidences(star_table(evidence))
    both = len(each)
    alpha = float(_alpha(each.sum(axis=0)))
    low = high = np.nan
    if not np.isnan(alpha):
        drawn = np.random.default_rng(_SEED).multinomial(both, np.full(both, 1 / both), _DRAWS).astype(np.float64)
        alphas = _alpha(np.tensordot(drawn, each, axes=1))
        low, high = (float(end) for end in np.nanquantile(alphas, (0.025, 0.975)))
    if len(evidence.listeners) < 2 or not both:
        words = "No take was rated by two listeners yet."
    elif both < _FEW:
        words = f"Only {both} takes were rated by two listeners: too few to say how far you agree."
    elif np.isnan(alpha):
        words = f"On the {both} takes that two of you rated, all stars are the same: that says nothing of agreement."
    elif high < 0:
        words = f"You disagree on {both} takes more than chance would: is one scale upside down?"
    elif low <= 0:
        words = f"On {both} takes, your stars agree no more than chance might: look at each listener's own ranking."
    elif alpha >= 0.8:
        words = f"You agree: on {both} takes, your stars could nearly stand for each other."
    elif alpha >= 0.667:
        words = f"You mostly agree on the {both} takes that two of you rated."
    elif alpha >= 0.3:
        words = f"You agree in part on {both} takes: the shared ranking is a compromise."
    else:
        words = f"You hardly agree on {both} takes: look at each listener's own ranking."
    return Agreement(alpha, low, high, both, words)


@dataclass(frozen=True)
class Drift:
    """How a listener's strictness moved over a sitting."""

    minutes: Floats
    """(stretches,) start of each."""
    leniency: Floats
    """(stretches,) in stars, over the listener's usual."""
    change: float
    """From the first stretch to the last, in stars; over zero: more lenient."""
    low: float
    """80 % interval of the change."""
    high: float
    words: str
    """For the listener."""


def drift(posterior: Posterior, listener: str, sitting: str) -> Drift:
    """Strictness over a sitting, from the same posterior as the ranking, so that better takes are not taken for it."""
    evidence = posterior.evidence
    who = evidence.listeners.index(listener) if listener in evidence.listeners else -1
    columns = posterior.layout.columns.strictness
    bins = enumerate(evidence.time_bins)
    judged = [i for i, one in bins if (one.listener, one.session) == (who, sitting) and columns[i] >= 0]
    parts = sorted(evidence.time_bins[i].number for i in judged)
    if len(set(columns[judged].tolist())) < 2:
        short = "too short" if len(parts) < 2 else "too long ago"  # old sittings have one strictness
        words = f"The sitting was {short} to say whether you drifted."
        return Drift(np.zeros(0), np.zeros(0), 0.0, 0.0, 0.0, words)
    mean, covariance = posterior.strictness(who, sitting, parts)
    cuts = posterior.thresholds(listener).cuts
    stars = (LEVELS - 2) / max(float(cuts[-1] - cuts[0]), 1e-3)
    change = float(mean[-1] - mean[0]) * stars
    sd = float(np.sqrt(max(covariance[0, 0] + covariance[-1, -1] - 2 * covariance[0, -1], 0.0))) * stars
    low, high = change - Z80 * sd, change + Z80 * sd
    if low > 0 or high < 0:
        way = "more generous" if change > 0 else "stricter"
        words = f"You grew {way} by about {abs(change):.1f} stars over the sitting; the ranking makes up for it."
    else:
        words = "Your scale held still over the sitting, as far as can be told."
    return Drift(np.array(parts) * (TIME_BIN_S / 60), mean * stars, change, low, high, words)


@dataclass(frozen=True)
class Sides:
    """Whether the place or the order of the two takes of a duel sways the listener."""

    duels: int
    """Duels that were told apart."""
    left: float
    """Share that side A won; NaN without duels."""
    left_range: tuple[float, float]
    """95 % interval (Jeffreys)."""
    first: float
    """Share that the take heard first won."""
    first_range: tuple[float, float]
    words: str
    """For the listener."""


def sides(judgements: Sequence[AnyJudgement], listener: str) -> Sides:
    """Count the wins of side A, and of the take heard first."""
    duels = [one for one in judgements if isinstance(one, Duel) and one.listener == listener and one.winner != "tie"]
    left = sum((one.winner == "take") == (one.side == "a") for one in duels)
    first = sum(one.winner == one.first for one in duels)
    count = len(duels)
    spans = [tuple(float(betaincinv(n + 0.5, count - n + 0.5, p)) for p in (0.025, 0.975)) for n in (left, first)]
    swayed = [
        f"the one {name} wins {round(100 * n / count)} % of your duels"
        for n, span, name in ((left, spans[0], "on side A"), (first, spans[1], "heard first"))
        if count and (span[0] > 0.5 or span[1] < 0.5)
    ]
    words = (
        "Neither side nor order swayed you, as far as can be told."
        if count >= _FEW
        else "Too few duels to say whether sides sway you."
    )
    if swayed:
        words = f"Mind that {' and '.join(swayed)}; sides and order are shuffled, so the ranking is not bent by it."
    share = (left / count, first / count) if count else (np.nan, np.nan)
    return Sides(count, share[0], (spans[0][0], spans[0][1]), share[1], (spans[1][0], spans[1][1]), words)
