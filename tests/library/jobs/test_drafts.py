"""Drafts are found by file or by take, kept where recipes find them again, and refused where they lead nowhere."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.errors import AudioError, GenerationError, UnknownTakeError
from library.generators import registry
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.jobs.drafts import keep_draft, keep_recording, look_up_draft, make_draft
from library.library import Library
from library.sound.playback_gain import gain_db
from library.store.catalog import Catalog
from library.take import METER, Draft, Take


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.load(Library(tmp_path / "library"))


@pytest.fixture
def hummed(tmp_path: Path) -> Path:
    """Two seconds of sound in a file."""
    path = tmp_path / "hummed.wav"
    soundfile.write(path, np.random.default_rng(1).uniform(-0.1, 0.1, (16000, 1)), 8000, subtype="PCM_16")
    return path


def find_draft(catalog: Catalog, named: str) -> tuple[Take, bool]:
    """The draft that is meant, as it is kept, and whether it had to be imported."""
    take = look_up_draft(catalog, named)
    imported = keep_draft(catalog, take)
    return catalog.find(take.id), imported


def test_a_file_is_copied_into_the_library_once(catalog: Catalog, hummed: Path, tmp_path: Path) -> None:
    take, imported = find_draft(catalog, str(hummed))
    assert imported
    assert take.generator == "draft", "so that nobody is asked to judge it"
    assert catalog.path_of(take).is_relative_to(tmp_path / "library")
    assert find_draft(Catalog.load(Library(tmp_path / "library")), str(hummed)) == (take, False)
    hummed.unlink()
    assert find_draft(Catalog.load(Library(tmp_path / "library")), take.id[:6]) == (take, False)


def test_a_file_whose_take_lost_its_sound_is_copied(catalog: Catalog, hummed: Path, tmp_path: Path) -> None:
    (lost,) = run_import(catalog, ImportRequest(paths=(hummed,))).takes
    moved = hummed.rename(tmp_path / "moved.wav")
    with pytest.raises(GenerationError, match=r"no longer at .*hummed\.wav"):
        find_draft(catalog, lost.id)
    take, imported = find_draft(catalog, str(moved))
    assert imported
    assert take.id == lost.id
    assert catalog.path_of(take).is_relative_to(tmp_path / "library")


def test_what_is_no_draft_is_refused_and_nothing_is_imported(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("no sound")
    with pytest.raises(AudioError, match=r"notes\.wav can't be a draft"):
        find_draft(catalog, str(tmp_path / "notes.wav"))
    with pytest.raises(GenerationError, match="is a folder"):
        find_draft(catalog, str(tmp_path))
    with pytest.raises(GenerationError, match="neither a file nor a take"):
        find_draft(catalog, str(tmp_path / "nowhere.wav"))
    for text in ("a prompt in the wrong field " * 20, "nul\0", "half \udc80"):
        with pytest.raises(GenerationError, match="neither a file nor a take"):
            find_draft(catalog, text)
    with pytest.raises(UnknownTakeError):
        find_draft(catalog, "ff9b")
    assert not (tmp_path / "library").exists()


def test_a_draft_in_a_folder_nobody_may_look_into_is_named(catalog: Catalog, hummed: Path, monkeypatch) -> None:
    (take,) = run_import(catalog, ImportRequest(paths=(hummed,))).takes
    real = os.stat

    def closed(path, *args, **options):
        if str(path).startswith(str(hummed)):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **options)

    monkeypatch.setattr(os, "stat", closed)
    with pytest.raises(GenerationError, match="neither a file nor a take"):
        look_up_draft(catalog, str(hummed))
    with pytest.raises(GenerationError, match=r"no longer at .*hummed\.wav"):
        look_up_draft(catalog, take.id)


def test_a_file_is_heard_as_loud_as_takes_before_it_is_one(catalog: Catalog, hummed: Path) -> None:
    take = look_up_draft(catalog, str(hummed))
    keep_draft(catalog, take)
    kept = catalog.find(take.id)
    assert take.meter == METER
    assert gain_db(take) == gain_db(kept) != 0


def test_how_a_draft_steers(catalog: Catalog, hummed: Path) -> None:
    take, _ = find_draft(catalog, str(hummed))
    assert make_draft(take, "melody", 0.5) == Draft(sound=take.id, use="melody")
    assert make_draft(take, "continuation", 2.5) == Draft(sound=take.id, use="continuation")
    assert make_draft(take, "continuation", 2, 1.5) == Draft(sound=take.id, use="continuation", until_s=1.5)
    assert make_draft(take, "continuation", 3, 2).until_s == 2


@pytest.mark.parametrize(
    ("duration_s", "from_s", "says"),
    [
        (2, None, "2.00 s of the draft are kept, but the whole take is only 2 s"),
        (1, 1.5, "1.50 s of the draft are kept"),
        (10, 2.5, "can't continue from 2.5 s: it's 2.00 s long"),
        (10, 0, "can't continue from 0 s"),
        (10, -1, "can't continue"),
        (10, float("nan"), "can't continue"),
        (10, float("inf"), "can't continue"),
    ],
)
def test_a_continuation_that_leads_nowhere(
    catalog: Catalog, hummed: Path, duration_s: float, from_s: float | None, says: str
) -> None:
    take, _ = find_draft(catalog, str(hummed))
    with pytest.raises(GenerationError, match=says):
        make_draft(take, "continuation", duration_s, from_s)


def test_a_melody_has_no_point_to_go_on_from(catalog: Catalog, hummed: Path) -> None:
    with pytest.raises(GenerationError, match="from its start"):
        make_draft(look_up_draft(catalog, str(hummed)), "melody", 5, 1)


def test_a_file_is_looked_up_without_a_change_and_kept_when_it_is_wanted(
    catalog: Catalog, hummed: Path, tmp_path: Path
) -> None:
    looked_up = look_up_draft(catalog, str(hummed))
    assert (looked_up.duration_s, looked_up.prompt) == (2.0, "hummed.wav")
    assert catalog.path_of(looked_up) == hummed
    assert not (tmp_path / "library").exists()
    assert [keep_draft(catalog, looked_up), keep_draft(catalog, looked_up)] == [True, False]
    assert catalog.path_of(catalog.find(looked_up.id)).is_relative_to(tmp_path / "library")
    assert look_up_draft(catalog, str(hummed)) == catalog.find(looked_up.id)


def test_a_file_that_changed_since_it_was_chosen_is_no_draft(catalog: Catalog, hummed: Path) -> None:
    looked_up = look_up_draft(catalog, str(hummed))
    hummed.write_text("no sound any more")
    with pytest.raises(AudioError, match=r"hummed\.wav can't be a draft"):
        keep_draft(catalog, looked_up)


def test_a_take_that_lost_its_sound_since_it_was_chosen_is_no_draft(catalog: Catalog, hummed: Path) -> None:
    (take,) = run_import(catalog, ImportRequest(paths=(hummed,))).takes
    assert not keep_draft(catalog, take)
    hummed.unlink()
    with pytest.raises(AudioError, match=r"hummed\.wav can't be a draft"):
        keep_draft(catalog, take)


def write_weights(folder: Path, names: list[str], *, zipped: bool = True) -> str:
    """A checkpoint's file as torch.save packs it, as far as the names of its weights go."""
    folder.mkdir()
    pickled = io.BytesIO()
    pickle.dump({"xp.cfg": "conditioners: {self_wav: no}", "best_state": dict.fromkeys(names, 0)}, pickled, protocol=2)
    if zipped:
        with zipfile.ZipFile(folder / "state_dict.bin", "w") as packed:
            packed.writestr("archive/data.pkl", pickled.getvalue())
            packed.writestr("archive/data/0", b"\0" * 64)
    else:
        (folder / "state_dict.bin").write_bytes(pickled.getvalue())
    return str(folder)


MELODY_WEIGHTS = ["condition_provider.conditioners.self_wav.output_proj.weight", "emb.0.weight"]


@pytest.mark.parametrize("model", [None, "small", "facebook/musicgen-stereo-large"])
def test_a_melody_is_refused_to_models_known_not_to_follow_it(model: str | None) -> None:
    with pytest.raises(GenerationError, match="can't follow a melody"):
        registry.spec("musicgen").check_draft("melody", model)
    registry.spec("musicgen").check_draft("continuation", model)


@pytest.mark.parametrize("model", ["melody", "facebook/musicgen-stereo-melody-large", "some/model", "/not/there"])
def test_a_melody_is_not_refused_to_others(model: str) -> None:
    registry.spec("musicgen").check_draft("melody", model)


def test_a_checkpoint_in_a_folder_tells_whether_it_follows_melodies(tmp_path: Path) -> None:
    registry.spec("musicgen").check_draft("melody", write_weights(tmp_path / "melody", MELODY_WEIGHTS))
    registry.spec("musicgen").check_draft("melody", write_weights(tmp_path / "old", MELODY_WEIGHTS[1:], zipped=False))
    with pytest.raises(GenerationError, match="can't follow a melody"):
        registry.spec("musicgen").check_draft("melody", write_weights(tmp_path / "text", MELODY_WEIGHTS[1:]))


def test_the_sketcher_has_no_use_for_drafts() -> None:
    for use in ("melody", "continuation"):
        with pytest.raises(GenerationError, match="sketcher can't use a draft"):
            registry.spec("sketch").check_draft(use, None)


def test_a_recording_is_kept_in_the_library_and_its_file_goes(catalog: Catalog, hummed: Path) -> None:
    take = keep_recording(catalog, hummed, "Recording of today")
    assert (take.prompt, take.generator, take.seed) == ("Recording of today", "recording", None)
    assert catalog.path_of(take).is_file()
    assert list(hummed.parent.glob("*.wav*")) == []


def test_a_recording_that_holds_no_sound_is_refused_and_stays(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(AudioError, match="can't be a draft"):
        keep_recording(catalog, tmp_path / "broken.wav", "Recording of today")
    assert [path.name for path in tmp_path.glob("broken*")] == ["broken.wav"]
