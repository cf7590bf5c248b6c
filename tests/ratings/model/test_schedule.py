"""What is asked next: spread at first, then where an answer could change the picks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ratings.model.evidence import build_evidence
from ratings.model.online import online_posterior
from ratings.model.posterior import fit
from ratings.model.question_value import ListeningCosts, RatingOptions, knowledge_gradient, measure_costs
from ratings.model.schedule import APART, Question, ScheduleState, next_question


def hold_session(made, count: int, k: int, seed: int = 0):
    """A session of `count` questions, answered from the known qualities."""
    view = online_posterior(fit(made.evidence()), made.pool.takes, "ann", "one")
    state = ScheduleState(k=k, seed=seed)
    for _ in range(count):
        question = next_question(view, state)
        state = state.after(question)
        take = view.index[question.take]
        if question.other is None:
            said = made.script.stars(
                take, 1 + int(np.searchsorted([-1, -0.3, 0.3, 1], made.quality[take] + made.noise * made.rng.normal()))
            )
        else:
            other = view.index[question.other]
            gap = made.quality[take] - made.quality[other] + made.noise * made.rng.normal()
            said = made.script.duel(take, other, 0 if abs(gap) < 0.25 else int(np.sign(gap)))
        view = view.update(said)
    return view, state


def test_the_first_takes_are_of_different_prompts(world) -> None:
    made = world(1, prompts=12, seeds=4)
    _, state = hold_session(made, 12, k=5)
    assert [one.kind for one in state.asked] == ["star"] * 12
    names = [made.pool.index[one.take] for one in state.asked]
    assert len({int(made.pool.prompt_of[i]) for i in names}) == 12


def test_a_session_can_be_replayed(world) -> None:
    asked = [hold_session(world(2), 60, k=5, seed=3)[1].asked for _ in range(2)]
    assert asked[0] == asked[1]
    other = hold_session(world(2), 60, k=5, seed=4)[1].asked
    assert other != asked[0]


def test_a_take_does_not_come_back_at_once(world) -> None:
    _, state = hold_session(world(3, prompts=15, seeds=4), 150, k=6)
    last: dict[str, int] = {}
    for at, one in enumerate(state.asked):
        for take in (one.take, one.other):
            if take is not None:
                assert at - last.get(take, -99) > APART
                last[take] = at


def test_blind_repeats_keep_their_share(world) -> None:
    _, state = hold_session(world(4, prompts=15, seeds=4), 160, k=6)
    last: dict[str, int] = {}
    stars = repeats = 0
    for at, one in enumerate(state.asked):
        if one.kind != "duel":
            stars += 1
            repeats += one.take in last and at - last[one.take] > 20
        last[one.take] = at
        if one.other:
            last[one.other] = at
    assert repeats >= 0.07 * stars


def test_sides_and_order_are_balanced(world) -> None:
    _, state = hold_session(world(6, prompts=6, seeds=4), 160, k=4)
    duels = [one for one in state.asked if one.kind == "duel"]
    assert len(duels) >= 12
    cases = Counter((one.side, one.first) for one in duels[: len(duels) // 4 * 4])
    assert max(cases.values()) == min(cases.values())


def test_questions_crowd_the_line(world) -> None:
    made = world(8, prompts=15, seeds=4)
    view, state = hold_session(made, 170, k=6)
    later = Counter(take for one in state.asked[80:] for take in (one.take, one.other) if take is not None)
    rank = {view.names[i]: r for r, i in enumerate(np.argsort(-view.quality))}
    # A third of the takes; the rest are long shots that one hearing settles.
    assert sum(n for take, n in later.items() if rank[take] < 20) > 0.5 * sum(later.values())


def test_gain_of_a_question_by_sampling() -> None:
    rng = np.random.default_rng(0)
    mean, changes = rng.normal(0, 1, 30), rng.normal(0, 0.3, (5, 30))
    z = rng.normal(size=200_000)
    for change, gain in zip(changes, knowledge_gradient(mean, changes, 8), strict=True):
        moved = mean + z[:, None] * change
        exact = np.sort(moved, axis=1)[:, -8:].sum(axis=1).mean() - np.sort(mean)[-8:].sum()
        assert gain == pytest.approx(exact, rel=0.04, abs=0.004)  # thirteen nodes


def test_nothing_gained_where_nothing_can_change() -> None:
    assert knowledge_gradient(np.array([9.0, 8.0, 0.0, -1.0]), np.full((1, 4), 0.01), 2) == pytest.approx(
        [0.0], abs=1e-9
    )


def test_chosen_questions_beat_random_ones(world) -> None:
    """After as many seconds, the expected regret of the fit is lower than after stars at random."""
    better = 0
    for seed in range(6):
        made, plain = world(50 + seed, prompts=12, seeds=5), world(50 + seed, prompts=12, seeds=5)
        _, state = hold_session(made, 110, k=6)
        seconds = sum({"star": 12, "duel": 16}.get(one.kind, 8) for one in state.asked)
        plain.listen(60 + int((seconds - 720) // 8), 0)
        chosen, random = (
            online_posterior(fit(each.evidence()), made.pool.takes, "ann", "one") for each in (made, plain)
        )
        better += chosen.doubt(6).regret < random.doubt(6).regret
    assert better >= 5


def test_a_session_without_fits_keeps_its_scale(world) -> None:
    """A hundred updates on their own neither bend the cut-points nor make one too sure."""
    made = world(50, prompts=12, seeds=5)
    view, _ = hold_session(made, 110, k=6)
    assert np.diff(view.thresholds.cuts).min() > 0.3
    fitted = online_posterior(fit(made.evidence()), made.pool.takes, "ann", "one")
    assert np.corrcoef(view.quality, fitted.quality)[0, 1] > 0.85
    assert view.doubt(6).regret > 0.7 * fitted.doubt(6).regret  # never surer than the fit by much


@pytest.mark.parametrize("count", [1, 2, 3])
def test_tiny_selections(world, count: int) -> None:
    made = world(12, prompts=3, seeds=1)
    view = online_posterior(fit(made.evidence()), made.pool.takes[:count], "ann", "one")
    state = ScheduleState(k=10)
    for _ in range(8):
        question = next_question(view, state)
        assert question.take in view.names
        state = state.after(question)
        view = view.update(made.script.stars(view.index[question.take], 3))


def test_measured_pace() -> None:
    assert measure_costs([]) == ListeningCosts()
    assert measure_costs([("star", 30.0)] * 9).star == 30.0
    assert measure_costs([("star", 30.0)]).star == 12.0


def test_a_resumed_session_goes_on_with_what_was_heard(world) -> None:
    """The state after a restart holds no questions, but the evidence does: nothing is asked as if unheard."""
    made = world(14)
    hold_session(made, 40, k=5)
    view = online_posterior(fit(build_evidence(made.pool, made.script.said)), made.pool.takes, "ann", "two")
    question = next_question(view, ScheduleState(k=5))
    assert isinstance(question, Question)
    assert (question.kind == "star") == (not view.judged[view.index[question.take]])


def test_a_take_is_heard_on_only_while_it_is_promising(script, pool) -> None:
    """Expected seconds of six ratings: all of them near the line, hardly more than one far under it."""
    takes = pool(4, 4)
    for turn in range(12):
        for take in range(8):
            script.stars(take, 5 if take < 3 else 4 if take < 5 else 1 + turn % 2)
    view = online_posterior(fit(build_evidence(takes, script.said)), takes.takes, "ann", "one")
    quality = np.sort(view.quality)[::-1]
    costs = ListeningCosts(restar=8.0)
    options = RatingOptions.of(view, costs, (quality[4] + quality[5]) / 2)
    six = options.seconds(6)
    at_the_line = int(np.argmin(np.abs(options.lead)))
    assert six[at_the_line] > 8.0 + 5 * 8.0 * 0.8
    assert six[5:8] == pytest.approx(np.full(3, 8.0), rel=1e-6)  # heard twelve times, and bad each time
    unheard = np.arange(8, 16)
    assert (six[unheard] > options.first_s[unheard] + 1.0).all()
    assert (six[unheard] < options.first_s[unheard] + 40.0).all()
    assert options.seconds(1) == pytest.approx(options.first_s)
    worth = options.value_alone()
    assert worth[5:8].max() < 0.1 * worth[unheard].min()
