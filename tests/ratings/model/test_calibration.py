"""Whether the intervals hold, the noise is found, and slips are seen through."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.evidence import build_evidence
from ratings.model.learn_scales import learn
from ratings.model.online import online_posterior
from ratings.model.posterior import fit
from ratings.model.scales import ListenerNoise, Scales
from tests.scoring import take_scores


def test_eighty_percent_intervals_hold_about_eighty_percent(world) -> None:
    held = []
    for seed in range(12):
        made = world(seed)
        made.listen(100, 25, rejects=True)
        scores = take_scores(fit(made.evidence()))
        held.append((scores.low < made.quality) & (made.quality < scores.high))
    assert 0.75 <= np.mean(held) <= 0.86


def test_predicted_regret_is_the_true_one_on_average(world) -> None:
    predicted, true = [], []
    for seed in range(24):
        made = world(100 + seed)
        made.listen(120, 20)
        view = online_posterior(fit(made.evidence()), made.pool.takes, "ann", "one")
        picked = np.argsort(-view.quality)[:8]
        predicted.append(view.doubt(8).regret)
        true.append(np.sort(made.quality)[-8:].mean() - made.quality[picked].mean())
    assert np.mean(predicted) == pytest.approx(np.mean(true), rel=0.25)


@pytest.mark.parametrize("noise", [0.35, 0.7, 1.4])
def test_noise_is_learned(world, noise: float) -> None:
    noises = []
    for seed in range(3):
        made = world(seed, prompts=20, seeds=5, noise=noise)
        made.listen(320, 120)
        posterior = learn(made.evidence())
        noises.append(posterior.scales.noise(0))
        assert posterior.laplace.log_evidence >= fit(made.evidence()).laplace.log_evidence - 0.5
    # Laplace's evidence errs towards too much noise, which is the careful side.
    assert 0.9 * noise < np.mean([one.star for one in noises]) < 1.35 * noise
    assert 0.8 * noise < np.mean([one.duel for one in noises]) < 1.6 * noise


def test_shares_of_prompt_and_seed_are_learned(world) -> None:
    made = world(9, prompts=16, seeds=16)
    made.quality -= made.prompts[made.pool.prompt_of]  # a world where prompts don't matter
    made.quality /= made.quality.std()
    made.listen(512, 0)
    assert learn(made.evidence()).scales.prompt < 0.15


def test_drift_is_not_taken_for_quality(world) -> None:
    """A listener who grows stricter by a whole unit over the session: late takes are not worse for it."""
    gaps = {True: [], False: []}
    for seed in range(6):
        made = world(40 + seed, prompts=20, seeds=5)
        made.listen(200, 0, drift=lambda part: 1.0 - 2.0 * part)
        evidence = made.evidence()
        late = evidence.take[np.flatnonzero(evidence.first)[50:]]
        early = evidence.take[np.flatnonzero(evidence.first)[:50]]
        for adaptive, gap in gaps.items():
            scales = Scales(noises=(ListenerNoise(drift=0.7 if adaptive else 0.01),))
            off = take_scores(fit(evidence, scales)).mean - made.quality
            gap.append(abs(off[late].mean() - off[early].mean()))
    assert np.mean(gaps[True]) < 0.75 * np.mean(gaps[False])


def test_one_slip_hardly_moves_a_take_that_was_always_good(script, pool) -> None:
    takes = pool(5, 4)
    for take in range(20):
        for _ in range(2):
            script.stars(take, 1 + take % 4)
    for _ in range(7):
        script.stars(19, 5)
    script.stars(19, 1)
    evidence = build_evidence(takes, script.said)
    careful = take_scores(fit(evidence, Scales(noises=(ListenerNoise(lapse=0.02),)))).mean[19]
    naive = take_scores(fit(evidence, Scales(noises=(ListenerNoise(lapse=1e-9),)))).mean[19]
    assert careful > naive + 0.1


def test_few_duels_of_equal_takes_do_not_make_a_listener_noisy(world) -> None:
    """A steady listener whose twenty duels went either way: their noise stays near that of the stars."""
    made = world(4, prompts=20, seeds=5, noise=0.7)
    made.listen(300, 0)
    close = np.argsort(-made.quality)[:6]
    for turn in range(24):
        a, b = made.rng.permutation(close)[:2]
        made.script.duel(int(a), int(b), 1 if turn % 2 else -1)
    learned = learn(made.evidence()).scales.noise(0)
    assert 0.5 < learned.star < 1.1
    assert learned.duel < 1.6 * learned.star


def test_the_noise_of_duels_follows_that_of_stars_before_there_are_any(world) -> None:
    made = world(6, prompts=20, seeds=5, noise=1.4)
    made.listen(320, 0)
    learned = learn(made.evidence()).scales.noise(0)
    assert learned.star > 1.0
    assert learned.duel == pytest.approx(learned.star)
