"""The worker process is killed while it loads the model and between the files of a take: the next job is done anew."""

from __future__ import annotations

import textwrap
from pathlib import Path
from queue import SimpleQueue

import pytest

from library.jobs.events import Command, Event, JobEnded, TakeFailed, TakeSaved
from library.jobs.queue import GenerationQueue
from library.jobs.saving import is_saved
from library.library import Library
from library.mending.loose_sounds import settle_orphans
from library.mending.stray_files import find_strays
from library.processes.program import Program
from library.store.catalog import Catalog
from library.take import Recipe

PATIENCE_S = 300
"""Importing torch takes its time on a busy machine."""

DYING = textwrap.dedent("""
    import os, signal
    from pathlib import Path
    from library.library import Library
    from library.generators.musicgen import generator
    from library.jobs import worker

    life = Path({lives!r})
    number = int(life.read_text())
    life.write_text(str(number + 1))
    write = Library.write

    def die(*given):
        os.kill(os.getpid(), signal.SIGKILL)

    def write_and_die(library, path, data):
        if path.suffix != ".npz":
            return write(library, path, data)
        write(library, path.with_name(f".{{path.name}}.0123abcd.tmp"), data[:len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    if number == 0:
        generator.MusicGen.load = die
    elif number == 1:
        Library.write = write_and_die
    worker.main()
""")
"""A worker whose first life ends where the model is loaded, its second one in the middle of a take's tokens."""


@pytest.mark.e2e
def test_killed_while_loading_and_between_the_files_of_a_take(checkpoints, tmp_path):
    library, lives = tmp_path / "library", tmp_path / "lives"
    lives.write_text("0")
    events: SimpleQueue = SimpleQueue()
    work = GenerationQueue(
        Library(library), events.put, program=Program(("-c", DYING.format(lives=str(lives))), Command, Event)
    )
    asked = Recipe(generator="musicgen", prompt="harp", seed=1, duration_s=0.6, model=str(checkpoints.text))

    def outcome() -> list:
        told = []
        while not told or not isinstance(told[-1], JobEnded):
            told.append(events.get(timeout=PATIENCE_S))
        return [event for event in told if isinstance(event, TakeSaved | TakeFailed)]

    try:
        for _ in range(3):
            work.submit([asked])
        for _ in range(2):
            (failed,) = outcome()
            assert isinstance(failed, TakeFailed)
            assert "was killed" in failed.what
        (landed,) = outcome()
    finally:
        work.close()
    assert is_saved(Library(library), landed.take)
    catalog = Catalog.load(Library(library))
    assert [take.id for take in catalog] == [landed.take.id]
    sounds = {path.parent: path for path in library.glob("batches/*/*.flac")}
    assert len(sounds) == 2, "the sound of the take that was cut short is there, and the same"
    assert [path.parent for path in find_strays(Library(library))] == [
        folder for folder in sounds if folder.name != landed.take.batch
    ]
    (aside,) = settle_orphans(catalog, now=Path(tmp_path).stat().st_mtime + 1e6)
    assert aside.detail.startswith("set aside and kept")
    assert aside.detail.endswith(".flac.")
