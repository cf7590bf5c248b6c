"""What is exported says nothing of where things lie on this machine, nor what its user is called."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from library.generators.api import Rendered
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.jobs.saving import save
from library.library import Library
from library.store.catalog import BatchWriter, Catalog
from library.take import Recipe, Take
from ratings.export import ExportReport, ExportRequest, run_export
from ratings.export.redaction import public_reason, public_take
from ratings.journal import Journal
from tests.judging import Judge
from tests.ratings.export.shelf import RATE, noise
from tests.reading_words import origin_of_tags

USER = "alice-hq7"
DIGEST = "a1b2c3d4e5f6a7b8c9d0"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home" / USER
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    assert Path.home() == folder
    return folder


def write_sound(path: Path, seed: int, sidecar: dict | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise(seed), RATE)
    if sidecar:
        path.with_name(f"{path.name}.json").write_text(json.dumps(sidecar))


def fill(library: Path, home: Path) -> tuple[Catalog, Take]:
    """Takes by a local model, imported ones of all kinds, and two whose sounds were lost; one of these is returned."""
    catalog = Catalog(Library(library))
    recipe = Recipe(
        generator="musicgen",
        prompt="harp",
        seed=1,
        duration_s=0.2,
        model=str(home / "models" / "my harp"),
        revision=DIGEST,
        fingerprint={"torch": "2.9", "build": str(home / "torch")},
    )
    long = msgspec.structs.replace(recipe, prompt="harp " * 800, seed=2, model=str(home))
    batch = BatchWriter(catalog.library)
    for number, made in enumerate((recipe, long), 1):
        save(batch, Rendered(0, made, np.float32(noise(number)), RATE))
    songs = home / "songs"
    write_sound(songs / "rain_s3.wav", 3, {"prompt": "rain", "model": str(home / "ft.bin"), "generator": "~/bin/tool"})
    write_sound(songs / "004.wav", 4, {"model": f"C:\\Users\\{USER}\\weights"})
    write_sound(home / "005.wav", 5)
    write_sound(songs / "wind lost_s6.wav", 6)
    write_sound(songs / "other lost_s7.wav", 7)
    run_import(catalog, ImportRequest([songs, home / "005.wav"]))
    (songs / "wind lost_s6.wav").unlink()
    write_sound(songs / "other lost_s7.wav", 8)
    say = Judge(Journal.load(Library(library)).log("ann"))
    for take in catalog:
        say.stars(take.id, 4)
    (lost,) = (take for take in catalog if take.seed == 6)
    return catalog, lost


def export(library: Path, destination: Path) -> ExportReport:
    return run_export(
        Catalog.load(Library(library)), Journal.load(Library(library)).history, ExportRequest(destination=destination)
    )


def test_no_byte_of_an_export_tells_a_path_or_the_user(home):
    library = home / "Music" / "Earmark"
    _, lost = fill(library, home)
    report = export(library, home / "out")
    assert (len(report.files), len(report.failed), len(report.sheets)) == (5, 2, 4)
    written = sorted((home / "out").iterdir())
    assert len(written) == 9
    for path in written:
        data = path.read_bytes().lower() + path.name.encode()
        for secret in (USER, str(home), str(home.parent), "users\\"):
            for spelled in (secret, json.dumps(secret)[1:-1]):
                assert spelled.lower().encode() not in data, path
                assert spelled.lower().encode("utf-16-le") not in data, path
    for failure in json.loads((home / "out" / "manifest.json").read_text())["failed"]:
        if failure["take"] == lost.id:
            assert failure["reason"].startswith("wind lost_s6.wav: There is no such file")
    assert str(home) in next(failure.reason for failure in report.failed if failure.take == lost.id)


def test_a_local_model_is_told_by_its_folder_and_its_weights(home):
    library = home / "Music" / "Earmark"
    catalog, _ = fill(library, home)
    files = {file.seed: file for file in export(library, home / "out").files}
    assert files[1].model == f"my harp@{DIGEST}"
    assert files[2].model == f"local@{DIGEST}", "the home folder itself"
    assert files[3].model == "ft.bin"
    assert files[3].generator == "tool"
    recipe = origin_of_tags(files[1].path).recipe
    assert recipe.model == f"my harp@{DIGEST}"
    assert recipe.fingerprint == {"torch": "2.9", "build": "torch"}
    (made,) = (take for take in catalog if take.seed == 1)
    assert made.recipe.model == str(home / "models" / "my harp"), "the library can make it again"


@pytest.mark.parametrize(
    ("name", "public"),
    [
        (None, None),
        ("facebook/musicgen-small", "facebook/musicgen-small"),
        ("ace-step 1.5", "ace-step 1.5"),
        ("https://huggingface.co/a/b", "https://huggingface.co/a/b"),
        ("/srv/models/ft", f"ft@{DIGEST}"),
        ("/srv/models/ft/", f"ft@{DIGEST}"),
        ("./ft", f"ft@{DIGEST}"),
        ("models/of/bob/ft", f"ft@{DIGEST}"),
        ("~bob", f"local@{DIGEST}"),
        (f"/{'Users'}/bob", f"local@{DIGEST}"),
        ("~bob/ft", f"ft@{DIGEST}"),
        ("D:ft", f"ft@{DIGEST}"),
        ("/", f"local@{DIGEST}"),
    ],
)
def test_names_that_are_paths(name, public):
    recipe = Recipe(generator="musicgen", prompt="p", seed=1, duration_s=1, model=name, revision=DIGEST)
    take = Take(
        id="0" * 20, batch="", file="/x", duration_s=1, sample_rate=1, channels=1, created_at="", model=name,
        recipe=recipe,
    )  # fmt: skip
    assert public_take(take).model == public
    assert public_take(take).recipe.model == public


def test_reasons_name_files_and_no_place(home):
    source = home / "my songs" / "a.wav"
    names = {source: "a.wav", source.parent: "its folder", Path("/"): "x"}
    assert public_reason(f"{source}: It is empty. See {source.parent}.", names) == "a.wav: It is empty. See its folder."
    assert public_reason(f"{home / 'b.wav'} could not be written.", {}) == "~/b.wav could not be written."
    assert public_reason("/media/bob/disk/c.wav: No. 24/48 kHz.", {}) == "c.wav: No. 24/48 kHz."
