"""Exports to a real disk, read back: the samples, the tags, the sheets, and what mishaps leave behind."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import unicodedata
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.sound.audio import probe, read, sound_id
from library.sound.loudness_meter import measure
from library.store.catalog import Catalog
from library.take import Recipe, Sampling
from ratings.errors import ExportError
from ratings.export import ExportRequest, run_export
from ratings.export.placing import place, temporary_in
from ratings.export.sheets import ratings_csv
from ratings.export.wav import same_sound
from tests.judging import Judge
from tests.ratings.export.shelf import RATE, Shelf, noise
from tests.reading_words import origin_of_tags

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("suffix", "subtype", "becomes"),
    [
        ("wav", "PCM_U8", "PCM_U8"),
        ("wav", "PCM_16", "PCM_16"),
        ("wav", "PCM_24", "PCM_24"),
        ("wav", "PCM_32", "PCM_32"),
        ("wav", "FLOAT", "FLOAT"),
        ("wav", "DOUBLE", "DOUBLE"),
        ("flac", "PCM_16", "PCM_16"),
        ("flac", "PCM_24", "PCM_24"),
        ("aiff", "PCM_S8", "PCM_16"),
        ("aiff", "PCM_24", "PCM_24"),
    ],
)
def test_lossless_samples_are_untouched(shelf, tmp_path, suffix, subtype, becomes):
    dtype = {"FLOAT": "float32", "DOUBLE": "float64"}.get(subtype, "int32")
    take = shelf.add(1, suffix, subtype, stars=4, rate=32000, samples=noise(5, channels=3))
    (file,) = shelf.export(tmp_path / "out").files
    assert (file.subtype, file.sample_rate, file.channels, file.gain_db) == (becomes, 32000, 3, 0)
    assert probe(file.path).subtype == becomes
    before, rate = soundfile.read(shelf.catalog.path_of(take), dtype=dtype)
    after, rate_after = soundfile.read(file.path, dtype=dtype)
    assert rate == rate_after
    assert np.array_equal(before, after)


@pytest.mark.parametrize(("suffix", "subtype"), [("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III")])
def test_lossy_takes_become_float(shelf, tmp_path, suffix, subtype):
    take = shelf.add(1, suffix, subtype, stars=4, rate=44100, samples=noise(1, frames=44100))
    (file,) = shelf.export(tmp_path / "out").files
    assert file.subtype == "FLOAT"
    assert np.array_equal(read(file.path)[0], read(shelf.catalog.path_of(take))[0])


@given(st.lists(st.integers(-(2**23), 2**23 - 1), min_size=1, max_size=50))
@settings(max_examples=15, deadline=None)
def test_any_24_bit_sample_survives(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("e")
    shelf = Shelf(folder / "library")
    samples = np.array(values, dtype=np.int32)[:, None] << 8
    shelf.add(1, "flac", "PCM_24", samples=samples, stars=3)
    (file,) = shelf.export(folder / "out").files
    assert np.array_equal(soundfile.read(file.path, dtype="int32", always_2d=True)[0], samples)
    shutil.rmtree(folder)


def test_another_subtype_rounds_to_nearest(shelf, tmp_path):
    take = shelf.add(1, "wav", "PCM_24", stars=4)
    (file,) = shelf.export(tmp_path / "out", subtype="PCM_16").files
    before = soundfile.read(shelf.catalog.path_of(take))[0]
    after = soundfile.read(file.path)[0]
    assert probe(file.path).subtype == "PCM_16"
    assert np.abs(before - after).max() <= 0.5 / 32768 + 1e-12
    (whole,) = shelf.export(tmp_path / "float", subtype="FLOAT").files
    assert np.array_equal(soundfile.read(whole.path)[0], before)


def test_normalizing_reaches_the_loudness_or_the_ceiling(shelf, tmp_path):
    quiet = shelf.add(1, "wav", "PCM_24", samples=0.01 * noise(1, frames=RATE * 2), stars=5)
    spiky = 0.01 * noise(2, frames=RATE * 2)
    spiky[1000] = 0.9
    peak = shelf.add(2, "wav", "PCM_24", samples=spiky, stars=4)
    silent = shelf.add(3, "wav", "PCM_24", samples=np.zeros((RATE, 2)), stars=3)
    files = {file.take: file for file in shelf.export(tmp_path / "out", normalize=-16.0).files}
    measured = {take: measure(*read(file.path)) for take, file in files.items()}
    assert measured[quiet.id].lufs == pytest.approx(-16, abs=0.001)  # told to a thousandth
    assert measured[peak.id].true_peak_db == pytest.approx(-1, abs=0.001)
    assert measured[peak.id].lufs < -20
    assert files[silent.id].gain_db == 0


def test_names_sort_by_rank_and_tell_what_they_are(shelf, tmp_path):
    stars = {1: 2, 2: 5, 3: 4}
    takes = {n: shelf.add(n, stars=given, prompt="Größe: a/b\\..") for n, given in stars.items()}
    bare = shelf.add(4, stars=1, prompt=None, seed=None)
    report = shelf.export(tmp_path / "out")
    names = [file.path.name for file in report.files]
    assert names == [
        *(f"{rank:02d}_größe-a-b_s{n}_{takes[n].id[:8]}.wav" for rank, n in ((1, 2), (2, 3), (3, 1))),
        f"04_untitled_{bare.id[:8]}.wav",
    ]
    assert sorted(names) == names


def test_what_is_chosen(shelf, tmp_path):
    good, fair, other, poor, rejected, both, picked, unjudged, noted = (
        shelf.add(n, prompt="B side" if n == 3 else "A") for n in range(1, 10)
    )
    for take, stars in ((good, 5), (fair, 4), (other, 3), (poor, 1), (rejected, 5), (both, 2)):
        shelf.say.stars(take.id, stars)
    shelf.say.reject(rejected.id)
    Judge(shelf.journal.log("bob")).reject(both.id)
    shelf.say.pick(both.id)
    shelf.say.pick(picked.id)
    shelf.say.note(noted.id, "hm")

    def chosen(**asked):
        folder = tmp_path / f"out{random.random()}"
        return [file.take for file in shelf.export(folder, **asked).files]

    everything = chosen()
    assert set(everything) == {take.id for take in (good, fair, other, poor, both, picked)}
    assert chosen(count=2) == everything[:2]
    assert chosen(min_stars=4) == [good.id, fair.id]
    assert set(chosen(picks=True)) == {both.id, picked.id}
    assert chosen(prompt="b SIDE") == [other.id]
    assert len(chosen(per_prompt=1)) == 2
    assert unjudged.id not in everything


def test_nothing_to_export_writes_nothing(shelf, tmp_path):
    shelf.add(1)
    report = shelf.export(tmp_path / "out")
    assert report.as_json() == {"files": [], "failed": []}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("length", [10, 1700, 3001, 10_000])
def test_tags_tell_import_prompt_seed_and_recipe_again(shelf, tmp_path, length):
    prompt = ("größer 日本 🎹 " * length)[: length - 1] + "x"
    recipe = Recipe(
        generator="musicgen",
        prompt=prompt,
        seed=2**64 - 1,
        duration_s=3,
        model="facebook/musicgen-small",
        sampling=Sampling(top_k=50),
        licence="CC-BY-NC 4.0",
        fingerprint={"torch": "2.9.0", "device": "cpu"},
    )
    shelf.add(1, stars=4, prompt=prompt, seed=2**64 - 1, generator="musicgen", model=recipe.model, recipe=recipe)
    report = shelf.export(tmp_path / "out")
    path = report.files[0].path
    origin = origin_of_tags(path)
    assert (origin.prompt, origin.seed, origin.model) == (prompt, 2**64 - 1, recipe.model)
    assert origin.recipe == recipe
    with soundfile.SoundFile(path) as sound:
        assert sound.title == prompt[:200].strip()
        assert sound.software.startswith("Earmark")
        assert sound.date.startswith("2026-01-01")
        assert sound.copyright == "CC-BY-NC 4.0"
        # libsndfile reads no long comments, as it writes none; others do.
        if length < 100:
            assert json.loads(sound.comment)["sampling"] == {"top_k": 50}
        assert sound.frames == 4410
    assert sound_id(path) == report.files[0].take
    # Sizes in the header agree with the file, as strict readers demand.
    data = path.read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert json.loads((tmp_path / "out/manifest.json").read_text())["licences"] == ["CC-BY-NC 4.0"]


def test_another_library_imports_an_export_as_the_same_takes(shelf, tmp_path):
    recipe = Recipe(generator="sketch", prompt="slow neon drive", seed=1, duration_s=0.2)
    shelf.add(1, stars=4, generator="sketch", recipe=recipe)
    shelf.add(2, suffix="flac", subtype="PCM_24", stars=3, prompt="dunkle Fläche", model="other/model")
    shelf.export(tmp_path / "out")
    catalog = Catalog(Library(tmp_path / "another"))
    report = run_import(catalog, ImportRequest(paths=[tmp_path / "out"]))
    assert not report.failed
    known = ("id", "prompt", "seed", "generator", "model", "recipe", "sample_rate", "channels", "duration_s")

    def told(takes):
        return sorted(tuple(str(getattr(take, name)) for name in known) for take in takes)

    assert told(catalog) == told(shelf.catalog)


def test_a_take_without_prompt_gets_none_from_its_export(shelf, tmp_path):
    shelf.add(1, stars=4, prompt=None, seed=None)
    origin = origin_of_tags(shelf.export(tmp_path / "out").files[0].path)
    assert (origin.prompt, origin.seed) == (None, None)


def test_the_sheets(shelf, tmp_path):
    first = shelf.add(1, stars=5, prompt='=HYPERLINK("http://x")', generator="sketch")
    shelf.say.note(first.id, '@SUM(1)\nzwei, "drei"')
    shelf.say.mark(first.id, 1.25)
    shelf.say.sound(first.id, 2)
    Judge(shelf.journal.log("bob")).sound(first.id, 3)
    shelf.add(2, stars=4, prompt="plain")
    out = tmp_path / "out"
    report = shelf.export(out)
    assert [sheet.name for sheet in report.sheets] == ["ratings.csv", "playlist.m3u8", "manifest.json", "SHA256SUMS"]
    with (out / "ratings.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["prompt"] == '\'=HYPERLINK("http://x")'
    assert rows[0]["notes"] == '\'@SUM(1)\nzwei, "drei"'
    assert (rows[0]["marks"], rows[0]["file"], rows[0]["stars"]) == ("1.25", report.files[0].path.name, "5.0")
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert [row["sound"] for row in rows] == ["2.5", ""], "asked apart, it stands beside the stars"
    playlist = (out / "playlist.m3u8").read_text().splitlines()
    assert playlist[0] == "#EXTM3U"
    assert [line for line in playlist if not line.startswith("#")] == [file.path.name for file in report.files]
    manifest = json.loads((out / "manifest.json").read_text())
    assert [file["path"] for file in manifest["files"]] == [file.path.name for file in report.files]
    assert manifest["files"][0]["take"] == first.id
    assert [file["sound"] for file in manifest["files"]] == [2.5, None]
    assert json.loads(json.dumps(report.as_json()))["files"][0]["path"] == str(report.files[0].path)
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=out, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert len(checked.stdout.splitlines()) == 5


def is_obeyed(character):
    return (
        unicodedata.category(character) == "Cc" and character != "\n"
    ) or character in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069"


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_text_becomes_a_formula(text):
    from ratings.export import ExportedFile

    file = ExportedFile(
        path=Path("01_x.wav"), take="0" * 20, rank=1, prompt=text, seed=2**64 - 1, generator=text, model=text,
        licence=text, stars=None, sound=None, judgements=1, score=3.0, low=2.0, high=4.0, p_top=0.5, picked=False,
        labels=(text,), notes=(text,), marks=(), duration_s=1.0, sample_rate=44100, channels=2, format="wav",
        subtype="PCM_16", gain_db=0.0, turned_down=False, heard_lufs=None, heard_peak_db=None, short_lu=0.0, sha256="",
        kept=False, recipe=None,
    )  # fmt: skip
    (row,) = csv.DictReader(ratings_csv([file]).splitlines(keepends=True))
    for column in ("prompt", "generator", "model", "licence", "notes"):
        assert row[column].lstrip(" \n")[:1] not in tuple("=+-@\t\r|%")
        kept = "".join(" " if is_obeyed(character) else character for character in text)
        assert row[column].removeprefix("'") == kept.removeprefix("'")
    assert row["seed"] == str(2**64 - 1)


def test_a_second_export_leaves_the_first_as_it_is(shelf, tmp_path):
    out = tmp_path / "out"
    shelf.add(1, stars=5)
    first = shelf.export(out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    shelf.add(2, stars=1)
    second = shelf.export(out)
    assert {name: (out / name).read_bytes() for name in before} == before
    assert [sheet.name for sheet in second.sheets] == [
        *("ratings-2.csv", "playlist-2.m3u8", "manifest-2.json", "SHA256SUMS-2")
    ]
    assert second.files[0].path == first.files[0].path
    assert [file.kept for file in second.files] == [True, False]
    third = shelf.export(out, subtype="PCM_24")
    assert [file.path.name.endswith("-2.wav") for file in third.files] == [True, True]
    for sums in ("SHA256SUMS", "SHA256SUMS-2", "SHA256SUMS-3"):
        assert subprocess.run(["sha256sum", "-c", "--quiet", sums], cwd=out, check=False).returncode == 0


def test_a_foreign_file_of_that_name_is_never_touched(shelf, tmp_path):
    out = tmp_path / "out"
    take = shelf.add(1, stars=5)
    out.mkdir()
    mine = out / f"01_slow-neon-drive_s1_{take.id[:8]}.wav"
    mine.write_text("mine")
    (file,) = shelf.export(out).files
    assert mine.read_text() == "mine"
    assert file.path.name == f"{mine.stem}-2.wav"


def test_missing_and_changed_sounds_are_named_and_the_rest_goes_on(shelf, tmp_path):
    missing, changed, broken, fine = (shelf.add(n, stars=3) for n in range(1, 5))
    (shelf.sounds / "1.wav").unlink()
    soundfile.write(shelf.sounds / "2.wav", noise(99), RATE, subtype="PCM_16")
    (shelf.sounds / "3.wav").write_bytes(b"RIFF")
    report = shelf.export(tmp_path / "out")
    assert [file.take for file in report.files] == [fine.id]
    assert {failure.take for failure in report.failed} == {missing.id, changed.id, broken.id}
    reasons = {failure.take: failure.reason for failure in report.failed}
    assert "no such file" in reasons[missing.id]
    assert "has changed" in reasons[changed.id]
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert len(manifest["failed"]) == 3


def test_another_place_of_the_same_sound_will_do(shelf, tmp_path):
    take = shelf.add(1, stars=3)
    copy = shelf.sounds / "copy.wav"
    shutil.copy(shelf.sounds / "1.wav", copy)
    shelf.batch.add([msgspec.structs.replace(take, file=str(copy))])
    shelf.catalog.refresh()
    soundfile.write(copy, noise(50), RATE, subtype="PCM_16")
    (file,) = shelf.export(tmp_path / "out").files
    assert file.take == take.id


def test_progress_and_cancelling(shelf, tmp_path):
    for n in range(1, 5):
        shelf.add(n, stars=3)
    seen = []
    request = ExportRequest(destination=tmp_path / "out")
    report = run_export(
        shelf.catalog,
        shelf.journal.history,
        request,
        progress=lambda done, of: seen.append((done, of)),
        cancelled=lambda: len(seen) > 2,
    )
    assert report.cancelled
    assert len(report.files) == 2
    assert seen[:3] == [(0, 4), (1, 4), (2, 4)]
    assert json.loads((tmp_path / "out/manifest.json").read_text())["files"][1]["take"] == report.files[1].take


@pytest.mark.parametrize(
    "asked", [{"count": 0}, {"per_prompt": -1}, {"subtype": "MP3"}, {"normalize": 3}, {"normalize": float("nan")}]
)
def test_a_request_without_sense_is_refused(tmp_path, asked):
    with pytest.raises(ExportError):
        ExportRequest(destination=tmp_path, **asked)


def test_a_file_in_the_way_is_named(shelf, tmp_path):
    shelf.add(1, stars=3)
    (tmp_path / "out").write_text("x")
    with pytest.raises(ExportError, match="is a file"):
        shelf.export(tmp_path / "out")


def test_without_hard_links(shelf, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    shelf.add(1, stars=3)
    out = tmp_path / "out"
    assert len(shelf.export(out).sheets) == 4
    assert shelf.export(out).files[0].kept
    assert (out / "manifest-2.json").exists()


def test_place_finds_the_next_free_name(tmp_path):
    wanted = tmp_path / "a.txt"
    for number in range(3):
        with temporary_in(tmp_path) as temporary:
            temporary.write_text(str(number))
            place(temporary, wanted)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a.txt": "0", "a-2.txt": "1", "a-3.txt": "2"}


def test_same_sound_means_same_samples(tmp_path):
    for name, samples, subtype in (
        ("a", noise(1), "PCM_16"),
        ("b", noise(1), "PCM_16"),
        ("c", noise(2), "PCM_16"),
        ("d", noise(1), "PCM_24"),
    ):
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE, subtype=subtype)
    a, b, c, d = (tmp_path / f"{name}.wav" for name in "abcd")
    assert same_sound(a, b)
    assert not same_sound(a, c)
    assert not same_sound(a, d)
    assert not same_sound(a, tmp_path / "none.wav")
