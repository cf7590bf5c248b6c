"""Known answers for agreement, repeats, drift and sides."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ratings.judgement import Duel
from ratings.model.evidence import build_evidence
from ratings.model.learn_scales import learn
from ratings.model.posterior import fit
from ratings.model.reliability import (
    agreement,
    agreement_with_others,
    coincidences,
    consistency,
    drift,
    krippendorff_alpha,
    sides,
)


def alpha_of(ratings: np.ndarray) -> float:
    return float(krippendorff_alpha(coincidences(ratings).sum(axis=0)))


KNOWN = json.loads((Path(__file__).parent / "krippendorff.json").read_text())


@pytest.mark.parametrize("case", KNOWN["cases"], ids=lambda case: f"{case['alpha']:.3f}")
def test_alpha_is_that_of_the_krippendorff_package(case) -> None:
    ratings = np.array([[np.nan if x is None else x for x in row] for row in case["ratings"]], dtype=float)
    assert alpha_of(ratings) == pytest.approx(case["alpha"], abs=1e-12)
    assert alpha_of(ratings[::-1, ::-1]) == pytest.approx(case["alpha"], abs=1e-12)
    assert alpha_of(6 - ratings) == pytest.approx(case["alpha"], abs=1e-12)


def test_alpha_where_it_is_undefined() -> None:
    assert np.isnan(alpha_of(np.full((2, 3), np.nan)))
    assert np.isnan(alpha_of(np.array([[3.0, 3.0], [3.0, 3.0]])))
    assert np.isnan(alpha_of(np.array([[1.0, np.nan], [np.nan, 2.0]])))
    assert alpha_of(np.array([[1.0, 5.0], [1.0, 5.0]])) == 1.0


def test_repeats_count_only_when_blind_and_far_apart(script, pool) -> None:
    takes = pool(10, 5)
    for take in range(30):
        script.stars(take, 3)
    script.stars(0, 4)  # thirty judgements after the first: counts
    script.stars(29, 5)  # two after: does not
    evidence = build_evidence(takes, script.said)
    found = consistency(evidence, "ann")
    assert (found.pairs, found.same, found.within_one) == (1, 0.0, 1.0)
    assert consistency(evidence, "bob").pairs == 0
    assert np.isnan(consistency(evidence, "bob").same)


def test_repeats_of_a_steady_and_a_changeable_listener(script, pool) -> None:
    takes = pool(10, 5)
    for listener, off in (("steady", 0), ("changeable", 2)):
        for round_ in range(2):
            for take in range(40):
                stars = 1 + take % 3
                script.stars(take, stars + (off * round_ if take % 2 else 0), listener, listener)
    evidence = build_evidence(takes, script.said)
    steady, changeable = consistency(evidence, "steady"), consistency(evidence, "changeable")
    assert steady.pairs == changeable.pairs == 40
    assert (steady.same, steady.within_one, changeable.within_one) == (1.0, 1.0, 0.5)


def test_flips_whichever_take_was_named_first(script, pool) -> None:
    takes = pool(10, 5)
    script.duel(1, 2, 1)
    script.duel(3, 4, 1)
    script.duel(5, 6, 0)
    script.duel(7, 8, None)
    script.duel(9, 8, 1)
    for take in range(10, 40):
        script.stars(take, 3)
    script.duel(2, 1, 1)  # the other way round
    script.duel(4, 3, -1)  # the same
    script.duel(5, 6, 1)  # was a tie
    script.duel(7, 8, 1)  # neither was good
    script.duel(8, 9, None)  # one was better
    found = consistency(build_evidence(takes, script.said), "ann")
    assert (found.duel_pairs, found.flips) == (2, 0.5)


def test_agreement_of_two_listeners(world) -> None:
    made = world(1)
    for listener in ("ann", "bob"):
        made.listen(50, 0, listener=listener, session=listener)
    made.noise = 0.05
    found = agreement(made.evidence())
    assert found.takes == 50
    assert 0.2 < found.alpha < 0.9
    each = [agreement_with_others(made.evidence(), who) for who in range(2)]
    assert each == pytest.approx([found.alpha] * 2)
    alone = world(2)
    alone.listen(20, 0)
    assert np.isnan(agreement_with_others(alone.evidence(), 0))
    assert agreement(alone.evidence()).takes == 0
    assert np.isnan(agreement(alone.evidence()).alpha)


def test_the_interval_of_chance_holds_chance(script, pool) -> None:
    """Listeners who rate at random: so but for one time in twenty on either side, also on few takes."""
    takes, rng = pool(10, 5), np.random.default_rng(5)
    found = []
    for _ in range(60):
        script.said.clear()
        for listener in ("ann", "bob"):
            for take in range(12):
                script.stars(take, int(rng.integers(1, 6)), listener, listener)
        found.append(agreement(build_evidence(takes, script.said)))
    assert sum(one.low <= 0 <= one.high for one in found) >= 48


def test_listeners_who_disagree_and_ones_who_say_all_the_same(script, pool) -> None:
    takes = pool(10, 5)
    for listener, sign in (("ann", 1), ("bob", -1)):
        for take in range(20):
            script.stars(take, 3 + sign * (take % 5 - 2), listener, listener)
    found = agreement(build_evidence(takes, script.said))
    assert found.low <= found.alpha <= found.high < 0
    script.said.clear()
    for listener in ("ann", "bob"):
        for take in range(20):
            script.stars(take, 3, listener, listener)
    same = agreement(build_evidence(takes, script.said))
    assert same.takes == 20
    assert np.isnan([same.alpha, same.low, same.high]).all()


def test_a_take_heard_in_a_duel_meanwhile_did_not_come_back_unnoticed(script, pool) -> None:
    takes = pool(10, 5)
    for take in range(30):
        script.stars(take, 3)
    script.duel(0, 40, 1)
    script.stars(0, 4)
    script.stars(1, 4)
    assert consistency(build_evidence(takes, script.said), "ann").pairs == 1


def test_drift_is_seen_in_stars(world) -> None:
    made = world(3, prompts=20, seeds=5, noise=0.4)
    made.listen(300, 0, drift=lambda part: 0.9 - 1.8 * part)
    found = drift(learn(made.evidence()), "ann", "one")
    assert found.change < -0.8
    assert found.high < 0
    steady = world(4, prompts=20, seeds=5)
    steady.listen(300, 0)
    still = drift(learn(steady.evidence()), "ann", "one")
    assert still.low < 0 < still.high
    never = drift(fit(steady.evidence()), "ann", "never")
    assert len(never.minutes) == len(never.leniency) == 0


def test_sides(script) -> None:
    for number in range(40):
        said = script.duel(1, 2, 1)
        script.said[-1] = Duel(
            id=said.id,
            take=said.take,
            other=said.other,
            winner="take" if number % 2 else "other",
            listener="ann",
            session="one",
            at=said.at,
            side="a" if number % 2 else "b",
            first="take" if number % 4 < 2 else "other",
        )
    found = sides(script.said, "ann")
    assert found.side_a.value == 1.0
    assert found.side_a.low > 0.5
    assert found.first.value == 0.5
    assert found.first.low < 0.5 < found.first.high
    assert (sides([], "ann").duels, np.isnan(sides([], "ann").first.value)) == (0, True)
