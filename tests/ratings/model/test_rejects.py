"""A reject means something on anybody's scale: less than two stars would."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.chances import chances
from ratings.model.learn_scales import fit_judgements
from ratings.model.stars import StarScale
from ratings.model.stopping import places

USES = {
    "all five": (1, 2, 3, 4, 5),
    "3 to 5": (3, 4, 5),
    "4 and 5": (4, 5),
    "1 and 5": (1, 5),
    "fives only": (5,),
    "threes only": (3,),
    "nothing but rejects": (),
}


def stars_of(pool, said, take: int) -> float:
    posterior = fit_judgements(pool, said)
    mean = posterior.scores(posterior.take_predictor(np.array([take]))).mean
    return float(StarScale.of(posterior).stars(mean)[0])


@pytest.mark.parametrize("rejects", [1, 4, 15])
@pytest.mark.parametrize("use", USES)
def test_a_reject_stands_under_two_stars(script, pool, use: str, rejects: int) -> None:
    given = USES[use]
    takes = pool(40, 1)
    last = 24 + rejects
    for take in range(24 if given else 0):
        script.stars(take, given[take % len(given)])
    for take in range(25, last):
        script.reject(take)
    before = list(script.said)
    script.reject(last)
    rejected = stars_of(takes, script.said, last)
    script.said[:] = before
    script.stars(last, 2)
    assert rejected < stars_of(takes, script.said, last)


def test_where_all_are_rejected_none_is_good(script, pool) -> None:
    takes = pool(6, 1)
    for take in range(6):
        script.reject(take)
    assert all(stars_of(takes, script.said, take) < 2 for take in range(6))
    posterior = fit_judgements(takes, script.said)
    assert chances(posterior, posterior.take_predictor(np.arange(6)), places(10, 6)).there.max() < 0.6
