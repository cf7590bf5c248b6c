"""Sounds that are dropped because they come back: proven one by one, kept with a reason, and there again at a word."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from library.generators.recipes import grid
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.jobs.run_and_wait import run_and_wait
from library.library import Library
from library.mending.missing_sounds import find_missing
from library.purging.purge import GONE, NOT_OURS, STEERS, purge
from library.purging.remaking import NO_RECIPE
from library.purging.restore import restore
from library.sound.audio import sound_id
from library.store.catalog import BatchWriter, Catalog, Place
from library.take import Draft, Take
from ratings.export import ExportRequest, run_export
from ratings.gallery.gallery import write_gallery
from ratings.journal import Journal
from ratings.panel.panel import write_panel
from ratings.ranking.ranking import rank
from ratings.report import take_json
from tests.judging import Judge
from tui.cli import purge as purge_command
from tui.cli import restore as restore_command
from tui.cli.list import command as list_command


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A library of three sketched takes and an imported copy; all rejected but the first, which has five stars."""
    root = tmp_path_factory.mktemp("made") / "library"
    takes = run_and_wait(Library(root), grid(["night"], (1, 2, 3), generator="sketch", duration_s=0.5)).takes
    file = root.parent / "mine_s9.wav"
    soundfile.write(file, np.random.default_rng(9).uniform(-0.5, 0.5, 8000), 8000)
    imported = run_import(Catalog.load(Library(root)), ImportRequest([file], copy=True)).takes
    judge = Judge(Journal.load(Library(root)).log("ann"))
    judge.stars(takes[0].id, 5)
    for take in (*takes[1:], *imported):
        judge.reject(take.id)
    return root


@pytest.fixture
def root(made, tmp_path) -> Path:
    shutil.copytree(made, tmp_path / "library")
    return tmp_path / "library"


def load(root: Path) -> Catalog:
    return Catalog.load(Library(root))


def sketched(catalog: Catalog) -> list[Take]:
    return sorted((take for take in catalog if take.recipe is not None), key=lambda take: take.seed or 0)


def run(root: Path, module, *words: str):
    return CliRunner().invoke(module.command, [*words, "--library", str(root)])


def test_a_rejected_take_goes_once_it_came_out_identical_and_comes_back(root):
    before = {take.id: load(root).path_of(take).read_bytes() for take in load(root)}
    done = run(root, purge_command, "--rejected", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    catalog = load(root)
    first, *others = sketched(catalog)
    (imported,) = (take for take in catalog if take.recipe is None)
    assert {one["take"] for one in document["purged"]} == {take.id for take in others}
    assert document["kept"] == [{"take": imported.id, "reason": NO_RECIPE}]
    assert document["bytes"] == sum(len(before[take.id]) for take in others) > 0
    assert [catalog.is_purged(take) for take in (first, *others, imported)] == [False, True, True, False]
    assert not any(catalog.path_of(take).exists() for take in others)
    assert find_missing(catalog) == []
    history = Journal.load(Library(root)).history
    assert [take_json(take, catalog, history)["purged"] for take in (first, *others)] == [False, True, True]
    listed = json.loads(CliRunner().invoke(list_command, ["--json", "--library", str(root)]).stdout)["takes"]
    assert len(listed) == 4

    back = run(root, restore_command, others[0].id[:8], "--json")
    assert back.exit_code == 0, back.output
    (take,) = json.loads(back.stdout)["takes"]
    assert (take["id"], take["purged"]) == (others[0].id, False)
    assert sound_id(Path(take["path"])) == others[0].id
    assert load(root).is_purged(others[1])


def test_a_dry_run_changes_nothing(root):
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    done = json.loads(run(root, purge_command, "--rejected", "--dry-run", "--json").stdout)
    assert len(done["purged"]) == 2
    assert done["bytes"] > 0
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_what_comes_out_otherwise_stays_with_the_reason(root):
    catalog = load(root)
    _, second, third = sketched(catalog)
    (path,) = {catalog.library.batch_file(take.batch) for take in (second, third)}
    text = path.read_text()
    path.write_text(text.replace('"seed":2,"duration_s":0.5', '"seed":77,"duration_s":0.5'))
    assert path.read_text() != text
    done = purge(load(root), [take for take in load(root) if take.id in (second.id, third.id)])
    assert [one.take.id for one in done.dropped] == [third.id]
    ((take, reason),) = done.kept
    assert take.id == second.id
    assert reason.startswith("It comes out otherwise here")
    assert load(root).has_sound(take)


def test_nothing_goes_that_others_are_made_from_nor_what_isn_t_ours(root, tmp_path):
    catalog = load(root)
    first, second, third = sketched(catalog)
    batch = BatchWriter(catalog.library)
    draft = msgspec.structs.replace(third.recipe, seed=8, draft=Draft(sound=second.id, use="melody"))
    batch.add([msgspec.structs.replace(third, id="f" * 20, batch=batch.name, seed=8, recipe=draft)])
    elsewhere = tmp_path / "elsewhere.flac"
    shutil.copy(catalog.path_of(first), elsewhere)
    other = load(tmp_path / "other")
    (theirs,) = run_import(other, ImportRequest([elsewhere])).takes
    assert theirs.recipe is not None
    assert [reason for _, reason in purge(other, [theirs]).kept] == [NOT_OURS]
    catalog.path_of(third).unlink()
    catalog = load(root)
    done = purge(catalog, [second, third, catalog.find("f" * 20)])
    assert [reason for _, reason in done.kept] == [STEERS, GONE, GONE]
    assert (done.dropped, elsewhere.exists()) == ([], True)


def test_an_imported_take_goes_only_if_it_is_said_twice_and_comes_back_from_the_trash(root):
    assert run(root, purge_command, "--rejected", "--imported").exit_code == 2
    (imported,) = (take for take in load(root) if take.recipe is None)
    data = load(root).path_of(imported).read_bytes()
    done = json.loads(run(root, purge_command, "--rejected", "--imported", "--yes", "--json").stdout)
    assert done["kept"] == []
    (moved,) = (one["moved_to"] for one in done["purged"] if one["take"] == imported.id)
    assert Path(moved).read_bytes() == data
    assert Path(moved).parent == root / "trash"
    assert load(root).is_purged(imported)
    assert done["bytes"] == sum(one["bytes"] for one in done["purged"] if one["moved_to"] is None)
    assert run(root, restore_command, imported.id).exit_code == 0
    assert load(root).path_of(imported).read_bytes() == data
    assert list((root / "trash").iterdir()) == []


def test_a_file_of_the_user_s_is_never_touched(root, tmp_path):
    file = tmp_path / "theirs.wav"
    soundfile.write(file, np.random.default_rng(10).uniform(-0.5, 0.5, 8000), 8000)
    (take,) = run_import(load(root), ImportRequest([file])).takes
    done = purge(load(root), [take], imported=True)
    assert (done.dropped, [reason for _, reason in done.kept]) == ([], [NOT_OURS])
    assert file.exists()


def test_a_proof_counts_as_long_as_the_machine_is_the_same(root, monkeypatch):
    catalog = load(root)
    takes = sketched(catalog)
    purge(catalog, takes)
    restore(load(root), takes)
    made: list[str] = []
    from library.purging import purge as module

    real = module.remake

    def counting(library, chosen, *rest, **more):
        made.extend(take.id for take in chosen)
        return real(library, chosen, *rest, **more)

    monkeypatch.setattr(module, "remake", counting)
    assert len(purge(load(root), takes).dropped) == 3
    assert len(made) == 1, "one tells what the machine is now"
    restore(load(root), takes)
    made.clear()
    monkeypatch.setattr(module.platform, "node", lambda: "another")
    assert len(purge(load(root), takes).dropped) == 3
    assert sorted(made) == sorted(take.id for take in takes)


def test_below_a_score_and_by_label_and_never_a_picked_one(root):
    catalog, journal = load(root), Journal.load(Library(root))
    first, second, third = sketched(catalog)
    judge = Judge(journal.log("ann"))
    judge.label([second.id, third.id], add=["old"])
    judge.pick(third.id)
    done = json.loads(run(root, purge_command, "--label", "OLD", "--dry-run", "--json").stdout)
    assert [one["take"] for one in done["purged"]] == [second.id]
    assert done["kept"] == [{"take": third.id, "reason": "It is picked."}]
    scores = {row.key: row.score for row in rank(catalog, Journal.load(Library(root)).history)}
    between = (scores[first.id] + scores[second.id]) / 2
    low = json.loads(run(root, purge_command, "--below", f"{between}", "--dry-run", "--json").stdout)
    assert second.id in [one["take"] for one in low["purged"]]
    assert first.id not in [one["take"] for one in low["purged"]]
    assert run(root, purge_command).exit_code == 2
    assert run(root, purge_command, "--label", "none", "--json").exit_code == 0


def test_what_goes_out_is_made_again_first(root, tmp_path):
    catalog, history = load(root), Journal.load(Library(root)).history
    takes = sketched(catalog)
    ids = tuple(take.id for take in takes)
    for write in (
        lambda: run_export(catalog, history, ExportRequest(destination=tmp_path / "out", takes=ids)).files,
        lambda: write_gallery(catalog, history, ExportRequest(destination=tmp_path / "a.html", takes=ids)).files,
        lambda: write_panel(catalog, history, ExportRequest(destination=tmp_path / "b.html", takes=ids)).files,
    ):
        assert len(purge(catalog, takes).dropped) == 3
        assert write()
        assert all(catalog.has_sound(take) for take in takes)


def test_what_can_t_be_made_again_is_a_failure_with_its_reason(root, tmp_path):
    catalog = load(root)
    takes = sketched(catalog)
    purge(catalog, takes)
    path = catalog.library.batch_file(takes[1].batch)
    path.write_text(path.read_text().replace('"seed":2,"duration_s":0.5', '"seed":77,"duration_s":0.5'))
    catalog = load(root)
    history = Journal.load(Library(root)).history
    report = run_export(
        catalog, history, ExportRequest(destination=tmp_path / "out", takes=tuple(take.id for take in takes))
    )
    assert len(report.files) == 2
    assert "It comes out otherwise here" in report.failed[0].reason
    back = run(root, restore_command, takes[1].id, "nothing", "--json")
    assert back.exit_code == 1
    assert [one["take"] for one in json.loads(back.stdout)["failed"]] == ["nothing", takes[1].id]


def test_when_stopped_what_is_done_stays(root):
    catalog = load(root)
    takes = sketched(catalog)
    done = purge(catalog, takes, stopped=lambda: len(catalog.purges.purges) > 0)
    assert done.cancelled
    assert 1 <= len(done.dropped) < 3
    assert [load(root).is_purged(take) for take in takes].count(True) == len(done.dropped)


def test_another_process_hears_of_it(root):
    here, there = load(root), load(root)
    _, place = there.news(Place())
    purge(here, sketched(here)[:1])
    there.refresh()
    change, _ = there.news(place)
    assert [take.id for take in change.changed] == [sketched(here)[0].id]
