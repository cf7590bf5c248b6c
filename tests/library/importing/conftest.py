"""Folders of real sound files to import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.library import Library
from library.store.catalog import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.load(Library(tmp_path / "library"))


@pytest.fixture
def make_sound(tmp_path: Path) -> Callable[..., Path]:
    """Write a short sound, a different one for each `kind`, with tags if any; suffix by name."""

    def make(name: str, kind: int = 0, frames: int = 4000, **tags: str) -> Path:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = np.random.default_rng(kind).integers(-8000, 8000, (frames, 2), dtype=np.int16)
        subtype = {".opus": "OPUS", ".ogg": "VORBIS", ".mp3": "MPEG_LAYER_III"}.get(path.suffix, "PCM_16")
        container = {".opus": "OGG", ".aif": "AIFF"}.get(path.suffix, path.suffix[1:].upper())
        with soundfile.SoundFile(path, "w", 48000, 2, subtype, format=container) as file:
            for tag, text in tags.items():
                setattr(file, tag, text)
            file.write(samples)
        return path

    return make
