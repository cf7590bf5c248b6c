"""The fit against known answers: choix on duels alone, and sampling of the same model on a handful of takes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from scipy import stats
from scipy.special import ndtr

from ratings.errors import RatingError
from ratings.judgement import Pick, Reject, Stars
from ratings.model.chances import chances
from ratings.model.evidence import TakeFactors, TakePool, build_evidence
from ratings.model.learn_scales import fit_judgements
from ratings.model.online import online_posterior
from ratings.model.posterior import fit
from ratings.model.scales import ListenerNoise, Scales
from tests.scoring import effects, take_scores

KNOWN = json.loads((Path(__file__).parent / "choix.json").read_text())


def test_duels_alone_agree_with_choix(script, name) -> None:
    """choix: strengths N(0, 2), probit noise 1. Ours in units of the spread: divide by sqrt(2)."""
    count = len(KNOWN["ep_mean"])
    for winner, loser in KNOWN["duels"]:
        script.duel(winner, loser, 1)
    pool = TakePool.of([TakeFactors(name(i), None, None) for i in range(count)])
    noise = ListenerNoise(duel=2**-0.5, lapse=1e-9)
    ours = take_scores(fit(build_evidence(pool, script.said), Scales(noises=(noise,)))).mean * 2**0.5
    theirs = np.array(KNOWN["ep_mean"])
    assert stats.spearmanr(ours, theirs).statistic > 0.998
    assert np.abs((ours - ours.mean()) - (theirs - theirs.mean())).max() < 0.05
    assert stats.spearmanr(ours, KNOWN["ilsr"]).statistic > 0.97  # Bradley-Terry, another link and nearly no prior


def log_density(z: np.ndarray, stars, duels, scales: Scales) -> np.ndarray:
    """The model written out for 3 takes of 2 prompts and 2 seeds: (chains, 2 + 2 + 3 + 1 + 4 + 1) -> (chains,)."""
    noise = scales.noise(0)
    prompt, seed, own, strict, cuts, tie = np.split(z, [2, 4, 7, 8, 12], axis=1)
    quality = prompt[:, [0, 0, 1]] + seed[:, [0, 1, 0]] + own
    cuts = np.concatenate([np.full((len(z), 1), -np.inf), cuts, np.full((len(z), 1), np.inf)], axis=1)
    tie = tie[:, 0]
    ordered = (np.diff(cuts, axis=1) > 0).all(axis=1) & (tie > 0)
    out = -0.5 * (
        (prompt**2).sum(1) / scales.prompt + (seed**2).sum(1) / scales.seed + strict[:, 0] ** 2 / noise.drift**2
    )
    # The pool has one take of prompt 1 and of seed 1: nothing is special about that in the model as written.
    out -= 0.5 * ((own**2).sum(1) / scales.take + (z[:, 8:13] ** 2).sum(1) / 9)
    with np.errstate(all="ignore"):
        wide = np.sqrt(1 + noise.star**2)
        for level in range(5):
            out += 0.5 * np.log(ndtr(cuts[:, level + 1] / wide) - ndtr(cuts[:, level] / wide))
        for take, given in stars:
            value = quality[:, take] + strict[:, 0]
            p = ndtr((cuts[:, given] - value) / noise.star) - ndtr((cuts[:, given - 1] - value) / noise.star)
            out += np.log((1 - noise.lapse) * p + noise.lapse / 5)
        wide = np.sqrt(2 + noise.duel**2)
        out += 2 * 0.8 * np.log(ndtr(-tie / wide)) + 0.3 * np.log(ndtr(tie / wide) - ndtr(-tie / wide))
        draws_line = any(outcome is None for _, _, outcome in duels)
        for a, b, outcome in duels:
            told = {None: [(a, 1), (b, 1)], 1: [(a, -1)], 0: [], -1: [(b, -1)]}[outcome] if draws_line else []
            for take, under in told:
                p = ndtr(under * (cuts[:, 2] - quality[:, take] - strict[:, 0]) / noise.duel)
                out += np.log((1 - noise.lapse) * p + noise.lapse / 2)
            if outcome is None:
                continue
            low, high = {1: (tie, np.inf), 0: (-tie, tie), -1: (-np.inf, -tie)}[outcome]
            gap = quality[:, a] - quality[:, b]
            p = ndtr((high - gap) / noise.duel) - ndtr((low - gap) / noise.duel)
            out += np.log((1 - noise.lapse) * p + noise.lapse / 3)
    return np.where(ordered, out, -np.inf)


CASES = {
    "stars": ([(0, 4), (0, 5), (1, 2), (1, 3), (2, 3), (2, 4), (0, 4), (1, 1)], []),
    "duels": ([], [(0, 1, 1), (0, 1, 1), (1, 2, -1), (0, 2, 0), (0, 1, 1), (2, 1, 1)]),
    "both": ([(0, 4), (1, 2), (2, 3), (0, 5), (1, 3)], [(0, 1, 1), (1, 2, -1), (0, 2, 0), (2, 0, -1)]),
    "neither": ([(0, 4), (1, 3), (0, 3), (2, 2)], [(1, 2, None), (0, 1, 1), (2, 1, None), (0, 2, 1)]),
    "a slip": (
        [
            (0, 5),
            (0, 5),
            (0, 5),
            (0, 4),
            (1, 3),
            (1, 2),
            (1, 2),
            (2, 3),
            (2, 4),
            (2, 4),
            (2, 3),
            (0, 5),
            (0, 5),
            (0, 1),
        ],
        [],
    ),
}


def sample(stars, duels, scales: Scales, seed: int = 0) -> np.ndarray:
    """(draws, 3) qualities by random-walk Metropolis, many chains side by side."""
    rng = np.random.default_rng(seed)
    chains, steps = 600, 1500
    z = np.zeros((chains, 13))
    z[:, 8:12], z[:, 12] = [-1.2, -0.4, 0.4, 1.2], 0.3
    now = log_density(z, stars, duels, scales)
    root = np.array([0.5] * 2 + [0.22] * 2 + [0.8] * 3 + [0.25] + [0.4] * 4 + [0.2])
    kept = []
    for step in range(steps):
        size = (0.25, 0.6, 1.0)[step % 3]
        mask = rng.random(z.shape) < (1.0 if step % 2 else 0.35)
        new = z + size * root * mask * rng.normal(size=z.shape)
        then = log_density(new, stars, duels, scales)
        take = np.log(rng.random(chains)) < then - now
        z[take], now[take] = new[take], then[take]
        if step >= 400 and step % 20 == 0:
            kept.append(z[:, [0, 0, 1]] + z[:, [2, 3, 2]] + z[:, 4:7])
    return np.concatenate(kept)


@pytest.mark.parametrize("case", CASES)
def test_fit_and_updates_agree_with_sampling(case: str, script, name) -> None:
    stars, duels = CASES[case]
    scales = Scales(noises=(ListenerNoise(),))
    exact = sample(stars, duels, scales)
    pool = TakePool.of([TakeFactors(name(0), "x", 0), TakeFactors(name(1), "x", 1), TakeFactors(name(2), "y", 0)])
    for take, given in stars:
        script.stars(take, given)
    for a, b, outcome in duels:
        script.duel(a, b, outcome)
    fitted = take_scores(fit(build_evidence(pool, script.said), scales))
    # What the normal form with its skewness leaves out; the sampling itself is good to about 0.01.
    assert fitted.mean == pytest.approx(exact.mean(axis=0), abs=0.08)
    assert fitted.sd == pytest.approx(exact.std(axis=0), rel=0.065)

    half = len(script.said) // 2
    view = online_posterior(fit(build_evidence(pool, script.said[:half]), scales), pool.takes, "ann", "one")
    for said in script.said[half:]:
        view = view.update(said)
    online = take_scores(view)
    # What one pass of updates leaves out, until the next fit: most after a slip at the very end.
    assert online.mean == pytest.approx(exact.mean(axis=0), abs=0.45 if case == "a slip" else 0.2)
    assert online.sd == pytest.approx(exact.std(axis=0), rel=0.1)


def test_marginals_equal_those_of_the_whole_matrix(world) -> None:
    """Means and covariances read off piece by piece are those of the full inverse of the curvature."""
    made = world(3, prompts=6, seeds=4)
    made.listen(20, 0, takes=np.arange(14), rejects=True)
    made.listen(0, 6, takes=np.arange(5))
    posterior = fit(made.evidence())
    layout = posterior.layout
    assert layout.size > layout.dense > 0  # both kinds of columns are there
    size = layout.size
    inverse = np.column_stack([posterior.laplace.curvature.solve(column) for column in np.eye(size)])
    assert inverse == pytest.approx(inverse.T, abs=1e-13)
    predictor = posterior.take_predictor(np.arange(len(made.pool)))
    whole = (
        predictor.fitted @ inverse @ predictor.fitted.toarray().T
        + (predictor.prior_only @ predictor.prior_only.T).toarray()
    )
    mean, covariance = posterior.joint(predictor)
    assert covariance == pytest.approx(whole, abs=1e-13)
    assert take_scores(posterior).sd == pytest.approx(np.sqrt(np.diag(whole)), abs=1e-13)
    assert take_scores(posterior).mean == pytest.approx(mean)


def test_unheard_takes_stand_where_prompt_and_seed_put_them(script, pool, name) -> None:
    takes = pool(4, 4)
    for _ in range(3):
        for seed in range(3):
            script.stars(0 * 4 + seed, 5)
            script.stars(1 * 4 + seed, 1)
    scores = take_scores(fit(build_evidence(takes, script.said)))
    by_name = dict(zip(takes.takes, scores.mean, strict=True))
    assert by_name[name(3)] > 0.2 > -0.2 > by_name[name(7)]  # the fourth seed of each, never heard
    untouched = dict(zip(takes.takes, scores.sd, strict=True))[name(15)]
    assert untouched == pytest.approx(1.0, abs=1e-13)


def test_no_judgements_means_the_prior(pool) -> None:
    posterior = fit(build_evidence(pool(3, 3), []))
    assert take_scores(posterior).mean == pytest.approx(np.zeros(9))
    assert take_scores(posterior).sd == pytest.approx(np.ones(9))
    assert effects(posterior, "seed").sd == pytest.approx(np.full(3, 0.05**0.5))


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(RatingError, match="no takes"):
        fit(build_evidence([], []))


def test_effects_find_the_good_prompt_and_the_good_seed(world) -> None:
    made = world(7, prompts=12, seeds=12)
    made.seeds[5] += 1.2
    made.quality[made.pool.seed_of == 5] += 1.2
    made.listen(288, 60)
    posterior = fit(made.evidence(), Scales(seed=0.1))
    seeds = effects(posterior, "seed")
    assert made.pool.seeds[int(np.argmax(seeds.mean))] == 5
    assert seeds.low[5] > 0
    prompts = effects(posterior, "prompt")
    assert np.corrcoef(prompts.mean, made.prompts)[0, 1] > 0.6


def test_effects_of_single_takes_share_the_takes_own_part(script, name) -> None:
    """Random seeds: each has one take, so its effect is a share of what that take has beyond its prompt."""
    takes = TakePool.of([TakeFactors(name(i), f"p{i % 3}", 1000 + i) for i in range(12)])
    for i in range(12):
        script.stars(i, 1 + i % 5)
    script.duel(0, 1, 1)
    scales = Scales(seed=0.1)
    posterior = fit(build_evidence(takes, script.said), scales)
    seeds, prompts, scores = effects(posterior, "seed"), effects(posterior, "prompt"), take_scores(posterior)
    beyond = scores.mean - prompts.mean[takes.prompt_of]
    assert seeds.mean == pytest.approx(beyond * 0.1 / (0.1 + scales.take), abs=1e-13)
    assert (seeds.sd < np.sqrt(0.1)).all()


def test_p_top_adds_up_and_follows_the_means(world) -> None:
    made = world(11)
    made.listen(100, 30)
    posterior = fit(made.evidence())
    p_top = chances(posterior, posterior.take_predictor(np.arange(len(made.pool))), 10).there
    assert p_top.sum() == pytest.approx(10)
    assert p_top[np.argmax(take_scores(posterior).mean)] > 0.5
    view = online_posterior(posterior, made.pool.takes, "ann", "one")
    assert view.doubt(10).settled == pytest.approx(np.sum(p_top >= 0.8), abs=1)


def test_several_listeners_have_scales_of_their_own(world) -> None:
    """A harsh and a lenient listener agree on the takes; the ranking does not care who heard which."""
    made = world(21, prompts=10, seeds=5)
    half = made.rng.permutation(50)
    made.listen(75, 0, listener="harsh", cuts=(0.3, 0.9, 1.5, 2.2), takes=half[:25], session="h")
    made.listen(75, 0, listener="kind", cuts=(-2.2, -1.5, -0.9, -0.3), takes=half[25:], session="k")
    made.listen(10, 0, listener="harsh", cuts=(0.3, 0.9, 1.5, 2.2), takes=half[25:30], session="h")
    made.listen(10, 0, listener="kind", cuts=(-2.2, -1.5, -0.9, -0.3), takes=half[20:25], session="k")
    posterior = fit(made.evidence())
    scores = take_scores(posterior)
    assert np.corrcoef(scores.mean, made.quality)[0, 1] > 0.7
    raw = np.zeros(50)
    evidence = made.evidence()
    for take in range(50):
        raw[take] = evidence.outcome[evidence.take == take].mean()
    assert np.corrcoef(raw, made.quality)[0, 1] < np.corrcoef(scores.mean, made.quality)[0, 1] - 0.2
    harsh, kind = posterior.thresholds("harsh"), posterior.thresholds("kind")
    assert (harsh.cuts > kind.cuts + 1).all()


def test_a_session_is_about_what_takes_are_to_its_listener(world) -> None:
    made = world(23, prompts=6, seeds=4)
    made.listen(48, 10, listener="ann", deviation=0.5)
    made.listen(48, 10, listener="bob", deviation=0.5, session="two")
    scales = Scales(interaction=0.25)
    posterior = fit(made.evidence(), scales)
    spread = scales.own_spread
    view = online_posterior(posterior, made.pool.takes, "ann", "one", 3)
    own = posterior.scores(posterior.take_predictor(np.arange(24), posterior.evidence.listeners.index("ann")))
    assert view.quality * spread == pytest.approx(own.mean)
    assert np.sqrt(np.diag(view.quality_covariance)) * spread == pytest.approx(own.sd)
    assert view.thresholds.cuts * spread == pytest.approx(posterior.thresholds("ann").cuts)
    shared = take_scores(posterior)
    assert np.corrcoef(own.mean, shared.mean)[0, 1] < 0.99
    new = online_posterior(posterior, made.pool.takes, "eve", "three")  # the others' taste, and room for her own
    assert new.quality * spread == pytest.approx(shared.mean)
    assert np.diag(new.quality_covariance) * spread**2 == pytest.approx(shared.sd**2 + 0.25)


def test_others_leave_ones_own_ear_alone(world) -> None:
    """Five whose tastes have little in common: each one's is found as well beside the others as alone."""
    gains = []
    for seed in range(6):
        made = world(300 + seed, prompts=12, seeds=5)
        names = ["ann", "bob", "cleo", "dan", "eve"]
        for name in names:
            made.listen(60, 0, listener=name, session=name, deviation=1.6)
        truth = made.quality + 1.6 * made.bias["ann"]
        found = []
        for listeners in (["ann"], names):
            judged = [one for one in made.script.said if one.listener in listeners]
            posterior = fit_judgements(made.pool, judged)
            own = posterior.take_predictor(np.arange(60), posterior.evidence.listeners.index("ann"))
            found.append(np.corrcoef(posterior.scores(own).mean, truth)[0, 1])
        gains.append(found[1] - found[0])
    assert np.mean(gains) > -0.01


def test_a_pick_is_worth_less_than_five_stars_and_more_than_nothing(script, pool) -> None:
    """In the fit and in the update alike; a pick that replaces a reject leaves nothing of it."""
    takes = pool(3, 4)
    for take in range(12):
        script.stars(take, 1 + take % 5)
    before = list(script.said)
    late = {
        "id": "z",
        "take": takes.takes[2],
        "listener": "ann",
        "session": "late",
        "at": "2026-02-01T00:00:00.000000Z",
    }
    pick, five = Pick(**late), Stars(**late, stars=5)
    plain = fit(build_evidence(takes, before))
    quality = {each: take_scores(fit(build_evidence(takes, [*before, each]))).mean[2] for each in (pick, five)}
    assert take_scores(plain).mean[2] + 0.05 < quality[pick] < quality[five]
    view = online_posterior(plain, takes.takes, "ann", "late")
    assert view.update(pick).quality[2] == pytest.approx(
        quality[pick], abs=0.015
    )  # what one update leaves out of a fit
    reject = Reject(**{**late, "id": "y", "at": "2026-01-31T00:00:00.000000Z"})
    both = fit(build_evidence(takes, [*before, reject, pick]))
    assert take_scores(both).mean[2] == pytest.approx(quality[pick])


def test_takes_that_are_never_good_sink_under_the_line_in_whatever_order(world) -> None:
    """From duels alone, no stars: those under the line are found, though the duels don't say which of them is worse."""
    made = world(5, prompts=10, seeds=4, noise=0.5)
    made.listen(0, 240, neither=True)
    said = made.script.said
    bad = [one for one in said if one.neither]
    assert 30 < len(bad) < 160
    scores = take_scores(fit(made.evidence()))
    line = fit(made.evidence()).thresholds("ann").cuts[1]
    under = made.quality < -0.3
    assert np.mean((scores.mean < line) == under) > 0.85
    # Without those answers the order of the others is the same, but where the line is nobody can say.
    ties = build_evidence(made.pool, [structs.replace(one, neither=False) for one in said])
    assert np.corrcoef(scores.mean, made.quality)[0, 1] > np.corrcoef(take_scores(fit(ties)).mean, made.quality)[0, 1]
    some = made.pool.takes.index(bad[0].take), made.pool.takes.index(bad[0].other)
    alone = take_scores(fit(build_evidence(made.pool, [bad[0]])))
    assert alone.mean[some[0]] == pytest.approx(alone.mean[some[1]])
    assert alone.mean[some[0]] < -0.2


def test_strictness_wanders_rather_than_jumps(script, pool) -> None:
    """Five minutes on it is nearly what it was, forty minutes on hardly: exp(-5/20) and exp(-40/20)."""
    times = [f"2026-01-01T00:{minute:02}:00.000000Z" for minute in (0, 5, 40)]
    said = [structs.replace(script.stars(take, 3), at=at) for take, at in enumerate(times)]
    covariance = fit(build_evidence(pool(1, 3), said)).strictness(0, "one", [0, 1, 8])[1]
    # Three judgements tell hardly anything: the correlation is nearly that of the prior.
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert correlation[0, 1] == pytest.approx(np.exp(-5 / 20), abs=0.012)
    assert correlation[0, 2] == pytest.approx(np.exp(-40 / 20), abs=0.017)
