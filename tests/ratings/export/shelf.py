"""A library on disk, and ways to fill it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from library.library import Library
from library.sound.audio import probe, sound_id
from library.store.catalog import BatchWriter, Catalog
from library.take import Take
from ratings.export import ExportRequest, run_export
from ratings.journal import Journal
from tests.judging import Judge

RATE = 22050


def noise(number, channels=2, frames=4410):
    return np.random.default_rng(number).uniform(-0.9, 0.9, (frames, channels))


class Shelf:
    """A library on disk, and ways to fill it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sounds = root / "sounds"
        self.sounds.mkdir(parents=True)
        self.catalog = Catalog(Library(root))
        self.batch = BatchWriter(self.catalog.library)
        self.journal = Journal.load(Library(root))
        self.say = Judge(self.journal.log("ann"))

    def add(self, number, suffix="wav", subtype="PCM_16", samples=None, stars=None, rate=RATE, **fields):
        path = self.sounds / f"{number}.{suffix}"
        soundfile.write(path, noise(number) if samples is None else samples, rate, subtype=subtype)
        return self.add_file(number, path, stars, **fields)

    def add_file(self, number, path, stars=None, **fields):
        info = probe(path)
        take = Take(
            id=sound_id(path),
            batch=self.batch.name,
            file=str(path),
            duration_s=info.duration_s,
            sample_rate=info.sample_rate,
            channels=info.channels,
            created_at=f"2026-01-01T00:00:{number:02d}.000000Z",
            **{"prompt": "slow neon drive", "seed": number, **fields},
        )
        self.batch.add([take])
        self.catalog.refresh()
        if stars:
            self.say.stars(take.id, stars)
        return take

    def export(self, destination, **asked):
        return run_export(self.catalog, self.journal.history, ExportRequest(destination=destination, **asked))
