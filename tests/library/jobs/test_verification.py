"""Takes are made again and compared; extensions keep what was heard."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from library.errors import GenerationError
from library.generators.api import Rendered
from library.generators.recipes import extend_recipe
from library.jobs.run_and_wait import run_and_wait
from library.jobs.saving import save
from library.jobs.verification import Comparison, compare, differences, verify
from library.library import Library
from library.sound import audio
from library.store.catalog import BatchWriter, Catalog
from library.take import Recipe, Take

RECIPE = Recipe(generator="sketch", prompt="fast minor lead", seed=3, duration_s=1.5)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verifying") / "library"
    assert len(run_and_wait(Library(folder), [RECIPE, msgspec.structs.replace(RECIPE, seed=4)]).takes) == 2
    return folder


def _noise(seed: int, frames: int = 4410) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.1, 0.1, (frames, 2)).astype(np.float32)


def test_verdicts_name_what_differs(root: Path):
    catalog = Catalog.load(Library(root))
    same, other = catalog
    batch = BatchWriter(Library(root))
    old = msgspec.structs.replace(
        other.recipe, seed=77, revision="0", fingerprint={**other.recipe.fingerprint, "numpy": "1.0"}
    )
    changed = save(batch, Rendered(0, old, audio.read(catalog.path_of(other))[0][:-100], 44100))
    imported = Take(**{**msgspec.structs.asdict(same), "id": "0" * 20, "recipe": None})
    lost = save(batch, Rendered(0, msgspec.structs.replace(RECIPE, model="none"), _noise(1), 44100))
    catalog.refresh()
    comparisons = verify(catalog, [same, imported, changed, lost])
    assert [comparison.take.id for comparison in comparisons] == [same.id, "0" * 20, changed.id, lost.id]
    assert comparisons[0] == Comparison(same, identical=True)
    assert comparisons[0].summary == "identical"
    assert comparisons[1].differs == ("It was imported, so it has no recipe.",)
    assert comparisons[1].summary == "couldn't be compared. It was imported, so it has no recipe."
    assert comparisons[2].diverges_at_s is not None
    assert comparisons[2].residue_db > -60
    assert comparisons[2].differs[0] == "sketch revision 0 → 1"
    assert f"numpy 1.0 → {np.__version__}" in comparisons[2].differs
    assert comparisons[2].summary.startswith("differs from 0.0")
    assert "no models" in comparisons[3].differs[0]
    assert comparisons[3].summary == f"couldn't be compared. {comparisons[3].differs[0]}"
    assert len(Catalog.load(Library(root))) == 4


def test_an_extension_keeps_what_was_heard(root: Path):
    catalog = Catalog.load(Library(root))
    take = next(take for take in catalog if (take.seed, take.duration_s) == (3, 1.5))
    (longer,) = run_and_wait(Library(root), [extend_recipe(take, 4.0)], parent=take.id).takes
    catalog.refresh()
    assert longer.parent == take.id
    assert longer.duration_s == 4.0
    short, long = audio.read(catalog.path_of(take))[0], audio.read(catalog.path_of(longer))[0]
    assert np.array_equal(long[: len(short)], short)


def test_a_take_of_another_version_is_not_extended_by_other_music(tmp_path: Path):
    older = msgspec.structs.replace(RECIPE, revision="0")
    take = save(BatchWriter(Library(tmp_path)), Rendered(0, older, _noise(8), 44100))
    outcome = run_and_wait(Library(tmp_path), [extend_recipe(take, 4.0)], parent=take.id)
    assert outcome.takes == ()
    assert "can't be extended exactly" in outcome.failures[0].what
    assert outcome.failures[0].remedy


@pytest.mark.parametrize("to_s", [1.5, 0.5, float("nan"), float("inf"), -1])
def test_no_extension_is_refused(root: Path, to_s: float):
    with pytest.raises(GenerationError):
        extend_recipe(next(take for take in Catalog.load(Library(root)) if take.duration_s == 1.5), to_s)


def test_a_take_without_recipe_cannot_be_extended():
    take = Take(id="0" * 20, batch="b", file="f.wav", duration_s=1, sample_rate=8000, channels=1, created_at="")
    with pytest.raises(GenerationError, match="imported"):
        extend_recipe(take, 5)


def test_compare_finds_the_first_difference():
    sound = _noise(1)
    assert compare(sound, sound, 44100) == (None, None)
    assert compare(sound, sound[:441], 44100) == (0.01, None)
    changed = sound.copy()
    changed[2205:, 1] += 1e-3
    at, residue = compare(sound, changed, 44100)
    assert at == 0.05
    assert residue == pytest.approx(20 * np.log10(1e-3 / 2), abs=1e-4)
    assert compare(sound, sound[:, :1], 44100) == (0.0, None)


def test_same_tokens_are_said_so():
    comparison = Comparison(
        Take(id="0" * 20, batch="b", file="f.wav", duration_s=1, sample_rate=8000, channels=1, created_at=""),
        identical=False,
        diverges_at_s=0.1,
        same_tokens=True,
        residue_db=-140.4,
    )
    assert comparison.summary == "same tokens, sound within −140 dB"


def test_differences_of_fingerprints():
    before = msgspec.structs.replace(RECIPE, fingerprint={"torch": "2.9.1", "device": "cpu"})
    after = msgspec.structs.replace(RECIPE, fingerprint={"torch": "2.11.0", "device": "cpu"}, exact=False)
    assert differences(before, after) == ("torch 2.9.1 → 2.11.0", "This device or build can't promise the same bits.")
    assert differences(before, before) == ()
