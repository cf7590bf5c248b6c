"""How long a job may take, from how long the last ones took."""

from __future__ import annotations

import pytest

from library.jobs.events import JobEnded, JobProgress, TakeSaved
from library.take import Recipe, Take
from tui.generating.time_estimate import TimeEstimate


class HandClock:
    """Time that passes when the test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def landed(job, seconds, *, generator="musicgen", model="small", parent=None):
    recipe = Recipe(generator=generator, prompt="rain", seed=1, duration_s=seconds, model=model)
    take = Take(id="0" * 20, batch="b", file="f", duration_s=seconds, sample_rate=1, channels=1, created_at="",
                recipe=recipe, parent=parent)  # fmt: skip
    return TakeSaved(job=job, index=0, take=take)


def test_nothing_is_known_at_first():
    assert TimeEstimate().estimate_s("sketch", None, 60) is None


def test_the_last_job_tells_for_its_model_and_loading_does_not_count():
    clock = HandClock()
    pace = TimeEstimate(clock)
    for passed, event in [
        (0, JobProgress(job=1, done=0, of=1, note="loading")),
        (50, JobProgress(job=1, done=0, of=100)),
        (20, JobProgress(job=1, done=50, of=100)),
        (20, landed(1, 10.0)),
        (0, landed(1, 10.0)),
        (0, JobEnded(job=1)),
    ]:
        clock.now += passed
        pace.learn(event)
    assert pace.estimate_s("musicgen", "facebook/musicgen-small", 60) == pytest.approx(120)
    assert pace.estimate_s("musicgen", None, 60) == pytest.approx(120)  # small is what is used if none is named
    assert pace.estimate_s("musicgen", "large", 60) is None
    assert pace.estimate_s("sketch", None, 60) is None


def test_jobs_that_made_nothing_new_tell_nothing():
    clock = HandClock()
    pace = TimeEstimate(clock)
    for event in (JobProgress(job=1, done=1, of=2), JobEnded(job=1, cancelled=True)):
        clock.now += 5
        pace.learn(event)
    for event in (JobProgress(job=2, done=1, of=2), landed(2, 30.0, parent="1" * 20), JobEnded(job=2)):
        clock.now += 5
        pace.learn(event)
    assert pace.estimate_s("musicgen", None, 60) is None
