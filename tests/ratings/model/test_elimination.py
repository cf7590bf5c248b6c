"""Large histories: what is eliminated together changes nothing, and what is told apart is bounded."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model import elimination, layout
from ratings.model.chances import chances
from ratings.model.elimination import Coupling, strictness_groups
from ratings.model.evidence import DUEL
from ratings.model.hessian import Blocks
from ratings.model.posterior import fit
from ratings.model.reliability import drift
from ratings.model.scales import Scales
from tests.scoring import effects, take_scores


def test_inverse_root_of_blocks_of_several_sizes() -> None:
    rng = np.random.default_rng(0)
    block_of = np.repeat(np.arange(7), [1, 3, 1, 2, 3, 1, 5])
    together = block_of[:, None] == block_of[None, :]
    root = rng.normal(size=(16, 16)) * together
    matrix = root @ root.T + np.eye(16)
    found = Blocks.order(block_of)[1].inverse_root(_entries(matrix, block_of)).toarray()
    assert found.T @ found == pytest.approx(np.linalg.inv(matrix), abs=1e-14)
    assert not found[~together].any()


def test_blocks_that_are_not_positive_definite_are_refused() -> None:
    for size in (1, 2):
        block_of = np.repeat([0, 1], size)
        entries = _entries(np.diag([1.0, -1.0] * size), block_of)
        with pytest.raises(np.linalg.LinAlgError):
            Blocks.order(block_of)[1].inverse_root(entries)


def _entries(matrix: np.ndarray, block_of: np.ndarray) -> np.ndarray:
    """The lower halves of the blocks on the diagonal; what is above must not be read."""
    lower = np.where(np.tri(len(block_of)), matrix, np.nan)
    return np.concatenate(
        [lower[np.ix_(block_of == block, block_of == block)].ravel() for block in np.unique(block_of)]
    )


@pytest.mark.parametrize("most", [3, 12, 40])
def test_elimination_changes_no_figure(world, monkeypatch, most: int) -> None:
    """Two listeners, prompts, duels: dense all together, or in blocks with what does not fit into one dense."""
    made = world(5, prompts=8, seeds=5)
    made.listen(40, 6, listener="ann", takes=np.arange(30), rejects=True)
    made.listen(30, 4, listener="bob", session="two", deviation=0.4, takes=np.arange(10, 40))
    evidence, scales = made.evidence(), Scales(interaction=0.2)
    plain = fit(evidence, scales)
    monkeypatch.setattr(elimination, "FEW", 0)
    monkeypatch.setattr(elimination, "BLOCK", most)
    split = fit(evidence, scales)
    assert split.layout.dense < plain.layout.dense
    assert split.layout.blocks.size.max() <= most
    assert split.layout.size == plain.layout.size
    # The same Newton steps in another order of columns: nothing but rounding differs.
    assert split.laplace.log_evidence == pytest.approx(plain.laplace.log_evidence, abs=1e-10)
    for one, two in (
        (take_scores(plain), take_scores(split)),
        *((effects(plain, name), effects(split, name)) for name in ("prompt", "seed")),
    ):
        assert two.mean == pytest.approx(one.mean, abs=1e-12)
        assert two.sd == pytest.approx(one.sd, abs=1e-12)
    opinions = [each.joint(each.take_predictor(np.arange(40), 1)) for each in (plain, split)]
    assert opinions[1][1] == pytest.approx(opinions[0][1], abs=1e-12)
    found = [chances(each, each.take_predictor(np.arange(len(made.pool))), 10).there for each in (plain, split)]
    assert found[1] == pytest.approx(found[0], abs=0.045)  # four standard errors of 4,000 draws less 4,000


def test_no_block_is_larger_than_allowed_and_none_touches_another() -> None:
    """A chain of duels through a thousand prompts is dense; pairs and lone prompts are not."""
    count = 3000
    prompt_of = np.arange(count) // 3
    chain = np.arange(0, 1200, 3)
    pairs = np.arange(2000, 2400, 4)
    duels = np.concatenate([chain[:-1], pairs]), np.concatenate([chain[1:], pairs + 1])
    found = Coupling(np.ones(count, np.int64), np.ones(1000, np.int64), prompt_of, duels).eliminate()
    of_take, of_prompt = found.of_take, found.of_prompt
    assert np.bincount(of_take[of_take >= 0]).max() <= elimination.BLOCK
    assert (of_take[chain] == -1).all()
    assert (of_prompt[prompt_of[chain]] == -1).all()
    assert (of_take[pairs] == of_take[pairs + 1]).all()
    assert (of_take[pairs] >= 0).all()
    kept = of_prompt[prompt_of] >= 0
    assert (of_prompt[prompt_of][kept] == of_take[kept]).all()


def test_long_histories_tell_the_latest_time_bins_apart() -> None:
    sessions = [("ann" if day % 2 else "bob", f"{day}") for day in range(60) for _ in range(10)]
    named = [(int(name == "ann"), day) for name, day in sessions]
    judged = np.ones(600, np.bool_)
    judged[5] = False
    found = strictness_groups(named, judged)
    assert found[5] == -1
    assert set(found[judged]) == set(range(found.max() + 1))
    assert found.max() < elimination.MOST_TIME_BINS
    assert len(set(found[-10:])) == 10
    assert len(set(found[:5])) == 1
    assert strictness_groups(named[:20], judged[:20]).tolist().count(-1) == 1
    assert len(set(strictness_groups(named[:20], judged[:20]))) == 20


def test_more_sessions_than_can_be_told_apart_share_a_strictness() -> None:
    named = [(day % 3, f"{day}") for day in range(5000)]
    found = strictness_groups(named, np.ones(5000, np.bool_))
    assert found.max() < elimination.MOST_TIME_BINS + 3
    who = np.arange(5000) % 3
    assert all(len(set(who[found == group])) == 1 for group in range(found.max() + 1))


def test_a_history_of_many_sessions_still_fits(world, monkeypatch) -> None:
    monkeypatch.setattr(elimination, "MOST_TIME_BINS", 4)
    made = world(8, prompts=6, seeds=4)
    for day in range(9):
        made.listen(33, 2, session=f"day {day}")
    posterior = fit(made.evidence())
    assert len(np.unique(posterior.layout.columns.strictness)) <= 6
    assert np.corrcoef(take_scores(posterior).mean, made.quality)[0, 1] > 0.7
    long_ago = drift(posterior, "ann", "day 0")
    assert (len(long_ago.minutes), len(long_ago.leniency)) == (2, 0)


def test_duels_that_tie_thousands_together_are_counted_as_far_as_they_can_be(world, monkeypatch) -> None:
    """The latest ones; the takes of the others keep their stars."""
    monkeypatch.setattr(elimination, "FEW", 0)
    monkeypatch.setattr(elimination, "BLOCK", 6)
    monkeypatch.setattr(elimination, "MOST", 30)
    monkeypatch.setattr(layout, "MOST", 30)
    made = world(9, prompts=30, seeds=3)
    made.listen(90, 200)
    posterior = fit(made.evidence())
    duels = posterior.evidence.kind == DUEL
    counted = posterior.layout.counted
    assert counted[~duels].all()
    assert 20 < counted[duels].sum() < 200
    columns = np.concatenate([posterior.layout.columns.take, posterior.layout.columns.prompt])
    assert np.count_nonzero((columns >= 0) & (columns < posterior.layout.dense)) <= 30
    late, early = counted[duels][150:].mean(), counted[duels][:50].mean()
    assert late > early
    assert np.corrcoef(take_scores(posterior).mean, made.quality)[0, 1] > 0.6
