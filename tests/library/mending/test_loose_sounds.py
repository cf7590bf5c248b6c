"""Sounds that no take names: found, brought back as takes where they say how they were made, else kept aside."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from library.generators.api import Rendered
from library.jobs.saving import read_tokens, save
from library.library import Library
from library.mending.loose_sounds import find_orphans
from library.mending.outcome import Outcome
from library.mending.repair import repair_library
from library.sound import audio
from library.store.catalog import BatchWriter, Catalog
from library.take import Recipe, Take
from tests.reading_words import origin_of_tags
from tui.cli.checks import shard_kinds
from tui.cli.library_checks import check_library

RATE = 8000
LATER = time.time() + 3 * 86_400
"""No file can be given an old ctime: a day passes by asking later."""


@pytest.fixture
def root(tmp_path) -> Path:
    """A library of two made takes in one batch, with tokens."""
    return make(tmp_path / "library", 1, 2)


def make(root: Path, *seeds: int) -> Path:
    batch = BatchWriter(Library(root))
    for seed in seeds:
        recipe = Recipe(generator="test", prompt="two\n“tones”", seed=seed, duration_s=1.0, model="m")
        sound = np.random.default_rng(seed).uniform(-0.5, 0.5, (RATE, 1)).astype(np.float32)
        save(batch, Rendered(0, recipe, sound, RATE, {"codes": np.arange(seed)}), parent="a" * 20)
    return root


def repair(root: Path, now: float = LATER) -> list[Outcome]:
    return repair_library(Library(root), [], now=now)


def checks(root: Path) -> dict[str, str]:
    return {check.name: check.detail for check in check_library(Library(root)) if not check.ok}


def told(take: Take) -> dict[str, object]:
    """All of a take's document but where and when it was written."""
    document: dict[str, object] = msgspec.to_builtins(take)
    return {key: value for key, value in document.items() if key not in ("batch", "created_at")}


def lose_document(root: Path) -> tuple[Take, ...]:
    """As a kill before the document leaves a batch."""
    takes = tuple(Catalog.load(Library(root)))
    (shard,) = root.glob("batches/*/batch.json")
    shard.unlink()
    return takes


def age(root: Path, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time() + seconds
    monkeypatch.setattr("library.mending.health.time.time", lambda: now)


def test_takes_come_back_from_their_sounds_alone(root):
    lost = lose_document(root)
    assert len(Catalog.load(Library(root))) == 0
    (done,) = repair(root)
    assert done.done, done
    catalog = Catalog.load(Library(root))
    assert {take.id: told(take) for take in catalog} == {take.id: told(take) for take in lost}
    for take in catalog:
        assert audio.sound_id(catalog.path_of(take)) == take.id
        assert read_tokens(catalog.tokens_of(take)) is not None
    assert repair(root) == []


def test_a_library_in_order_has_no_loose_sounds(root, monkeypatch):
    age(root, 3600, monkeypatch)
    assert checks(root) == {}
    assert repair(root) == []


@pytest.mark.parametrize(("age_s", "told"), [(-3600, True), (0, False), (500, False), (3600, True), (86_000, True)])
def test_what_may_still_be_waited_for_is_left_where_it_is(root, age_s, told):
    lose_document(root)
    before = sorted(root.rglob("*"))
    assert [waits.done for waits in repair(root, time.time() + age_s)] == ([False] if told else [])
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("left", [0, 40, -20])
def test_where_the_documents_were_damaged_takes_come_back_at_once(root, left):
    (shard,) = root.glob("batches/*/batch.json")
    made = {take.id: told(take) for take in Catalog.load(Library(root))}
    shard.write_bytes(shard.read_bytes()[:left])
    half = shard.with_name(f"{'c' * 20}.flac")
    half.write_bytes(b"fLaC")
    assert all(done.done for done in repair_library(Library(root), shard_kinds(Library(root)), wait=lambda _: None))
    assert {take.id: told(take) for take in Catalog.load(Library(root))} == made
    assert half.exists(), "it may be on its way"
    assert repair_library(Library(root), shard_kinds(Library(root))) == []


def test_an_old_date_does_not_make_a_file_old_that_came_just_now(root):
    lose_document(root)
    for path in root.glob("batches/*/*"):
        os.utime(path, (0, 0))
    before = sorted(root.rglob("*"))
    repair(root, time.time())
    assert sorted(root.rglob("*")) == before


def test_doctor_names_and_counts_them_after_a_while(root, monkeypatch):
    lose_document(root)
    assert checks(root) == {}
    age(root, 3600, monkeypatch)
    said = checks(root)["loose sounds"]
    (first, *_) = sorted(root.glob("batches/*/*"))
    assert said.startswith("4 files (0.0 MB)")
    assert str(first) in said


def test_a_sound_that_says_nothing_is_kept_aside(root):
    batch = next(root.glob("batches/*"))
    silence = batch / f"{'0' * 20}.flac"
    audio.write_flac(silence, np.zeros((RATE, 1), np.float32), RATE)
    loose = silence.with_name("made.flac")
    silence.rename(loose)
    silence = loose.rename(batch / f"{audio.sound_id(loose)}.flac")
    held = silence.read_bytes()
    (done,) = repair(root)
    assert done.done
    kept = root / "set-aside" / batch.name / silence.name
    assert kept.read_bytes() == held
    assert not silence.exists()
    assert len(Catalog.load(Library(root))) == 2
    assert repair(root) == []
    assert checks(root) == {}


def test_a_sound_that_was_made_again_meanwhile_is_not_a_second_take(root):
    lost = lose_document(root)
    make(root, 1, 2)
    before = {take.id: take.batch for take in Catalog.load(Library(root))}
    (done,) = repair(root)
    assert done.done
    assert len(list((root / "set-aside").rglob("*.flac"))) == len(lost)
    assert {take.id: take.batch for take in Catalog.load(Library(root))} == before


def test_a_damaged_sound_and_a_false_name_make_no_take(root):
    lose_document(root)
    cut, renamed = sorted(root.glob("batches/*/*.flac"))
    cut.write_bytes(cut.read_bytes()[:-500])
    renamed.rename(renamed.with_name(f"{'b' * 20}.flac"))
    (done,) = repair(root)
    assert done.done
    assert len(Catalog.load(Library(root))) == 0
    assert len(list((root / "set-aside").rglob("*.*"))) == 4


def test_nothing_is_said_of_a_batch_whose_documents_can_t_all_be_read(root):
    (shard,) = root.glob("batches/*/batch.json")
    data = msgspec.json.decode(shard.read_bytes())
    data["takes"]["1"]["seed"] = "of a newer Earmark"
    shard.write_bytes(msgspec.json.encode(data))
    assert find_orphans(Catalog.load(Library(root))) == []


def test_what_earmark_did_not_put_there_is_left_alone(root):
    batch = next(root.glob("batches/*"))
    for name in ("notes.txt", "mine.flac", f"{'c' * 20}.txt", f".{'c' * 20}.flac"):
        (batch / name).write_bytes(b"x")
    (batch / f"{'d' * 20}.flac").symlink_to(batch / "mine.flac")
    (batch / f"{'e' * 20}.flac").mkdir()
    assert repair(root) == []


def test_a_document_that_comes_at_last_gets_its_sound_back(root):
    (shard,) = root.glob("batches/*/batch.json")
    held = shard.read_bytes()
    sounds = sorted(path.name for path in shard.parent.glob("*.*"))
    for path in shard.parent.glob("*.flac"):  # as of an Earmark that wrote no label
        samples, rate = audio.read(path)
        path.unlink()
        audio.write_flac(path, samples, rate)
    shard.unlink()
    repair(root)
    assert list(shard.parent.iterdir()) == []
    shard.write_bytes(held)
    assert "missing sounds" in checks(root)
    (done,) = repair(root)
    assert done.done
    assert checks(root) == {}
    assert sorted(path.name for path in shard.parent.iterdir()) == sounds


def test_a_link_in_place_of_the_kept_ones_is_not_followed(root, tmp_path):
    lose_document(root)
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "set-aside").symlink_to(outside, target_is_directory=True)
    for path in root.glob("batches/*/*.flac"):
        path.write_bytes(b"no sound")
    (refused,) = repair(root)
    assert not refused.done
    assert list(outside.iterdir()) == []


def test_a_copy_of_a_made_sound_says_how_it_was_made(root, tmp_path):
    take = next(iter(Catalog.load(Library(root))))
    copy = shutil.copy(Catalog.load(Library(root)).path_of(take), tmp_path / "elsewhere.flac")
    origin = origin_of_tags(copy)
    assert (origin.prompt, origin.seed, origin.generator, origin.model) == ("two “tones”", take.seed, "test", "m")
