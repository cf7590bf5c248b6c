"""The whole way: a job in the real worker process, takes in a library, made longer, and made again."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from queue import SimpleQueue

import msgspec
import numpy as np
import pytest

from library.jobs.events import JobEnded, JobProgress, PreviewReady, TakeDropped, TakeFailed, TakeRemade, TakeSaved
from library.jobs.queue import GenerationQueue
from library.jobs.saving import read_tokens
from library.library import Library
from library.sound import audio
from library.store.catalog import Catalog
from library.take import Recipe
from tests.processes import child

PATIENCE_S = 300
"""Importing torch takes its time on a busy machine."""


@pytest.mark.e2e
def test_made_extended_and_made_again(checkpoints, tmp_path):
    library = tmp_path / "library"
    events: SimpleQueue = SimpleQueue()
    work = GenerationQueue(Library(library), events.put)

    def run(recipes, **where):
        """What one worker process, kept for all jobs, tells of them."""
        work.submit(recipes, **where)
        told = []
        while not told or not isinstance(told[-1], JobEnded):
            told.append(events.get(timeout=PATIENCE_S))
        assert not [event for event in told if isinstance(event, TakeFailed)]
        return sorted(
            (event for event in told if isinstance(event, TakeSaved | TakeRemade)), key=lambda event: event.index
        )

    try:
        asked = [
            Recipe(generator="musicgen", prompt="harp", seed=seed, duration_s=0.6, model=str(checkpoints.text))
            for seed in range(2)
        ]
        preview = run(asked)[1].take
        assert preview.recipe.exact
        long = msgspec.structs.replace(preview.recipe, duration_s=1.5)
        extended = run([long], parent=preview.id)[0].take
        assert extended.parent == preview.id
        (tmp_path / "scratch").mkdir()
        again = run([long], scratch=tmp_path / "scratch")[0]
    finally:
        work.close()
    catalog = Catalog(Library(library))
    catalog.refresh()
    kept, heard = (read_tokens(catalog.tokens_of(catalog.get(take.id)))["codes"] for take in (extended, preview))
    assert np.array_equal(kept, read_tokens(tmp_path / "scratch" / "0.npz")["codes"])
    assert again.recipe == extended.recipe
    assert np.array_equal(kept[:, : heard.shape[1] - 3], heard[:, :-3])


@pytest.mark.e2e
def test_heard_dropped_cancelled_and_killed_while_it_is_made(checkpoints, tmp_path):
    library = tmp_path / "library"
    events: SimpleQueue = SimpleQueue()
    work = GenerationQueue(Library(library), events.put, previews=True)
    model = str(checkpoints.text)

    def recipes(count: int, duration_s: float, first: int = 0):
        return [
            Recipe(generator="musicgen", prompt="harp", seed=first + seed, duration_s=duration_s, model=model)
            for seed in range(count)
        ]

    def until(kind, condition=lambda event: True):
        told = []
        while not told or not (isinstance(told[-1], kind) and condition(told[-1])):
            told.append(events.get(timeout=PATIENCE_S))
        return told

    def begun(event) -> bool:
        return len(event.seconds) > 1 and min(event.seconds.values()) > 1

    try:
        # One of three is heard and dropped: the others are as they are without it.
        job = work.submit(recipes(3, 6.5))
        work.listen_to(job, 1)
        preview = until(PreviewReady, lambda event: event.index == 1)[-1]
        samples, rate = audio.read(Path(preview.sound))
        assert len(samples) / rate == preview.duration_s >= 3.0
        work.drop(job, 1)
        told = until(JobEnded)
        assert [event.index for event in told if isinstance(event, TakeDropped)] == [1]
        made = {event.take.seed: event.take.id for event in told if isinstance(event, TakeSaved)}
        assert set(made) == {0, 2}
        assert not Path(preview.sound).parent.exists()

        # Cancelled in mid-batch: nothing of it lands.
        job = work.submit(recipes(4, 25.0))
        until(JobProgress, begun)
        work.cancel(job)
        told = until(JobEnded)
        assert told[-1].cancelled
        assert not [event for event in told if isinstance(event, TakeSaved | TakeFailed)]

        # Killed in mid-batch: all of that batch is named, and a new worker takes the next.
        job = work.submit(recipes(2, 25.0))
        until(JobProgress, begun)
        os.kill(child("library.jobs.worker"), signal.SIGKILL)
        assert [event.index for event in until(JobEnded) if isinstance(event, TakeFailed)] == [0, 1]
        work.submit(recipes(1, 6.5, first=2))
        (again,) = [event.take for event in until(JobEnded) if isinstance(event, TakeSaved)]
    finally:
        work.close()
    assert again.id == made[2], "the same bits without the dropped one, and alone in another process"
    assert {take.id for take in Catalog.load(Library(library))} == set(made.values())
    folders = list((library / "batches").iterdir())
    assert all(path.suffix in {".json", ".flac", ".npz"} for folder in folders for path in folder.iterdir())
