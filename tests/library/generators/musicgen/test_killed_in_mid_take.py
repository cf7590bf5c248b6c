"""A worker that is killed while it makes a take goes on from the tokens that were there."""

from __future__ import annotations

import textwrap
from queue import SimpleQueue

import numpy as np
import pytest

from library.jobs.events import Command, Event, JobEnded, JobProgress, TakeFailed, TakeSaved
from library.jobs.queue import GenerationQueue
from library.jobs.saving import read_tokens
from library.library import Library
from library.processes.program import Program
from library.store.catalog import Catalog
from library.take import Recipe

PATIENCE_S = 300

DYING = textwrap.dedent("""
    import os, signal
    from pathlib import Path
    from library.jobs import kept_arrays, worker
    from library.generators.musicgen.loading import audiocraft_import
    from library.generators.musicgen.encodec.codec import Codec
    from library.generators.musicgen.lm.decoder import TransformerDecoder
    from library.generators.musicgen.run import token_keeper
    from library.store.catalog import BatchWriter

    token_keeper.KEEP_EVERY_S = 0.0
    steps = 0

    def dying(stage, whole, condition=lambda: True):
        def die_or_go_on(*given):
            if Path({stage!r}).read_text() == stage and condition():
                if stage == "keeping them":
                    given[0].write_bytes(given[1][: len(given[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(*given)
        return die_or_go_on

    def forty_times():
        global steps
        steps += 1
        return steps == 40

    TransformerDecoder.logits = dying("the tokens", TransformerDecoder.logits, forty_times)
    kept_arrays.write_durably = dying("keeping them", kept_arrays.write_durably)
    Codec._decode_on_worker = dying("the sound", Codec._decode_on_worker)
    BatchWriter.add = dying("the document", BatchWriter.add)
    worker.main()
""")
"""A worker that ends in the stage that a file names."""
SHARES = {"the tokens": 0.65, "keeping them": 1.0, "the sound": 0.2, "the document": 0.2}
"""At most so much of what is drawn without a kill is drawn after it."""


@pytest.mark.e2e
def test_it_goes_on_from_its_tokens(checkpoints, tmp_path):
    """The shares' denominator is a take that nobody disturbs; each stage is a take of its own."""
    stage = tmp_path / "stage"
    events: SimpleQueue = SimpleQueue()
    program = Program(("-c", DYING.format(stage=str(stage))), Command, Event)
    library = Library(tmp_path / "library")

    def steps_of(work: GenerationQueue, seed: int) -> tuple[TakeSaved | TakeFailed, int]:
        model = str(checkpoints.text)
        work.submit([Recipe(generator="musicgen", prompt="harp", seed=seed, duration_s=1.2, model=model)])
        steps, outcome = 0, None
        while not isinstance(event := events.get(timeout=PATIENCE_S), JobEnded):
            if isinstance(event, JobProgress):
                steps = max(steps, event.of)
            elif isinstance(event, TakeSaved | TakeFailed):
                outcome = event
        return outcome, steps

    def makes(work: GenerationQueue, seed: int) -> int:
        saved, steps = steps_of(work, seed)
        assert isinstance(saved, TakeSaved), saved
        return steps

    stage.write_text("none")
    work = GenerationQueue(library, events.put, program=program)
    try:
        whole = makes(work, 99)
        for seed, name in enumerate(SHARES):
            stage.write_text(name)
            failed, _ = steps_of(work, seed)
            assert isinstance(failed, TakeFailed)
            assert "was killed" in failed.what
            stage.write_text("none")
            assert makes(work, seed) <= SHARES[name] * whole, name
    finally:
        work.close()
    # The same takes as without a kill: another library, and nothing that is kept of them.
    other = Library(tmp_path / "other")
    work = GenerationQueue(other, events.put, program=program)
    try:
        for seed in range(len(SHARES)):
            assert makes(work, seed) == whole, "what was kept goes once a take is saved"
    finally:
        work.close()
    catalog, again = Catalog.load(library), Catalog.load(other)
    assert {take.id for take in again} == {take.id for take in catalog if take.seed != 99}
    for take in again:
        tokens = [read_tokens(each.tokens_of(each.find(take.id))) for each in (again, catalog)]
        assert np.array_equal(*(arrays["codes"] for arrays in tokens))
