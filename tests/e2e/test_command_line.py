"""The whole loop on the command line: generate or import, judge, rank, export; and its promises to other programs."""

from __future__ import annotations

import csv
import json
import resource
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.needs import SAMPLES, device, require

pytestmark = pytest.mark.e2e

TAKE_FIELDS = {
    "id", "prompt", "seed", "generator", "model", "duration_s", "sample_rate", "channels", "path", "created_at",
    "lufs", "true_peak_db", "flags", "stars", "sound", "judgements", "recipe", "parent",
    "labels",
    "purged",
}  # fmt: skip


def test_from_prompt_to_exported_wav(earmark, tmp_path):
    made = earmark(
        "generate", "dreamy night drive", "bright arcade chase", "--seeds", "1-2,7", "--duration", 4, "--json"
    )
    assert made.code == 0, made.err
    takes = made.json["takes"]
    assert {(take["prompt"], take["seed"]) for take in takes} == {
        (prompt, seed) for prompt in ("dreamy night drive", "bright arcade chase") for seed in (1, 2, 7)
    }
    assert all(set(take) == TAKE_FIELDS for take in takes)
    assert made.json["failed"] == []

    best, second, worst = takes[4], takes[0], takes[2]
    for take, stars in ((best, 5), (second, 4), (worst, 1)):
        judged = earmark("judge", take["id"], "--stars", stars, "--json")
        assert judged.code == 0, judged.err
        assert judged.json["judgement"]["stars"] == stars
    assert earmark("judge", worst["id"], "--reject").code == 0
    assert earmark("judge", best["id"][:8], "--pick").code == 0
    assert earmark("judge", best["id"], "--over", second["id"]).code == 0
    assert earmark("judge", best["id"], "--note", "lovely turn", "--json").json["judgement"]["text"] == "lovely turn"
    assert earmark("judge", best["id"], "--mark", 2.5, "--json").json["judgement"]["position_s"] == 2.5

    listed = {take["id"]: take for take in earmark("list", "--json").json["takes"]}
    assert listed[best["id"]]["stars"] == 5
    assert listed[best["id"]]["judgements"] == 5
    unrated = {take["id"] for take in earmark("list", "--unrated", "--json").json["takes"]}
    assert unrated == set(listed) - {best["id"], second["id"], worst["id"]}
    assert len(earmark("list", "--seed", 7, "--json").json["takes"]) == 2
    assert len(earmark("list", "--prompt", "ARCADE", "--json").json["takes"]) == 3

    ranking = earmark("top", "-n", 3, "--json").json["ranking"]
    assert [row["take"] for row in ranking[:2]] == [best["id"], second["id"]]
    assert [row["rank"] for row in ranking] == [1, 2, 3]
    for row in ranking:
        assert row["low"] <= row["score"] <= row["high"]
        assert 0 <= row["p_top"] <= 1
    assert earmark("top", "--by", "prompt", "--json").json["ranking"][0]["prompt"] == best["prompt"]
    assert {row["seed"] for row in earmark("top", "--by", "seed", "--json").json["ranking"]} <= {1, 2, 7}

    exported = earmark("export", tmp_path / "best", "-n", 2, "--json")
    assert exported.code == 0, exported.err
    wavs = sorted((tmp_path / "best").glob("*.wav"))
    assert len(wavs) == 2
    assert best["id"][:8] in wavs[0].name
    for wav, take in zip(wavs, (best, second), strict=True):
        ours, rate = soundfile.read(take["path"], dtype="int32")
        theirs, their_rate = soundfile.read(wav, dtype="int32")
        assert rate == their_rate
        np.testing.assert_array_equal(ours, theirs)
    for name in ("manifest.json", "ratings.csv", "playlist.m3u8", "SHA256SUMS"):
        assert (tmp_path / "best" / name).is_file()
    again = earmark("import", tmp_path / "best", "--library", tmp_path / "other", "--json").json["takes"]
    assert {(take["prompt"], take["seed"]) for take in again} == {(t["prompt"], t["seed"]) for t in (best, second)}


def test_a_dry_run_tells_what_would_be_read_from_where(earmark, library, environment, tmp_path):
    for seed in (1, 2):
        soundfile.write(tmp_path / f"night_s{seed}.wav", np.random.default_rng(seed).normal(0, 0.1, 8000), 8000)
    (tmp_path / "night_s2.json").write_text('{"prompt": "a slow drive"}')
    told = earmark("import", tmp_path, "--dry-run", "--json").json
    assert not library.exists()
    assert not list(Path(environment["HOME"]).rglob("known-sounds.json"))
    assert [(take["prompt"], take["seed"]) for take in told["takes"]] == [("night", 1), ("a slow drive", 2)]
    assert all(set(take) == TAKE_FIELDS for take in told["takes"])
    assert told["dry_run"]
    teller = [told["told_by"][take["id"]] for take in told["takes"]]
    assert [(by["prompt"], by["seed"]) for by in teller] == [("name", "name"), ("sidecar", "name")]
    assert set(told) > set(earmark("import", tmp_path / "night_s1.wav", "--json").json)
    (tmp_path / "sheet.csv").write_text("file,prompt\nnight_s1.wav,rain\n")
    again = earmark("import", tmp_path, "--dry-run", "--sheet", tmp_path / "sheet.csv", "--json").json
    assert [(take["prompt"], take["seed"]) for take in again["corrected"]] == [("rain", 1)]
    assert [take["prompt"] for take in earmark("list", "--json").json["takes"]] == ["night"]


def test_import_names_what_it_cannot_read_and_what_it_does_not_understand(earmark, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number, beside in enumerate(['{"style_of": "warm pads", "seed": 5}', '{"prompt": "rain"}']):
        soundfile.write(folder / f"take {number}.wav", np.random.default_rng(number).uniform(-0.3, 0.3, 8000), 8000)
        (folder / f"take {number}.json").write_text(beside)
    done = earmark("import", folder, "--json")
    assert done.code == 0
    assert [Path(named["path"]).name for named in done.json["not_understood"]] == ["take 0.json"]
    (folder / "take 1.json").write_text('{"prompt": "rain",}')
    done = earmark("import", folder)
    assert done.code == 1
    assert "take 0.json: No prompt found in it." in done.err
    assert "take 1.json: It isn't JSON" in done.err


def test_a_prompt_in_two_spellings_is_one(earmark, tmp_path):
    for seed, form in enumerate(("NFC", "NFD")):
        soundfile.write(tmp_path / f"{seed}.wav", np.random.default_rng(seed).normal(0, 0.1, 8000), 8000)
        told = {"prompt": unicodedata.normalize(form, "Für Élise, café"), "seed": seed}
        (tmp_path / f"{seed}.json").write_text(json.dumps(told))
    takes = earmark("import", tmp_path.as_uri(), "--json").json["takes"]
    for take in takes:
        earmark("judge", take["id"], "--stars", 4)
    assert (
        len({take["prompt"] for take in takes}) == len(earmark("top", "--by", "prompt", "--json").json["ranking"]) == 1
    )
    assert len(earmark("list", "--prompt", unicodedata.normalize("NFD", "CAFÉ"), "--json").json["takes"]) == 2


def test_retraction_undoes_the_last_judgement(earmark):
    take = earmark("generate", "calm", "--seeds", 3, "--duration", 2, "--json").json["takes"][0]["id"]
    earmark("judge", take, "--stars", 2)
    earmark("judge", take, "--stars", 5)
    assert earmark("judge", take, "--retract").code == 0
    assert earmark("list", "--json").json["takes"][0]["stars"] == 2
    assert earmark("judge", take, "--retract").code == 0
    assert earmark("list", "--json").json["takes"][0]["stars"] is None
    assert earmark("judge", take, "--retract").code == 1


def test_a_judgement_is_told_in_words_and_what_can_not_be_meant_is_refused(earmark):
    made = earmark("generate", "calm", "--seeds", "3,4", "--duration", 2, "--json").json["takes"]
    take, other = (one["id"][:8] for one in made)
    for said, told in [
        (["--stars", 1], "1 star"), (["--sound", 4], "4 stars for production"), (["--mark", 1.5], "marked at 1.50 s"),
        (["--over", other], f"better than {other}"), (["--note", "hm"], "note saved"), (["--reject"], "rejected"),
        (["--tie", other], f"as good as {other}"), (["--neither", other], f"not good, nor is {other}"),
        (["--retract"], "last judgement undone"), (["--pick"], "picked"),
    ]:  # fmt: skip
        assert earmark("judge", take, *said).err.strip() == f"{take}: {told}"
    for wrong, told in [(["--mark", "nan"], "2.00 s"), (["--mark", 3], "2.00 s"), (["--note", ""], "10,000")]:
        done = earmark("judge", take, *wrong)
        assert (done.code, told in done.err) == (2, True), done.err
    assert earmark("play", take, "--from", 5).code == earmark("play", take, "--from", "nan").code == 2
    assert earmark("extend", take, "--to", "1e9").code == 1
    assert earmark("extend", take, "--to", "nan").code == 1


def test_the_sound_is_a_scale_of_its_own(earmark):
    takes = earmark("generate", "calm", "--seeds", "3-5", "--duration", 2, "--json").json["takes"]
    ids = [take["id"] for take in takes]
    for take, stars in zip(ids, (2, 5, 3), strict=True):
        earmark("judge", take, "--stars", stars)
    before = earmark("top", "--json").json
    judged = earmark("judge", ids[0], "--sound", 5, "--json").json["judgement"]
    assert (judged["kind"], judged["sound"]) == ("sound", 5)
    earmark("judge", ids[0], "--sound", 3, "--listener", "bob")
    assert [one["score"] for one in earmark("top", "--json").json["ranking"]] == [o["score"] for o in before["ranking"]]
    listed = {take["id"]: take for take in earmark("list", "--json").json["takes"]}
    assert [listed[take]["sound"] for take in ids] == [4.0, None, None]
    assert listed[ids[0]]["stars"] == 2
    assert earmark("judge", ids[0], "--retract").code == 0
    assert {t["id"]: t["sound"] for t in earmark("list", "--json").json["takes"]}[ids[0]] == 3.0
    assert [row["take"] for row in earmark("top", "--scale", "sound", "--json").json["ranking"]] == [ids[0]]
    assert earmark("top", "--json").json["ranking"][0]["take"] == ids[1]
    assert earmark("judge", ids[0], "--sound", 6).code == 2
    assert earmark("judge", ids[0], "--sound", 3, "--stars", 3).code == 2


def test_the_same_recipe_gives_the_same_sound_and_extends_exactly(earmark, tmp_path):
    first = earmark("generate", "dark rain", "--seeds", 5, "--duration", 3, "--json").json["takes"][0]
    elsewhere = earmark("generate", "dark rain", "--seeds", 5, "--duration", 3, "--library", tmp_path / "two", "--json")
    assert elsewhere.json["takes"][0]["id"] == first["id"]
    results = earmark("verify", first["id"], "--json").json["results"]
    assert [(result["take"], result["identical"]) for result in results] == [(first["id"], True)]
    mixed = earmark("verify", "zz", first["id"], "yy", "--json")
    assert (mixed.code, mixed.json["results"]) == (1, results)
    assert [line.split("'")[1] for line in mixed.err.splitlines()] == ["zz", "yy"]
    unknown = earmark("verify", "zz", "--json")
    assert (unknown.code, unknown.json) == (1, {"results": []})
    longer = earmark("extend", first["id"], "--to", 6, "--json").json["take"]
    assert longer["parent"] == first["id"]
    short, _ = soundfile.read(first["path"], dtype="int32")
    long, _ = soundfile.read(longer["path"], dtype="int32")
    assert len(long) > 1.9 * len(short)
    np.testing.assert_array_equal(long[: len(short)], short)
    assert earmark("extend", longer["id"], "--to", 2).code == 1


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> tuple[Path, dict[str, int]]:
    """The 28 recorded takes of a real model, and each one's true seed as its licence names it."""
    require(SAMPLES)
    import immich_memories_music

    package = Path(immich_memories_music.__file__).parent
    licence = next(package.parent.glob("immich_memories_music-*/licenses/LICENSE-MUSIC")).read_text()
    seeds = {}
    for line in licence.splitlines():
        words = line.split()
        if words and words[0].endswith(".opus"):
            seeds[words[0]] = int(words[words.index("seed") + 1])
    assert len(seeds) == 28
    return package / "tracks", seeds


def test_recorded_takes_with_a_sheet_fill_the_grid(earmark, recorded, tmp_path):
    every, seeds = recorded
    tracks = tmp_path / "tracks"
    for mood in ("calm", "tender"):
        shutil.copytree(every / mood, tracks / mood)
    count = len(list(tracks.rglob("*.opus")))
    assert count > 10
    sheet = tmp_path / "sheet.csv"
    with sheet.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "prompt", "seed", "model"])
        for path in sorted(tracks.rglob("*.opus")):
            mood, flavour = path.stem.split("_")[:2]
            row = [path.relative_to(tracks), f"{mood} {flavour}", seeds[path.name], "acestep-v15-xl-turbo"]
            writer.writerow(row)
    done = earmark("import", tracks, "--sheet", sheet, "--json")
    assert done.code == 0, done.err
    takes = done.json["takes"]
    assert len(takes) == count
    for take in takes:
        path = Path(take["path"])
        assert take["seed"] == seeds[path.name]
        assert take["prompt"] == " ".join(path.stem.split("_")[:2])
        assert take["model"] == "acestep-v15-xl-turbo"
        assert 20 < take["duration_s"] < 40
        assert -30 < take["lufs"] < -5
    grid = {(take["prompt"], take["seed"]) for take in takes}
    assert len(grid) == count
    assert len({seed for _, seed in grid}) == 4

    again = earmark("import", tracks, "--sheet", sheet, "--json")
    assert again.json["takes"] == []
    assert len(again.json["duplicates"]) == count
    assert len(earmark("list", "--json").json["takes"]) == count


def test_judgements_survive_moving_and_renaming(earmark, recorded, tmp_path):
    tracks, _ = recorded
    old = tmp_path / "old"
    shutil.copytree(tracks / "calm", old)
    takes = earmark("import", old, "--json").json["takes"]
    assert earmark("judge", takes[0]["id"], "--stars", 4).code == 0
    new = tmp_path / "new"
    old.rename(new)
    Path(new / Path(takes[0]["path"]).name).rename(new / "renamed.opus")
    assert earmark("import", new, "--json").json["takes"] == []
    listed = {take["id"]: take for take in earmark("list", "--json").json["takes"]}
    assert len(listed) == len(takes)
    assert listed[takes[0]["id"]]["path"] == str(new / "renamed.opus")
    assert listed[takes[0]["id"]]["stars"] == 4
    assert all(Path(take["path"]).is_file() for take in listed.values())


def test_bad_files_get_a_line_each_and_stop_nothing(earmark, recorded, tmp_path):
    tracks, _ = recorded
    folder = tmp_path / "mixed"
    folder.mkdir()
    good = folder / "good_s9.opus"
    shutil.copy(next(tracks.rglob("*.opus")), good)
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("this is not sound")
    (folder / "noise.mp3").write_bytes(bytes(range(256)) * 20)
    soundfile.write(folder / "whole.flac", np.zeros((48000, 2)), 48000)
    (folder / "cut.flac").write_bytes((folder / "whole.flac").read_bytes()[:60])
    done = earmark("import", folder, tmp_path / "nowhere", "--json")
    assert done.code == 1
    assert str(good) in {take["path"] for take in done.json["takes"]}
    failed = {Path(failure["path"]).name: failure["reason"] for failure in done.json["failed"]}
    assert set(failed) >= {"empty.wav", "text.wav", "noise.mp3", "cut.flac", "nowhere"}
    assert all(reason.strip() and "\n" not in reason for reason in failed.values())
    for name in failed:
        assert name in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["generate", "x", "--seeds", "eight"], 2, "seed"),
        (["generate", "--seeds", "1"], 2, "prompt"),
        (["generate", "x", "--seeds", "1", "--generator", "oracle"], 2, "oracle"),
        (["generate", "x", "--seeds", "1", "--duration", "-3"], 2, "-3 s"),
        (["generate", "x", "--seeds", "1", "--temperature", "0.5"], 2, "no setting 'temperature'"),
        (["generate", "x", "--seeds", "1", "--set", "colour"], 2, "NAME=VALUE"),
        (["generate", "x", "--seeds", "1", "--set", "a=1", "--set", "a=2"], 2, "twice"),
        (["generate", "x", "--seeds", "1", "--axis", "a=1,2", "--set", "a=2"], 2, "axis"),
        (["generate", "x", "--seeds", "1", "--generator", "musicgen", "--set", "guidence=2"], 2, "guidance"),
        (["generate", "x", "--seeds", "1", "--generator", "musicgen", "--axis", "top-k=1,2.5"], 2, "2.5"),
        (["judge", "ffff", "--stars", "3"], 1, "ffff"),
        (["judge", "ffff"], 2, "--stars"),
        (["judge", "ffff", "--stars", "9"], 2, "9"),
        (["import"], 2, "PATH"),
        (["list", "--seed", "x"], 2, "x"),
        (["frobnicate"], 2, "frobnicate"),
        (["list", "--library", ""], 2, "Give a folder"),
        (["--library=", "generate", "x", "--seeds", "1", "--duration", "1"], 2, "Give a folder"),
        (["export", ""], 2, "Give a folder"),
        (["verify", "ffff"], 1, "ffff"),
        (["play", "ffff"], 1, "ffff"),
    ],
)
def test_mistakes_get_a_sentence_and_an_exit_code(earmark, library, words, code, said):
    done = earmark(*words)
    assert done.code == code, done
    assert said in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert not library.exists()


def test_a_newer_library_is_refused_untouched(earmark, library):
    library.mkdir()
    (library / "library.json").write_text('{"format": 2}')
    done = earmark("generate", "x", "--seeds", 1)
    assert done.code == 1
    assert "newer" in done.err
    assert sorted(path.name for path in library.iterdir()) == ["library.json"]


def test_a_damaged_batch_is_named_and_the_rest_opens(earmark, library):
    earmark("generate", "one", "--seeds", 1, "--duration", 2)
    earmark("generate", "two", "--seeds", 2, "--duration", 2)
    damaged, _ = sorted(library.glob("batches/*/batch.json"))
    damaged.write_bytes(damaged.read_bytes()[:-40])
    listed = earmark("list", "--json")
    assert [take["prompt"] for take in listed.json["takes"]] == ["two"]
    assert str(damaged) in listed.err
    doctor = {check["name"]: check for check in earmark("doctor", "--json").json["checks"]}
    assert not doctor["damaged files"]["ok"]
    assert str(damaged) in doctor["damaged files"]["detail"]


def test_doctor_names_what_is_missing_and_how_to_mend_it(earmark):
    checks = earmark("doctor", "--json").json["checks"]
    assert all(set(check) == {"name", "ok", "detail", "remedy"} for check in checks)
    assert all(check["remedy"] for check in checks if not check["ok"])
    assert {"python", "library", "formats", "sketch"} <= {check["name"] for check in checks}


@pytest.mark.needs(device("/dev/full"))
@pytest.mark.parametrize("words", ["list", "list --json", "top", "top --json"])
def test_output_that_nothing_takes_is_no_crash(earmark, environment, words):
    take = earmark("generate", "calm", "--seeds", 3, "--duration", 1, "--json").json["takes"][0]["id"]
    assert earmark("judge", take, "--stars", 4).code == 0
    for place, code, said in [
        (">/dev/full", 1, "Something went wrong: [Errno 28] No space left on device.\n"),
        (">&-", 0, ""),
    ]:
        program = [sys.executable, "-m", "tui.cli.main", *words.split()]
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {place}', "sh", *program],
            env=environment, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (code, said)


def test_many_takes_that_fail_alike_are_told_once(earmark):
    def let_no_file_be_large() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = earmark("generate", "calm", "--seeds", "1-5", "--duration", 5, preexec_fn=let_no_file_be_large)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "(5 takes)" in done.err


def test_json_carries_no_escape_sequence(earmark, library, tmp_path):
    evil = "red \x1b[31m\x9b2J\u202etxt"
    soundfile.write(tmp_path / "a.wav", np.zeros((9000, 1)), 44100)
    (tmp_path / "a.wav.json").write_text(json.dumps({"prompt": evil, "seed": 4}))
    assert earmark("import", tmp_path / "a.wav").code == 0
    for words in (["list"], ["list", "--json"]):
        out = earmark(*words).out
        assert "\x1b" not in out
        assert "\x9b" not in out
        assert "\u202e" not in out
