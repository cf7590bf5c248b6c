"""What a job makes of the worker's events."""

from __future__ import annotations

from library.jobs.events import Order, PreviewReady, TakeDropped
from library.jobs.job import Job
from library.take import Recipe


def preview(index: int) -> PreviewReady:
    return PreviewReady(job=1, index=index, sound="x.flac", duration_s=1.0, sample_rate=8000, channels=1)


def test_a_preview_that_comes_late_is_no_news():
    recipe = Recipe(generator="sketch", prompt="night", seed=1, duration_s=1.0)
    job = Job(Order(job=1, library="l", recipes=(recipe,) * 3))
    assert all(job.apply(preview(index)) for index in range(3))
    job.drop(0)
    assert job.apply(TakeDropped(job=1, index=1))
    assert [job.apply(preview(index)) for index in range(3)] == [False, False, True]
    assert job.state(active=True).previews == {2: preview(2)}
