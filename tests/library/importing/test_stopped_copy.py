"""A copy into the library that is stopped in its middle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog


def test_a_copy_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (4_000_000, 2))
    soundfile.write(tmp_path / "long.wav", noise, 48_000)
    catalog = Catalog(Library(tmp_path / "library"))
    batches = catalog.library.batches

    def is_copying() -> bool:
        return any(path.stat().st_size for path in batches.rglob("*") if path.is_file())

    report = run_import(catalog, ImportRequest([tmp_path / "long.wav"], copy=True), cancelled=is_copying)
    assert report.cancelled
    assert not report.takes
    assert not report.failed
    assert not [path for path in batches.rglob("*") if path.is_file()]
