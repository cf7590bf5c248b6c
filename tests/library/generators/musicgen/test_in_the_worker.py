"""The whole way: a job in the real worker process, takes in a library, made longer, and made again."""

from __future__ import annotations

from queue import SimpleQueue

import msgspec
import numpy as np
import pytest

from library.catalog import Catalog
from library.jobs.events import Ended, Landed, Remade, Stumbled
from library.jobs.queue import Queue
from library.making import read_tokens
from library.take import Recipe

PATIENCE_S = 300
"""Importing torch takes its time on a busy machine."""


@pytest.mark.e2e
def test_made_extended_and_made_again(checkpoints, tmp_path):
    library = tmp_path / "library"
    events: SimpleQueue = SimpleQueue()
    work = Queue(library, events.put)

    def run(recipes, **where):
        """What one worker process, kept for all jobs, tells of them."""
        work.submit(recipes, **where)
        told = []
        while not told or not isinstance(told[-1], Ended):
            told.append(events.get(timeout=PATIENCE_S))
        assert not [event for event in told if isinstance(event, Stumbled)]
        return sorted((event for event in told if isinstance(event, Landed | Remade)), key=lambda event: event.index)

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
    catalog = Catalog(library)
    catalog.refresh()
    kept, heard = (read_tokens(catalog.tokens_of(catalog.get(take.id)))["codes"] for take in (extended, preview))
    assert np.array_equal(kept, read_tokens(tmp_path / "scratch" / "0.npz")["codes"])
    assert again.recipe == extended.recipe
    assert np.array_equal(kept[:, : heard.shape[1] - 3], heard[:, :-3])
