"""What is made next: promising prompts, with curiosity that ends with the budget, and nothing that is ruled out."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.explore.allocation import PromptBelief, next_prompts
from ratings.model.evidence import build_evidence
from ratings.model.posterior import fit
from ratings.model.scales import Scales
from tests.ratings.model.conftest import World


@pytest.fixture
def unheard() -> PromptBelief:
    return PromptBelief(np.zeros(4), np.eye(4) * 0.25, 0.25, 1.2)


def test_prompts_that_are_alike_are_made_alike_often(unheard) -> None:
    assert sorted(next_prompts(unheard, 8, 100)) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_what_is_coming_counts_as_made(unheard) -> None:
    assert sorted(next_prompts(unheard, 2, 100, coming=[0, 2])) == [1, 3]


def test_only_allowed_prompts_within_the_budget(unheard) -> None:
    assert next_prompts(unheard, 5, 3, allowed=np.array([False, True, False, False])) == [1, 1, 1]
    assert next_prompts(unheard, 5, 3, allowed=np.zeros(4, np.bool_)) == []
    assert next_prompts(unheard, 5, 0) == []


def test_curiosity_ends_as_the_budget_does() -> None:
    """One prompt is known to be good; another may be better."""
    belief = PromptBelief(np.array([0.4, 0.0]), np.diag([0.01, 0.25]), 0.25, 1.2)
    assert next_prompts(belief, 1, 300) == [1]
    assert next_prompts(belief, 1, 3) == [0]


def test_a_hearing_speaks_of_prompts_that_go_with_it() -> None:
    belief = PromptBelief(np.zeros(3), np.array([[0.3, 0.25, 0], [0.25, 0.3, 0], [0, 0, 0.29]]), 0.3, 1.2)
    assert next_prompts(belief, 2, 100) == [0, 2]


def test_it_goes_by_what_was_said() -> None:
    one = World(3, prompts=6, seeds=5)
    one.listen(60, 0)
    posterior = fit(build_evidence(one.pool, one.script.said), Scales(prompt=0.5))
    belief = PromptBelief.of(posterior, np.arange(6))
    assert next_prompts(belief, 1, 1) == [int(np.argmax(belief.mean))]
    assert np.all(np.diagonal(belief.covariance) < 0.5)
