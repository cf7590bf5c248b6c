"""A rendered take is saved whole: sound, tokens, measures, document; or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from library.errors import AudioError, LibraryError, UnconfirmedError
from library.generators.api import Rendered
from library.jobs.saving import read_tokens, save, write_scratch
from library.library import Library
from library.sound import audio
from library.sound.loudness_meter import measure
from library.store.catalog import BatchWriter, Catalog
from library.take import Recipe

RECIPE = Recipe(generator="test", prompt="two tones", seed=2, duration_s=1.0, model="m")


def tones(level: float = 0.5) -> np.ndarray:
    time = np.arange(44100) / 44100
    return (level * np.sin(2 * np.pi * np.outer(time, [440, 550]))).astype(np.float32)


def test_a_take_is_saved_whole(tmp_path: Path):
    batch = BatchWriter(Library(tmp_path))
    tokens = {"codes": np.arange(12, dtype=np.int16).reshape(3, 4)}
    take = save(batch, Rendered(0, RECIPE, tones(), 44100, tokens), parent="a" * 20)
    catalog = Catalog.load(Library(tmp_path))
    assert catalog.get(take.id) == take
    path = catalog.path_of(take)
    assert path == batch.folder / f"{take.id}.flac"
    assert audio.probe(path).subtype == "PCM_24"
    assert audio.sound_id(path) == take.id
    assert np.abs(audio.read(path)[0] - tones()).max() <= 2**-24
    assert np.array_equal(read_tokens(catalog.tokens_of(take))["codes"], tokens["codes"])
    assert (take.prompt, take.seed, take.generator, take.model, take.parent) == ("two tones", 2, "test", "m", "a" * 20)
    assert take.lufs == pytest.approx(-6.6705, abs=0.001)  # by the standard's own weights at 440 and 550 Hz
    assert take.true_peak_db == pytest.approx(-6.0206, abs=0.02)  # how far its filter ripples there
    assert sorted(p.name for p in batch.folder.iterdir()) == sorted(["batch.json", take.file, take.tokens])
    assert measure(tones(), 44100).flags == ("cut-off",)
    assert take.flags == (), "it ends where it was asked to end"


@pytest.mark.parametrize("level", [0.3, 0.5], ids=["another take", "the take that is there"])
@pytest.mark.parametrize("syncs", range(6))
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: float, syncs: int):
    batch = BatchWriter(Library(tmp_path))
    kept = save(batch, Rendered(0, RECIPE, tones(), 44100))
    left = iter(range(syncs))

    def fill_up(handle: int) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", fill_up)
        with pytest.raises(LibraryError, match="No space left") as caught:
            save(batch, Rendered(0, RECIPE, tones(level), 44100, {"codes": np.arange(3)}))
        assert "Free some space" in caught.value.remedy
        assert isinstance(caught.value, UnconfirmedError) == (syncs == 5), "told as written only when it is"
    catalog = Catalog.load(Library(tmp_path))
    takes = list(catalog)
    assert takes[0] == kept
    assert syncs == 5 or len(takes) == 1  # the sixth syncs the folder, after the document is in place
    named = {path for take in takes for path in (catalog.path_of(take), catalog.tokens_of(take)) if path}
    assert set(batch.folder.iterdir()) == {batch.folder / "batch.json", *named}


def test_a_disk_that_does_not_give_back_what_was_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    batch = BatchWriter(Library(tmp_path))

    def refuse(path: Path) -> str:
        raise AudioError("It can't be opened: Input/output error.")

    monkeypatch.setattr(audio, "sound_id", refuse)
    with pytest.raises(LibraryError, match=rf"{batch.folder}/.* can't be read back: .*Input/output error") as caught:
        save(batch, Rendered(0, RECIPE, tones(), 44100))
    assert "disk" in caught.value.remedy
    assert list(batch.folder.iterdir()) == []


def test_a_sound_that_is_none_is_refused(tmp_path: Path):
    batch = BatchWriter(Library(tmp_path))
    with pytest.raises(AudioError):
        save(batch, Rendered(0, RECIPE, np.full((10, 2), np.nan, np.float32), 44100))
    assert list(batch.folder.iterdir()) == []


def test_scratch_files_hold_the_same(tmp_path: Path):
    tokens = {"codes": np.arange(4)}
    sound, kept = write_scratch(tmp_path, "0", Rendered(0, RECIPE, tones(), 44100, tokens))
    take = save(BatchWriter(Library(tmp_path / "library")), Rendered(0, RECIPE, tones(), 44100))
    assert audio.sound_id(sound) == take.id
    assert np.array_equal(read_tokens(kept)["codes"], tokens["codes"])
    assert write_scratch(tmp_path, "1", Rendered(0, RECIPE, tones(), 44100))[1] is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x93NUMPY"])
def test_damaged_tokens_are_none(tmp_path: Path, content: bytes):
    path = tmp_path / "t.npz"
    assert read_tokens(path) is None
    path.write_bytes(content)
    assert read_tokens(path) is None


def test_pickled_tokens_are_never_loaded(tmp_path: Path):
    path = tmp_path / "t.npz"
    np.savez(path, evil=np.array([{"a": 1}], dtype=object))
    assert read_tokens(path) is None


def test_where_nobody_may_look_a_take_is_saved_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As on a network disk that lost its permissions for a moment: what counts is whether it can be written."""
    whole = os.stat

    def refuse(path, **given):
        if str(path).endswith((".npz", "new")):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return whole(path, **given)

    batch = BatchWriter(Library(tmp_path))
    with monkeypatch.context() as closed:
        closed.setattr(os, "stat", refuse)
        take = save(batch, Rendered(0, RECIPE, tones(), 44100, {"codes": np.arange(3)}))
        assert not Library(tmp_path / "new").check()
    assert Catalog.load(Library(tmp_path)).get(take.id) == take
