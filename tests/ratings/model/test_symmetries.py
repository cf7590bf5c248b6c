"""What must not matter: names, the order of arrays, which take of a duel is called A, where the fit started."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratings.judgement import Duel, Retraction
from ratings.model.evidence import TakeFactors, TakePool, build_evidence
from ratings.model.online import online_posterior
from ratings.model.posterior import fit
from tests.scoring import take_scores

calm = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

OUTCOMES = 1, 0, -1, None
"""Of a duel; None: neither is good."""
SAID = st.lists(
    st.one_of(
        st.tuples(st.just("stars"), st.integers(0, 7), st.integers(1, 5)),
        st.tuples(st.just("reject"), st.integers(0, 7), st.just(0)),
        st.tuples(st.just("duel"), st.permutations(range(8)).map(lambda p: (p[0], p[1])), st.sampled_from(OUTCOMES)),
    ),
    min_size=1,
    max_size=25,
)


def write(script, said, number=lambda take: take, swap: bool = False):
    script.said.clear()
    for kind, take, value in said:
        if kind == "stars":
            script.stars(number(take), value)
        elif kind == "reject":
            script.reject(number(take))
        elif swap:
            script.duel(number(take[1]), number(take[0]), None if value is None else -value)
        else:
            script.duel(number(take[0]), number(take[1]), value)
    return list(script.said)


@calm
@given(said=SAID)
def test_swapping_the_takes_of_duels_changes_nothing(said, script, pool) -> None:
    takes = pool(4, 2)
    one = take_scores(fit(build_evidence(takes, write(script, said))))
    two = take_scores(fit(build_evidence(takes, write(script, said, swap=True))))
    assert two.mean == pytest.approx(one.mean, abs=1e-6)
    assert two.sd == pytest.approx(one.sd, abs=1e-6)
    start = fit(build_evidence(takes, []))
    plain, swapped = (online_posterior(start, takes.takes, "ann", "one") for _ in range(2))
    for judgement in write(script, said):
        plain = plain.update(judgement)
    for judgement in write(script, said, swap=True):
        swapped = swapped.update(judgement)
    assert swapped.mean == pytest.approx(plain.mean, abs=1e-12)
    assert swapped.covariance == pytest.approx(plain.covariance, abs=1e-12)


@calm
@given(said=SAID, order=st.permutations(range(8)))
def test_relabelling_takes_relabels_the_scores(said, order, script, pool, name) -> None:
    takes = pool(4, 2)
    one = take_scores(fit(build_evidence(takes, write(script, said))))
    renamed = TakePool.of(
        [TakeFactors(name(order[i]), takes.prompts[takes.prompt_of[i]], int(takes.seed_of[i])) for i in range(8)]
    )
    two = take_scores(fit(build_evidence(renamed, write(script, said, number=lambda take: order[take]))))
    assert two.mean == pytest.approx(one.mean, abs=1e-6)
    assert two.sd == pytest.approx(one.sd, abs=1e-6)


@calm
@given(said=SAID, order=st.permutations(range(8)), seed=st.integers(0, 99))
def test_order_of_takes_and_files_changes_nothing(said, order, seed, script, pool) -> None:
    takes = pool(4, 2)
    judgements = write(script, said)
    one = take_scores(fit(build_evidence(takes, judgements)))
    shuffled = TakePool.of(
        [TakeFactors(takes.takes[i], takes.prompts[takes.prompt_of[i]], int(takes.seed_of[i])) for i in order]
    )
    mixed = [judgements[i] for i in np.random.default_rng(seed).permutation(len(judgements))]
    two = take_scores(fit(build_evidence(shuffled, mixed + mixed[:3])))  # some events in two files
    assert two.mean[np.argsort(order)] == pytest.approx(one.mean, abs=1e-6)


@calm
@given(said=SAID, take=st.integers(0, 7))
def test_more_stars_never_lower_a_take(said, take, script, pool) -> None:
    takes = pool(4, 2)
    scores = []
    for stars in (1, 3, 5):
        write(script, said)
        script.stars(take, stars)
        scores.append(take_scores(fit(build_evidence(takes, script.said))).mean[take])
    assert scores[0] <= scores[1] + 0.05
    assert scores[1] <= scores[2] + 0.05
    assert scores[0] < scores[2]


def test_a_retraction_leaves_what_was_there_before(script, pool) -> None:
    takes = pool(4, 2)
    script.stars(0, 4)
    before = take_scores(fit(build_evidence(takes, script.said)))
    wrong = script.stars(1, 1)
    said = [
        *script.said,
        Retraction(id="z", take=wrong.take, listener="ann", session="one", at=wrong.at, retracts=wrong.id),
    ]
    assert take_scores(fit(build_evidence(takes, said))).mean == pytest.approx(before.mean, abs=1e-12)


def test_judgements_about_other_takes_and_odd_duels_are_no_evidence(script, pool) -> None:
    takes = pool(2, 2)
    script.stars(99, 5)
    said = script.duel(1, 2, 1)
    selfish = Duel(id="q", take=said.take, other=said.take, winner="take", listener="ann", session="one", at=said.at)
    assert len(build_evidence(takes, [*script.said, selfish])) == 1
