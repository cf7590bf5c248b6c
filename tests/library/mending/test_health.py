"""`doctor`: what it says of sounds that are no longer what they were."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.mending import health
from library.store.catalog import Catalog
from tui.cli.library_checks import check_library

LATER = time.time() + 3600


@pytest.fixture
def library(tmp_path) -> Path:
    """Two takes whose sounds are copied into it."""
    (sounds := tmp_path / "sounds").mkdir()
    for seed in (1, 2):
        write_sound(sounds / f"night_s{seed}.wav", seed)
    run_import(Catalog.load(Library(tmp_path / "library")), ImportRequest([sounds], copy=True))
    return tmp_path / "library"


def write_sound(path: Path, number: int) -> None:
    soundfile.write(path, np.random.default_rng(number).uniform(-0.3, 0.3, (8000, 1)), 8000)


def told(library: Path) -> dict[str, str]:
    return {check.name: check.detail for check in check_library(Library(library)) if not check.ok}


@pytest.mark.parametrize("content", [b"", b"no sound", None])
def test_a_sound_that_was_written_over_is_named_without_being_asked_for(library, content):
    path = next(library.glob("batches/*/*.wav"))
    write_sound(path, 3) if content is None else path.write_bytes(content)
    os.utime(path, (LATER, LATER))
    assert str(path) in told(library)["changed sounds"]


def test_the_same_sound_under_a_later_date_is_no_trouble(library):
    for path in library.glob("batches/*/*.wav"):
        os.utime(path, (LATER, LATER))
    assert told(library) == {}


def test_of_more_sounds_than_can_be_read_soon_the_rest_is_counted(library, monkeypatch):
    for path in library.glob("batches/*/*.wav"):
        os.utime(path, (LATER, LATER))
    monkeypatch.setattr(health, "READING_S", -1.0)
    assert told(library)["unread sounds"].startswith("2 sounds")
    (check,) = [check for check in check_library(Library(library), sounds=True) if check.name == "changed sounds"]
    assert check.ok
