"""How far to trust listeners: blind repeats, agreement with others, drift over a session, sides of duels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from ratings.judgement import AnyJudgement, Duel
from ratings.model.arrays import Floats
from ratings.model.evidence import BLIND_APART, DUEL, LEVELS, NEITHER, STAR, TIME_BIN_S, Evidence
from ratings.model.posterior import Z80, Posterior
from ratings.model.stopping import SEED

_DRAWS = 400
"""For the interval of agreement."""


@dataclass(frozen=True)
class Consistency:
    """A listener's second answers against the first."""

    pairs: int
    """Blind pairs of star ratings of one take."""
    same: float
    """Share of pairs with the very same stars; NaN without pairs, as the next."""
    within_one: float
    """Share of pairs at most one star apart."""
    duel_pairs: int
    """Pairs of takes that met twice and were told apart both times."""
    flips: float
    """Share of those that came out the other way round; NaN without any."""


def consistency(evidence: Evidence, listener: str) -> Consistency:
    """Compare blind judgements with this listener's last one of the same take or pair, over `BLIND_APART` before.

    A take that was heard since, in a duel or otherwise, counts from that hearing. Where neither was good, the two were
    not told apart, as in a tie: whatever is said of them the other time is no flip.
    """
    who = evidence.listeners.index(listener) if listener in evidence.listeners else -1
    last: dict[tuple[int, int], tuple[int, int]] = {}
    stars: list[tuple[int, int]] = []
    duels: list[tuple[int, int]] = []
    heard: dict[int, int] = {}
    for at, row in enumerate(np.flatnonzero(evidence.listener == who)):
        take, other, outcome = int(evidence.take[row]), int(evidence.other[row]), int(evidence.outcome[row])
        if other >= 0 and other < take:
            take, other, outcome = other, take, -outcome
        since = heard.get(take, at)
        heard.update(dict.fromkeys((take, other) if other >= 0 else (take,), at))
        if evidence.kind[row] not in (STAR, DUEL, NEITHER) or not evidence.blind[row]:
            continue
        before = last.get((take, other))
        if before is not None and at - (since if other < 0 else before[0]) > BLIND_APART:
            (stars if other < 0 else duels).append((before[1], outcome))
        last[take, other] = at, outcome
    decided = [one != two for one, two in duels if one and two]
    gaps = [abs(one - two) for one, two in stars]
    same, within_one = (_share([gap <= most for gap in gaps]) for most in (0, 1))
    return Consistency(len(gaps), same, within_one, len(decided), _share(decided))


def _share(cases: Sequence[bool]) -> float:
    """Of those that hold; NaN of none."""
    return float(np.mean(cases)) if cases else np.nan


def coincidences(ratings: Floats) -> Floats:
    """(units, values, values) what each unit with several ratings adds to the coincidence matrix.

    `ratings` is (raters, units), with NaN for missing.
    """
    values, codes = np.unique(ratings[~np.isnan(ratings)], return_inverse=True)
    table = np.zeros((ratings.shape[1], len(values)))
    np.add.at(table, (np.nonzero(~np.isnan(ratings))[1], codes), 1)
    raters = table.sum(axis=1)
    table, raters = table[raters > 1], raters[raters > 1]
    pairs = table[:, :, None] * table[:, None, :] - table[:, :, None] * np.eye(len(values))
    return pairs / (raters - 1)[:, None, None]


def krippendorff_alpha(coincidence: Floats) -> Floats:
    """(...,) ordinal alpha of coincidence matrices (..., values, values); NaN where all ratings are one, or none.

    Ordinal metric delta(c, k) = (sum of n_c..n_k less half of the ends)^2 (Krippendorff, Content Analysis, 3rd ed.
    2013, ch. 12). 1 is agreement, 0 is chance.
    """
    totals = coincidence.sum(axis=-1)
    upto = np.cumsum(totals, axis=-1) - totals / 2
    distance = (upto[..., :, None] - upto[..., None, :]) ** 2
    expected = totals[..., :, None] * totals[..., None, :] - totals[..., :, None] * np.eye(totals.shape[-1])
    by_chance = (expected * distance).sum(axis=(-2, -1))
    seen = (coincidence * distance).sum(axis=(-2, -1)) * (totals.sum(axis=-1) - 1)
    return 1.0 - seen / np.where(by_chance > 0, by_chance, np.nan)


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


def agreement(evidence: Evidence) -> Agreement:
    """Ordinal alpha over the latest stars of each listener, and whether it could be chance."""
    each = coincidences(_latest_stars(evidence))
    both = len(each)
    alpha = float(krippendorff_alpha(each.sum(axis=0)))
    low = high = np.nan
    if not np.isnan(alpha):
        drawn = np.random.default_rng(SEED).multinomial(both, np.full(both, 1 / both), _DRAWS).astype(np.float64)
        alphas = krippendorff_alpha(np.tensordot(drawn, each, axes=1))
        low, high = (float(end) for end in np.nanquantile(alphas, (0.025, 0.975)))
    return Agreement(alpha, low, high, both)


def agreement_with_others(evidence: Evidence, who: int) -> float:
    """Ordinal alpha of one listener's latest stars and the others'; NaN as of `agreement`.

    Of the pairs of stars that make up alpha those count that this listener is one of, and each take once.
    """
    latest = _latest_stars(evidence)
    latest = latest[:, ~np.isnan(latest[who])]
    stars = np.arange(1, LEVELS + 1)
    own = (latest[who][:, None] == stars).astype(np.float64)
    others = (np.delete(latest, who, axis=0)[:, :, None] == stars).sum(axis=0)
    pairs = own.T @ (others / np.maximum(others.sum(axis=1, keepdims=True), 1))
    return float(krippendorff_alpha(pairs + pairs.T))


def _latest_stars(evidence: Evidence) -> Floats:
    """(listeners, takes) NaN where there are none."""
    latest = np.full((len(evidence.listeners), len(evidence.pool)), np.nan)
    rows = np.flatnonzero(evidence.kind == STAR)
    latest[evidence.listener[rows], evidence.take[rows]] = evidence.outcome[rows]  # of several the last stays
    return latest


@dataclass(frozen=True)
class Drift:
    """How a listener's strictness moved over a session."""

    minutes: Floats
    """(time bins,) start of each in which something was judged."""
    leniency: Floats
    """(time bins,) in stars, over the listener's usual; none where the bins are not told apart."""
    change: float
    """From the first time bin to the last, in stars; over zero: more lenient."""
    low: float
    """80 % interval of the change."""
    high: float


def drift(posterior: Posterior, listener: str, session: str) -> Drift:
    """Strictness over a session, from the same posterior as the ranking, so that better takes are not taken for it.

    Sessions of one time bin have no drift, nor have those of long ago, whose bins share one strictness.
    """
    evidence, columns = posterior.evidence, posterior.layout.columns.strictness
    who = evidence.listeners.index(listener) if listener in evidence.listeners else -1
    bins = enumerate(evidence.time_bins)
    judged = [i for i, one in bins if (one.listener, one.session) == (who, session) and columns[i] >= 0]
    numbers = sorted(evidence.time_bins[i].number for i in judged)
    minutes = np.array(numbers) * (TIME_BIN_S / 60)
    if len(set(columns[judged].tolist())) < 2:
        return Drift(minutes, np.zeros(0), 0.0, 0.0, 0.0)
    mean, covariance = posterior.strictness(who, session, numbers)
    cuts = posterior.thresholds(listener).cuts
    stars = (LEVELS - 2) / max(float(cuts[-1] - cuts[0]), 1e-3)
    change = float(mean[-1] - mean[0]) * stars
    sd = float(np.sqrt(max(covariance[0, 0] + covariance[-1, -1] - 2 * covariance[0, -1], 0.0))) * stars
    return Drift(minutes, mean * stars, change, change - Z80 * sd, change + Z80 * sd)


@dataclass(frozen=True)
class Share:
    """How many times out of so many, as a share."""

    value: float
    """NaN of none."""
    low: float
    """95 % interval (Jeffreys)."""
    high: float

    @staticmethod
    def of(count: int, total: int) -> Share:
        low, high = (float(betaincinv(count + 0.5, total - count + 0.5, p)) for p in (0.025, 0.975))
        return Share(count / total if total else np.nan, low, high)


@dataclass(frozen=True)
class Sides:
    """Whether the place or the order of the two takes of a duel sways the listener."""

    duels: int
    """Duels that were told apart."""
    side_a: Share
    """Won by the take on side A."""
    first: Share
    """Won by the take heard first."""


def sides(judgements: Sequence[AnyJudgement], listener: str) -> Sides:
    """Count the wins of side A, and of the take heard first."""
    duels = [one for one in judgements if isinstance(one, Duel) and one.listener == listener and one.winner != "tie"]
    side_a = sum((one.winner == "take") == (one.side == "a") for one in duels)
    first = sum(one.winner == one.first for one in duels)
    return Sides(len(duels), Share.of(side_a, len(duels)), Share.of(first, len(duels)))
