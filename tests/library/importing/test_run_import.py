"""Importing real files: what becomes of each, and of each mishap."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from library.errors import ImportingError, LibraryError
from library.importing.request import ImportReport, ImportRequest
from library.importing.run_import import run_import
from library.store.catalog import Catalog
from library.take import MAX_PROMPT, Recipe, Take
from tests.needs import ANY_NAME

Make = Callable[..., Path]


def load(catalog: Catalog, *paths: Path, **options: object) -> ImportReport:
    return run_import(catalog, ImportRequest(paths, **options))  # type: ignore[arg-type]


def batches(catalog: Catalog) -> list[Path]:
    folder = catalog.library.root / "batches"
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "aif", "ogg", "opus", "mp3"])
def test_a_file_of_each_format(catalog: Catalog, make_sound: Make, suffix: str) -> None:
    path = make_sound(f"warm_pads_s7.{suffix}", frames=48000)
    report = load(catalog, path)
    assert not report.failed
    [take] = report.takes
    assert (take.prompt, take.seed, take.file) == ("warm pads", 7, str(path))
    assert take.duration_s == 1.0
    assert take.lufs is not None
    assert take.true_peak_db is not None
    assert Catalog.load(catalog.library).get(take.id) == take
    assert catalog.path_of(take) == path


def test_folders_are_walked_in_order_without_hidden_files_and_loops(catalog: Catalog, make_sound: Make) -> None:
    for kind, name in enumerate(["b.wav", "a/z.wav", "a/c.flac", ".hidden.wav", ".git/x.wav"]):
        make_sound(name, kind)
    root = make_sound("b.wav", 0).parent
    (root / "notes.txt").write_text("no sound")
    (root / "a" / "loop").symlink_to(root)
    report = load(catalog, root, root / "a", root / "b.wav")
    assert [Path(take.file).name for take in report.takes] == ["b.wav", "c.flac", "z.wav"]
    assert not report.duplicates
    assert not report.failed


def test_importing_twice_adds_nothing_and_makes_no_batch(catalog: Catalog, make_sound: Make, tmp_path: Path) -> None:
    path = make_sound("a_s1.wav")
    load(catalog, path)
    shutil.copy(path, tmp_path / "in" / "renamed.wav")
    report = load(catalog, tmp_path / "in")
    assert not report.takes
    assert not report.updated
    assert len(report.duplicates) == 2
    assert len(batches(catalog)) == 1
    assert len(Catalog.load(catalog.library)) == 1


def test_nothing_new_makes_no_library(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"")
    report = load(catalog, tmp_path / "bad.wav")
    assert [reason for _, reason in report.failed] == ["It's empty."]
    assert not catalog.library.root.exists()


def test_one_sound_twice_in_an_import_is_one_take(catalog: Catalog, make_sound: Make) -> None:
    first = make_sound("a_s1.wav")
    second = make_sound("b_s2.flac")
    report = load(catalog, first.parent)
    assert [take.seed for take in report.takes] == [1]
    assert report.duplicates == [second]


def test_a_moved_file_is_found_again(catalog: Catalog, make_sound: Make, tmp_path: Path) -> None:
    path = make_sound("a_s1.wav")
    [take] = load(catalog, path).takes
    target = tmp_path / "elsewhere" / "other name.wav"
    target.parent.mkdir()
    path.rename(target)
    report = load(catalog, target.parent)
    assert (report.takes, report.duplicates, report.updated) == ([], [target], [target])
    again = Catalog.load(catalog.library)
    assert again.path_of(again.find(take.id)) == target
    assert again.find(take.id).prompt == "a"
    assert not load(catalog, target.parent).updated


def test_a_missing_seed_is_filled_in(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("rain.wav")
    [take] = load(catalog, path).takes
    sheet = path.parent / "sheet.csv"
    sheet.write_text("file,seed,model\nrain.wav,99,small\n")
    report = load(catalog, path, sheet=sheet)
    assert report.updated == [path]
    filled = Catalog.load(catalog.library).find(take.id)
    assert (filled.prompt, filled.seed, filled.model) == ("rain", 99, "small")


def test_a_later_sheet_corrects_what_was_guessed_from_a_name(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("take 003_s4.wav")
    make_sound("b_s2.wav", 1)
    takes = load(catalog, path.parent).takes
    [guessed] = [take for take in takes if take.seed == 4]
    assert guessed.prompt == "take 003"
    sheet = path.parent / "sheet.csv"
    sheet.write_text("file,prompt\ntake 003_s4.wav,rain on a roof\n")
    report = load(catalog, path.parent, sheet=sheet)
    assert (report.takes, len(report.duplicates), report.updated) == ([], 2, [path])
    told = Catalog.load(catalog.library).find(guessed.id)
    assert (told.id, told.prompt, told.seed) == (guessed.id, "rain on a roof", 4)
    assert catalog.find(guessed.id) == told
    # Neither the same again, nor a name, nor a tag says more than the sheet did.
    before = len(batches(catalog))
    assert not load(catalog, path.parent, sheet=sheet).updated
    assert not load(catalog, path.parent).updated
    Path(f"{path}.json").write_text(json.dumps({"prompt": "from a sidecar"}))
    assert not load(catalog, path.parent).updated
    assert len(batches(catalog)) == before
    # A newer sheet does, and an older one that is loaded again.
    for prompt in ("snow", "rain on a roof"):
        sheet.write_text(f"file,prompt\ntake 003_s4.wav,{prompt}\n")
        assert load(catalog, path.parent, sheet=sheet).updated == [path]
        assert Catalog.load(catalog.library).find(guessed.id).prompt == prompt


@pytest.mark.parametrize("copy", [False, True])
def test_of_two_files_of_one_sound_the_surer_one_is_believed(catalog: Catalog, make_sound: Make, copy: bool) -> None:
    first = make_sound("a_s1.wav")
    second = make_sound("b.flac", comment=json.dumps({"prompt": "from tags"}))
    third = make_sound("c.flac", comment=json.dumps({"prompt": "other tags"}))
    report = load(catalog, first.parent, copy=copy)
    assert (len(report.takes), report.duplicates, report.updated) == (1, [second, third], [second])
    [take] = Catalog.load(catalog.library)
    assert (take.prompt, take.seed) == ("from tags", 1)
    assert catalog.path_of(take).is_file()
    # They don't correct each other for ever.
    for _ in range(2):
        assert not load(catalog, first.parent).updated


def test_copies_live_in_the_library(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("a_s1.WAV".lower())
    [take] = load(catalog, path, copy=True).takes
    assert take.file == f"{take.id}.wav"
    copy = catalog.path_of(take)
    assert copy.parent == batches(catalog)[0]
    assert copy.read_bytes() == path.read_bytes()
    assert sorted(item.name for item in copy.parent.iterdir()) == sorted([copy.name, "batch.json"])


def test_sources_go_in_order_field_by_field(catalog: Catalog, make_sound: Make) -> None:
    tags = json.dumps({"prompt": "from tags", "seed": 2})
    path = make_sound("name_s4.wav", comment=tags)
    Path(f"{path}.json").write_text(json.dumps({"params": {"prompt": "sidecar", "seed": 3, "model": "m"}, "tool": "g"}))
    sheet = path.parent / "s.csv"
    sheet.write_text("file,prompt\nname_s4.wav,from sheet\n")
    [take] = load(catalog, path, sheet=sheet).takes
    assert (take.prompt, take.seed, take.model, take.generator) == ("from sheet", 2, "m", "g")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff", "mp3", "opus"])
def test_tags_hold_a_whole_recipe(catalog: Catalog, make_sound: Make, suffix: str) -> None:
    recipe = Recipe(generator="sketch", prompt="night drive", seed=5, duration_s=3.0)
    path = make_sound(f"x.{suffix}", comment=msgspec.json.encode(recipe).decode())
    [take] = load(catalog, path).takes
    assert (take.prompt, take.seed, take.generator, take.recipe) == ("night drive", 5, "sketch", recipe)


def test_a_recipe_in_another_spelling_stays_as_it_was_made(catalog: Catalog, make_sound: Make) -> None:
    recipe = Recipe(generator="sketch", prompt="Fu\u0308r  Elise", seed=5, duration_s=3.0)
    path = make_sound("x.wav")
    path.with_suffix(".json").write_bytes(msgspec.json.encode(recipe))
    (take,) = run_import(catalog, ImportRequest([path])).takes
    assert (take.prompt, take.recipe) == ("Für Elise", recipe)


def test_an_unsafe_recipe_is_left_out(catalog: Catalog, make_sound: Make) -> None:
    recipe = {"generator": "g", "prompt": "rain", "seed": 5, "duration_s": 3.0, "fingerprint": {"cpu": "\x1b[2J"}}
    path = make_sound("x.flac")
    path.with_suffix(".json").write_text(json.dumps(recipe))
    [take] = load(catalog, path).takes
    assert (take.prompt, take.seed, take.recipe) == ("rain", 5, None)


def test_a_title_is_a_prompt(catalog: Catalog, make_sound: Make) -> None:
    [take] = load(catalog, make_sound("track 1_s8.flac", title="Rain on a tin roof")).takes
    assert (take.prompt, take.seed) == ("Rain on a tin roof", 8)


def test_a_pattern_reads_names(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("411 - warm pads.wav")
    other = make_sound("drums_s2.wav", 1)
    report = load(catalog, path, other, pattern="{seed} - {prompt}")
    assert report.unmatched == 1
    assert [(take.prompt, take.seed) for take in report.takes] == [("warm pads", 411), ("drums", 2)]
    with pytest.raises(ImportingError):
        load(catalog, path, pattern="{nothing}")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("file,prompt,seed,extra\nsub/a.wav,“Blüte”,7,x\n", "utf-8-sig"),
        ("File;Prompt;Seed\r\nsub\\a.wav;“Blüte”;7.0\r\n", "utf-8"),
        ("prompt\tfile\tseed\n“Blüte”\t./sub/a.wav\t7\n", "utf-16"),
        ("file,prompt,seed\nsub/a.wav,“Blüte”,7", "cp1252"),
    ],
)
def test_sheets_as_spreadsheets_write_them(
    catalog: Catalog, make_sound: Make, text: str, encoding: str, tmp_path: Path
) -> None:
    make_sound("sub/a.wav")
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes(text.encode(encoding))
    report = load(catalog, tmp_path / "in", sheet=sheet)
    assert not report.failed
    assert [(take.prompt, take.seed) for take in report.takes] == [("“Blüte”", 7)]
    assert codecs.lookup(encoding)


def test_bad_lines_of_a_sheet_are_reported_and_the_rest_goes_on(catalog: Catalog, make_sound: Make) -> None:
    folder = make_sound("a.wav", 1).parent
    make_sound("b.wav", 2)
    sheet = folder / "sheet.csv"
    sheet.write_text("file,prompt,seed\na.wav,one,many\nb.wav,two,2\nc.wav,three,3\n,four,4\nb.wav,-,-1\n")
    report = load(catalog, folder, sheet=sheet)
    assert [(take.prompt, take.seed) for take in report.takes] == [("one", None), ("two", 2)]
    reasons = [reason for _, reason in report.failed]
    assert any(reason.startswith("Line 2: the seed “many”") for reason in reasons)
    assert any(reason.startswith("Line 4 of sheet.csv") for reason in reasons)
    assert any(reason.startswith("Line 5: it has no file name") for reason in reasons)
    assert any(reason.startswith("Line 6: the seed “-1”") for reason in reasons)


@pytest.mark.parametrize("content", [b"", b"name,seed\na.wav,1\n", b"\0\0\0\0"])
def test_what_is_no_sheet_stops_the_import(catalog: Catalog, make_sound: Make, content: bytes, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes(content)
    for path in (sheet, tmp_path / "none.csv", tmp_path):
        with pytest.raises(ImportingError):
            load(catalog, make_sound("a.wav"), sheet=path)
    assert not catalog.library.root.exists()


def test_bad_files_stop_nothing_else(catalog: Catalog, make_sound: Make) -> None:
    good = make_sound("good_s1.wav", 1)
    folder = good.parent
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.mp3").write_text("hello " * 1000)
    (folder / "cut.flac").write_bytes(make_sound("whole.flac", 2).read_bytes()[:-2000])
    os.mkfifo(folder / "pipe.wav")
    (folder / "gone.wav").symlink_to(folder / "nowhere.wav")
    report = load(catalog, folder, folder / "missing.wav")
    assert [Path(take.file).name for take in report.takes] == ["good_s1.wav", "whole.flac"]
    assert {path.name for path, _ in report.failed} == {
        "empty.wav", "text.mp3", "cut.flac", "pipe.wav", "gone.wav", "missing.wav",
    }  # fmt: skip
    assert all("\n" not in reason and len(reason) < 200 for _, reason in report.failed)


def test_text_from_outside_is_made_safe(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("a.wav")
    Path(f"{path}.json").write_text(json.dumps({"prompt": "red\x1b[31m\n\u202etab\t", "seed": -1}))
    [take] = load(catalog, path).takes
    assert take.prompt == "red [31m tab"
    assert take.seed is None
    assert Catalog.load(catalog.library).find(take.id).prompt == take.prompt


def test_an_endless_prompt_is_refused_not_cut(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("a.wav")
    Path(f"{path}.json").write_text(json.dumps({"prompt": "x" * (MAX_PROMPT + 1)}))
    report = load(catalog, path)
    assert report.failed == [(path, "Its prompt is over 10000 characters long.")]


@pytest.mark.parametrize("content", ["{", "[1]", "[" * 100_000, '{"prompt": 3, "seed": "x"}', "\0"])
def test_a_sidecar_that_is_none_says_nothing(catalog: Catalog, make_sound: Make, content: str) -> None:
    path = make_sound("rain_s3.wav")
    path.with_suffix(".json").write_text(content)
    [take] = load(catalog, path).takes
    assert (take.prompt, take.seed) == ("rain", 3)


@pytest.mark.needs(ANY_NAME)
def test_a_name_that_is_no_text_is_refused(catalog: Catalog, make_sound: Make) -> None:
    path = make_sound("a.wav")
    odd = os.fsdecode(os.fsencode(path.parent) + b"/\xff.wav")
    shutil.copy(path, odd)
    report = load(catalog, Path(odd))
    assert [reason for _, reason in report.failed] == ["Its name isn't valid text. Rename it."]


def test_what_has_landed_is_on_disk_and_progress_counts(catalog: Catalog, make_sound: Make) -> None:
    for kind in range(12):
        make_sound(f"a_s{kind}.wav", kind)
    folder = make_sound("a_s0.wav", 0).parent
    landed: list[str] = []
    steps: list[tuple[int, int]] = []
    here = threading.get_ident()

    def see(takes: Sequence[Take]) -> None:
        assert threading.get_ident() == here
        fresh = Catalog.load(catalog.library)
        assert all(take.id in fresh for take in takes)
        assert all(take.id in catalog for take in takes)
        landed.extend(take.id for take in takes)

    report = run_import(
        catalog, ImportRequest([folder]), progress=lambda done, of: steps.append((done, of)), on_saved=see
    )
    assert landed == [take.id for take in report.takes]
    assert steps == [(done, 12) for done in range(1, 13)]


def test_cancelling_keeps_what_is_done(catalog: Catalog, make_sound: Make) -> None:
    for kind in range(20):
        make_sound(f"a_s{kind}.wav", kind)
    folder = make_sound("a_s0.wav", 0).parent
    done: list[int] = []
    report = run_import(
        catalog,
        ImportRequest([folder]),
        progress=lambda count, of: done.append(count),
        cancelled=lambda: len(done) >= 5,
    )
    assert report.cancelled
    assert 5 <= len(report.takes) < 20
    assert len(Catalog.load(catalog.library)) == len(report.takes)
    rest = load(catalog, folder)
    assert len(rest.takes) + len(report.takes) == 20


def test_cancelling_does_not_wait_for_a_long_file(catalog: Catalog, make_sound: Make) -> None:
    """Counted, not timed: once the answer is "stop", no more files are finished, and nobody is asked again."""
    for kind in range(4):
        make_sound(f"long_s{kind}.wav", kind, frames=6_000_000)
    folder = make_sound("long_s0.wav", 0, frames=6_000_000).parent
    walked, steps, answers = 4, list[int](), list[bool]()
    done_then: list[int] = []

    def cancelled() -> bool:
        answers.append(len(answers) >= walked)
        if answers[-1]:
            done_then.append(len(steps))
        return answers[-1]

    report = run_import(
        catalog, ImportRequest([folder]), progress=lambda done, of: steps.append(done), cancelled=cancelled
    )
    assert report.cancelled
    assert answers.count(True) == 1
    assert len(steps) == done_then[0] < walked
    assert len(report.takes) == len(steps)
    assert report.failed == []


def test_a_failing_disk_keeps_what_has_landed(
    catalog: Catalog, make_sound: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_sound("a_s1.wav", 1).parent
    load(catalog, folder)
    make_sound("b_s2.wav", 2)
    real = os.fsync

    def full(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").readlink().name.startswith(".batch.json"):
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LibraryError, match="No space left"):
        load(catalog, folder, copy=True)
    monkeypatch.undo()
    assert len(Catalog.load(catalog.library)) == 1
    assert not list((catalog.library.root / "batches").glob("*/*.wav"))
    assert len(load(catalog, folder).takes) == 1
