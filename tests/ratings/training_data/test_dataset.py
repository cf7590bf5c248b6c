"""Datasets on a real disk, read back as a trainer reads them: by `datasets`, and by their card's own words."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from library.sound.audio import sound_id
from library.take import Recipe
from ratings.errors import ExportError
from ratings.history import History
from ratings.training_data.dataset import DatasetRequest, write_dataset
from ratings.training_data.pairs import find_pairs
from tests.ratings.export.shelf import Shelf, noise
from tui.cli.dataset import command

MUSICGEN = {"generator": "musicgen", "model": "facebook/musicgen-small"}


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "library")


def judged(shelf: Shelf) -> list[str]:
    """Ids of three takes of one prompt from good to bad, one of another prompt, and one of none that anybody judged."""
    takes = [shelf.add(number) for number in range(3)]
    takes += [shelf.add(3, prompt="harsh"), shelf.add(4, prompt="harsh")]
    for _ in range(4):
        for take, stars in zip(takes[:4], (5, 3, 1, 4), strict=True):
            shelf.say.stars(take.id, stars)
    return [take.id for take in takes]


def write(shelf: Shelf, folder: Path, **asked):
    return write_dataset(shelf.catalog, shelf.journal.history, DatasetRequest(destination=folder, **asked))


def rows(sheet: Path) -> list[dict[str, str]]:
    with sheet.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def loaded_as_the_card_says(folder: Path, sound: str) -> list[dict[str, Any]]:
    """Rows as `datasets` gives them, in a program of its own, with `sound` as a path: decoding it takes librosa."""
    card = (folder / "README.md").read_text("utf-8")
    lines = re.search(r"```python\n(.*?)```", card, re.DOTALL)[1].replace("…", str(folder))
    lines += """
import datasets, json
found = next(thing for thing in list(globals().values()) if isinstance(thing, datasets.Dataset))
sounds = [name for name, kind in found.features.items() if isinstance(kind, datasets.Audio)]
for name in sounds:
    found = found.cast_column(name, datasets.Audio(decode=False))
print(json.dumps([{**row, **{name: row[name]["path"] for name in sounds}} for row in found]))
"""
    home = {"HF_HOME": str(folder.parent / "home"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", lines], env=os.environ | home, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    rows = json.loads(done.stdout)
    assert all(sound in row for row in rows)
    return rows


def test_pairs_are_of_one_prompt_the_better_one_first(shelf):
    best, middle, worst, *_ = judged(shelf)
    found = find_pairs(shelf.catalog, shelf.journal.history, 0.8)
    assert {(pair.chosen, pair.rejected) for pair in found} == {(best, middle), (best, worst), (middle, worst)}
    assert {pair.strategy for pair in found} == {"posterior"}
    assert found[0].rejected == worst
    assert found[0].margin > 2.5
    assert all(pair.certainty >= 0.8 for pair in found)
    assert [pair.certainty for pair in found] == sorted((pair.certainty for pair in found), reverse=True)


def test_what_nobody_is_sure_of_is_no_pair(shelf):
    for number in range(4):
        shelf.add(number, stars=3 + number % 2)
    sure = find_pairs(shelf.catalog, shelf.journal.history, 0.95)
    assert sure == []
    assert find_pairs(shelf.catalog, shelf.journal.history, 0.51)


def test_a_duel_is_a_pair_whatever_the_model_thinks_of_it(shelf):
    best, middle, worst, *_ = judged(shelf)
    shelf.say.duel(worst, best, "take")
    first = find_pairs(shelf.catalog, shelf.journal.history, 0.8)[0]
    assert (first.chosen, first.rejected, first.strategy) == (worst, best, "duel")
    assert first.certainty < 0.5
    assert first.margin < 0
    shelf.say.duel(worst, best, "other")
    assert "duel" not in {pair.strategy for pair in find_pairs(shelf.catalog, shelf.journal.history, 0.8)}
    shelf.say.duel(best, middle, "tie")
    assert "duel" not in {pair.strategy for pair in find_pairs(shelf.catalog, shelf.journal.history, 0.8)}


def test_pairs_are_read_back_as_the_card_says(shelf, tmp_path):
    best, middle, *_ = judged(shelf)
    shelf.say.duel(middle, best, "other")
    done = write(shelf, tmp_path / "out", format="pairs")
    sheet = rows(tmp_path / "out" / "pairs.csv")
    assert list(sheet[0]) == ["prompt", "chosen_file_name", "rejected_file_name", "strategy", "margin", "certainty"]
    assert [row["strategy"] for row in sheet] == ["duel", "posterior", "posterior"]
    known = {sound_id(tmp_path / "out" / row["chosen_file_name"]) for row in sheet}
    assert known == {best, middle}
    assert {path.name for path in done.files if path.suffix != ".wav"} == {"pairs.csv", "README.md"}
    assert len(list((tmp_path / "out" / "audio").iterdir())) == 3

    pairs = loaded_as_the_card_says(tmp_path / "out", "chosen")
    assert len(pairs) == done.rows == 3
    assert [sound_id(Path(pairs[0][which])) for which in ("chosen", "rejected")] == [best, middle]
    assert pairs[0]["prompt"] == "slow neon drive"


def test_an_audiofolder_is_read_back_with_the_sound_of_each_row(shelf, tmp_path):
    takes = judged(shelf)
    shelf.say.reject(takes[4])
    write(shelf, tmp_path / "out", format="audiofolder")
    found = loaded_as_the_card_says(tmp_path / "out", "audio")
    assert {sound_id(Path(row["audio"])): row["take"] for row in found} == {take: take for take in takes}
    by_take = {row["take"]: row for row in found}
    assert by_take[takes[0]]["stars"] == 5
    assert by_take[takes[0]]["prompt"] == "slow neon drive"
    assert [by_take[take]["rejected"] for take in (takes[0], takes[4])] == [False, True]


def test_a_lora_set_has_the_columns_of_the_trainer_and_no_rejects(shelf, tmp_path):
    takes = judged(shelf)
    shelf.say.reject(takes[2])
    write(shelf, tmp_path / "out", format="lora", min_stars=3)
    sheet = rows(tmp_path / "out" / "metadata.csv")
    assert list(sheet[0]) == ["file", "caption", "bpm", "key"]
    assert {sound_id(tmp_path / "out" / row["file"]) for row in sheet} == {takes[0], takes[1], takes[3]}
    assert {row["caption"] for row in sheet} == {"slow neon drive", "harsh"}
    assert {row["caption"] for row in loaded_as_the_card_says(tmp_path / "out", "file")} == {"slow neon drive", "harsh"}


@pytest.mark.parametrize(
    ("prompt", "caption"),
    [
        ('- drums, "quoted", für Élise', '- drums, "quoted", für Élise'),
        ("calm (slow), 夜", "calm (slow), 夜"),
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+cmd|'/c calc'!A1", "'+cmd|'/c calc'!A1"),
    ],
)
def test_a_prompt_stands_in_the_sheet_as_it_is_unless_a_spreadsheet_would_obey_it(shelf, tmp_path, prompt, caption):
    shelf.add(1, stars=4, prompt=prompt)
    write(shelf, tmp_path / "out", format="lora")
    assert rows(tmp_path / "out" / "metadata.csv")[0]["caption"] == caption


def test_the_card_names_licences_and_ears_but_not_the_machines_user(shelf, tmp_path, monkeypatch):
    recipe = Recipe(generator="musicgen", prompt="p", seed=1, duration_s=1, licence="CC-BY-NC 4.0")
    shelf.add(1, stars=4, recipe=recipe, **MUSICGEN)
    shelf.add(2, stars=5, prompt="imported", generator=None)
    monkeypatch.setattr("getpass.getuser", lambda: "mike1975")
    shelf.say.log = shelf.journal.log("mike1975")
    shelf.say.stars(next(iter(shelf.catalog)).id, 3)
    write(shelf, tmp_path / "out", format="audiofolder")
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert text.startswith("---\nlicense: other\n")
    assert "musicgen facebook/musicgen-small, 1 takes: CC-BY-NC 4.0" in text
    assert "no licence recorded" in text
    assert "ann: 2 answers" in text
    assert "a listener: 1 answers" in text
    assert "mike1975" not in text
    assert str(tmp_path) not in text


def test_of_one_licence_the_card_has_the_hubs_name(shelf, tmp_path):
    recipe = Recipe(generator="musicgen", prompt="p", seed=1, duration_s=1, licence="CC-BY-NC 4.0")
    shelf.add(1, stars=4, recipe=recipe, **MUSICGEN)
    write(shelf, tmp_path / "out", format="lora")
    assert (tmp_path / "out" / "README.md").read_text("utf-8").startswith("---\nlicense: cc-by-nc-4.0\n")


def test_a_take_whose_sound_is_gone_is_in_no_row(shelf, tmp_path):
    best, middle, *_ = judged(shelf)
    shelf.catalog.path_of(shelf.catalog.get(middle)).unlink()
    done = write(shelf, tmp_path / "out", format="pairs")
    assert [failure.take for failure in done.failed] == [middle]
    assert len(rows(tmp_path / "out" / "pairs.csv")) == done.rows == 1
    assert best in {sound_id(path) for path in done.files if path.suffix == ".wav"}


def test_a_run_that_is_stopped_leaves_no_sheet_and_the_next_one_ends_it(shelf, tmp_path):
    judged(shelf)
    asked = DatasetRequest(destination=tmp_path / "out", format="pairs")
    looks = iter([False] * 3)
    stopped = write_dataset(shelf.catalog, shelf.journal.history, asked, cancelled=lambda: next(looks, True))
    assert stopped.cancelled
    assert not (tmp_path / "out" / "pairs.csv").exists()
    done = write(shelf, tmp_path / "out", format="pairs")
    assert done.rows == 3
    assert len(list((tmp_path / "out" / "audio").iterdir())) == 3


def test_a_dataset_of_ours_is_written_anew_and_nothing_else_touched(shelf, tmp_path):
    best, _, worst, *_ = judged(shelf)
    write(shelf, tmp_path / "out", format="pairs")
    sounds = set((tmp_path / "out" / "audio").iterdir())
    shelf.say.duel(worst, best, "take")
    write(shelf, tmp_path / "out", format="pairs")
    assert rows(tmp_path / "out" / "pairs.csv")[0]["strategy"] == "duel"
    assert set((tmp_path / "out" / "audio").iterdir()) == sounds
    with pytest.raises(ExportError, match=r"pairs\.csv already|README\.md already"):
        write(shelf, tmp_path / "out", format="lora")
    (tmp_path / "own").mkdir()
    for name in ("README.md", "metadata.csv"):
        (tmp_path / "own" / name).write_text("mine")
        with pytest.raises(ExportError, match="already"):
            write(shelf, tmp_path / "own", format="lora")
        assert (tmp_path / "own" / name).read_text() == "mine"
        (tmp_path / "own" / name).unlink()
    with pytest.raises(ExportError, match="inside the library"):
        write(shelf, shelf.root / "out", format="lora")


def test_without_judgements_nothing_is_written(shelf, tmp_path):
    shelf.add(1)
    for kind in ("pairs", "lora", "audiofolder"):
        assert write(shelf, tmp_path / "out", format=kind).rows == 0
    assert not (tmp_path / "out").exists()
    assert find_pairs([], History(), 0.8) == []


def test_on_the_command_line(shelf, tmp_path):
    takes = judged(shelf)
    for number in (10, 11):
        shelf.add(number, prompt="other", samples=noise(number), stars=number - 8)

    def run(*words: str):
        return CliRunner().invoke(command, [*words, "--library", str(shelf.root)])

    done = run(str(tmp_path / "one"), "--format", "pairs", "-n", "2", "--json")
    assert done.exit_code == 0, done.output
    files = json.loads(done.stdout)["files"]
    assert {Path(file).relative_to(tmp_path / "one").parts[0] for file in files} == {"audio", "pairs.csv", "README.md"}
    assert len(rows(tmp_path / "one" / "pairs.csv")) == 2
    done = run(str(tmp_path / "two"), "neon", "--format", "audiofolder")
    assert done.exit_code == 0, done.output
    assert {row["take"] for row in rows(tmp_path / "two" / "metadata.csv")} == set(takes[:3])
    assert "3 takes" in done.output
    assert run(str(tmp_path / "three"), "--format", "parquet").exit_code == 2
    assert run(str(tmp_path / "three"), "--format", "pairs", "--certainty", "0.2").exit_code == 2
    nothing = run(str(tmp_path / "three"), "harsh", "--format", "pairs")
    assert "one prompt" in nothing.output
    assert not (tmp_path / "three").exists()
