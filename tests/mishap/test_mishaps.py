"""Half a shard, a link, a vanished or changed sound, a clock set back: told, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from library.errors import LibraryError, NewerFormatError, UnknownTakeError
from library.files.folder import Folder
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.sound.audio import sound_id
from library.sound.changed_sound import changed_since
from library.store.catalog import BatchWriter, Catalog
from ratings.errors import ExportError
from ratings.export import ExportRequest, run_export
from ratings.history import History
from ratings.journal import Journal, JudgementLog
from tests.judging import Judge
from tests.needs import MOUNTING, mounted, require
from tui.settings import Settings, SettingsError, SettingsFile, load_settings

RATE = 8000


@pytest.fixture
def sounds(tmp_path) -> Path:
    """Three files of one second."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    for number in (1, 2, 3):
        write_sound(folder / f"night_s{number}.wav", number)
    return folder


@pytest.fixture
def root(tmp_path, sounds) -> Path:
    """A library of these, the first one rated."""
    root: Path = tmp_path / "library"
    takes = run_import(Catalog.load(Library(root)), ImportRequest([sounds])).takes
    Judge(Journal.load(Library(root)).log("ann")).stars(takes[0].id, 4)
    return root


def write_sound(path: Path, number: int) -> None:
    noise = np.random.default_rng(number).uniform(-0.5, 0.5, (RATE, 1))
    soundfile.write(path, noise, RATE, subtype="PCM_16")


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def only_file(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


@pytest.mark.parametrize("part", [0, 1, 40, -1])
def test_a_session_that_comes_in_parts_counts_when_it_is_whole(root, part):
    path = only_file(root, "sessions/*/*.json")
    whole = path.read_bytes()
    path.write_bytes(whole[:part])
    journal = Journal.load(Library(root))
    assert len(journal.history) == 0
    assert [damage.path for damage in journal.damages] == [path]
    assert path.read_bytes() == whole[:part]
    path.write_bytes(whole)
    assert len(journal.refresh()) == 1
    assert journal.damages == []


@pytest.mark.parametrize("name", ["{} (conflicted copy 2026-11-22).json", "{}.sync-conflict-20261122-101010-ABC.json"])
def test_a_synchroniser_s_copy_of_a_session_adds_what_it_holds_and_nothing_twice(root, name):
    path = only_file(root, "sessions/*/*.json")
    shutil.copy(path, path.with_name(name.format(path.stem)))
    assert len(Journal.load(Library(root)).history) == 1
    path.unlink()
    assert len(Journal.load(Library(root)).history) == 1


@pytest.mark.parametrize("name", [".syncthing.x.json.tmp", "~$x.json", ".~lock.x.json", "._x.json", "x.json.part"])
def test_what_is_still_being_written_is_not_read(root, name):
    path = only_file(root, "sessions/*/*.json")
    path.with_name(name).write_bytes(b'{"half')
    journal = Journal.load(Library(root))
    assert (len(journal.history), journal.damages) == (1, [])


@pytest.mark.parametrize("link", ["sessions", "sessions/ann", "batches", "batches/b"])
def test_a_link_out_of_the_library_is_neither_read_nor_written_through(root, tmp_path, link):
    outside = tmp_path / "outside"
    (outside / "ann").mkdir(parents=True)
    (outside / "notes.json").write_text('{"mine": 1')
    (outside / "batch.json").write_text('{"mine": 1')
    (outside / "ann" / "notes.json").write_text('{"mine": 1')
    before = everything(outside)
    take = next(iter(Catalog.load(Library(root)))).id
    shutil.rmtree(root / link, ignore_errors=True)
    (root / link).symlink_to(outside, target_is_directory=True)
    catalog, journal = Catalog.load(Library(root)), Journal.load(Library(root))
    assert [damage.path for damage in [*catalog.damages, *journal.damages]] == [root / link]
    if link.startswith("sessions"):
        with pytest.raises(LibraryError, match="is a link"):
            Judge(journal.log("ann")).stars(take, 1)
    elif link == "batches":
        with pytest.raises(LibraryError, match="is a link"):
            BatchWriter(catalog.library)
    assert everything(outside) == before


def test_a_take_that_is_not_found_may_be_in_what_can_t_be_read(root):
    take = next(iter(Catalog.load(Library(root)))).id
    path = only_file(root, "batches/*/batch.json")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(UnknownTakeError, match=r"doctor") as caught:
        Catalog.load(Library(root)).find(take)
    assert str(path) in str(caught.value)


def test_a_pipe_in_place_of_a_shard_is_not_waited_for(root):
    pipe = root / "sessions" / "ann" / "pipe.json"
    os.mkfifo(pipe)
    journal = Journal.load(Library(root))
    assert len(journal.history) == 1
    assert [damage.path for damage in journal.damages] == [pipe]


def test_a_folder_nobody_may_read_does_not_close_the_others(root, monkeypatch):
    closed = root / "sessions" / "bob"
    closed.mkdir()
    real = Folder.scan

    def scan(folder):
        if folder.path == closed:
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(Folder, "scan", scan)
    journal = Journal.load(Library(root))
    assert len(journal.history) == 1
    assert [damage.path for damage in journal.damages] == [closed]


def test_a_newer_library_is_left_untouched_by_everything(root, sounds):
    (root / "library.json").write_text('{"format": 99}')
    before = everything(root)
    for act in (
        Catalog.load,
        Journal.load,
        lambda library: Judge(JudgementLog(library, "ann", History())).stars("0" * 20, 3),
    ):
        with pytest.raises(NewerFormatError):
            act(Library(root))
    assert everything(root) == before


def test_a_sound_that_changed_is_told_and_exported_in_nobody_s_place(root, sounds, tmp_path):
    catalog = Catalog.load(Library(root))
    take = next(take for take in catalog if take.seed == 1)
    path = catalog.path_of(take)
    assert changed_since(take.id, take.created_at, path) is None
    write_sound(path, 99)
    later = datetime.now(UTC).timestamp() + 60
    os.utime(path, (later, later))
    error = changed_since(take.id, take.created_at, path)
    assert error is not None
    assert "has changed" in str(error)
    report = run_export(catalog, Journal.load(Library(root)).history, ExportRequest(destination=tmp_path / "out"))
    assert report.files == []
    assert "has changed" in report.failed[0].reason
    path.unlink()
    assert changed_since(take.id, take.created_at, path) is None
    report = run_export(catalog, Journal.load(Library(root)).history, ExportRequest(destination=tmp_path / "out"))
    assert "no such file" in report.failed[0].reason


def test_a_file_that_was_only_touched_is_the_same_take(root):
    catalog = Catalog.load(Library(root))
    take = next(iter(catalog))
    os.utime(catalog.path_of(take), (2e9, 2e9))
    assert changed_since(take.id, take.created_at, catalog.path_of(take)) is None


class Clock:
    """One that can be set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def test_a_clock_set_back_keeps_the_order_of_what_was_said(root):
    first, second = [take.id for take in Catalog.load(Library(root))][:2]
    journal = Journal.load(Library(root))
    clock = Clock(datetime(2026, 6, 1, tzinfo=UTC))
    judge = Judge(JudgementLog(Library(root), "bob", journal.history, clock))
    said = [judge.stars(first, 1)]
    for step, take in ((-timedelta(days=400), second), (timedelta(), first), (-timedelta(days=1), second)):
        clock.now += step
        said.append(judge.stars(take, len(said) + 1))
    assert [event.at for event in said] == sorted({event.at for event in said})
    assert [event.id for event in said] == sorted({event.id for event in said})
    assert journal.history.last("bob", session=judge.name) == said[-1], "undo takes back what was said last"
    clock.now -= timedelta(days=3000)
    judge.retract(said[-1])
    again = Journal.load(Library(root)).history
    assert again.last("bob", session=judge.name) == said[-2]
    assert again.ratings(second).stars == 2


def test_a_clock_set_back_does_not_bring_an_old_prompt_back(root, sounds, tmp_path):
    for number, prompt in enumerate(("dawn", "dusk"), start=1):
        sheet = tmp_path / f"{number}.csv"
        sheet.write_text(f"file,prompt\nnight_s1.wav,{prompt}\n")
        if prompt == "dusk":  # every document there is comes from a clock that was a year ahead
            for path in root.glob("batches/*/batch.json"):
                path.write_text(
                    path.read_text().replace(f'"created_at":"{datetime.now(UTC).year}', '"created_at":"2999')
                )
        run_import(Catalog.load(Library(root)), ImportRequest([sounds], sheet=sheet))
    (take,) = [take for take in Catalog.load(Library(root)) if take.seed == 1]
    assert take.prompt == "dusk"


def test_a_clock_set_back_keeps_batches_in_order(root):
    future = root / "batches" / "29990101-000000-000000-abcdabcd"
    future.mkdir()
    names = [BatchWriter(Library(root)).name for _ in range(3)]
    assert [future.name, *names] == sorted([future.name, *names])
    (root / "batches" / "~~ not a batch of ours").mkdir()
    assert BatchWriter(Library(root)).name[:4] == str(datetime.now(UTC).year)


def test_what_a_killed_export_left_is_cleared_by_the_next(root, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / ".earmark-0123456789abcdef.tmp").write_bytes(b"half")
    (out / ".earmark-mine").write_bytes(b"kept")
    run_export(Catalog.load(Library(root)), Journal.load(Library(root)).history, ExportRequest(destination=out))
    assert [path.name for path in out.glob(".*")] == [".earmark-mine"]


@pytest.mark.parametrize("closed", ["out", "out/ratings.csv", "out/SHA256SUMS"])
def test_an_export_to_where_we_may_not_look_is_made_or_refused_in_words(root, tmp_path, monkeypatch, closed):
    whole = os.stat

    def refuse(path, **given):
        if str(path) in (closed, str(tmp_path / closed)):
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path, **given)

    def export() -> list[Path]:
        request = ExportRequest(destination=tmp_path / "out")
        return run_export(Catalog.load(Library(root)), Journal.load(Library(root)).history, request).sheets

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(os, "stat", refuse)
    if closed == "out":
        with pytest.raises(ExportError, match=r"out couldn't be written: Permission denied"):
            export()
    else:
        assert len(export()) == 4


def test_a_disk_that_can_t_sync_folders_is_written_to(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    with Folder.at(tmp_path) as folder:
        folder.sync()


def test_settings_that_make_no_sense_are_kept_beside_the_new_ones(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"keys": {"play.toggle": "z"},}')
    assert load_settings(path) == Settings()
    SettingsFile(path).keep(Settings(theme="paper"))
    assert load_settings(path).theme == "paper"
    assert "play.toggle" in (tmp_path / "settings.damaged.json").read_text()


def test_settings_of_a_newer_earmark_outlive_a_change(tmp_path):
    path, digits = tmp_path / "settings.json", "9" * 5_000
    path.write_text(f'{{"theme": "ink", "waves": {{"deep": [1, {digits}]}}, "volume_db": -3}}')
    file = SettingsFile(path)
    file.keep(msgspec.structs.replace(file.kept, theme="paper"))
    assert load_settings(path) == Settings(theme="paper", volume_db=-3)
    kept = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    assert bytes(kept["waves"]).replace(b"\n", b"").replace(b" ", b"") == f'{{"deep":[1,{digits}]}}'.encode()


@pytest.mark.parametrize(
    "make",
    [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.write_bytes(b"[" * 100_000)],
    ids=["pipe", "device", "knot"],
)
def test_settings_that_are_no_file_or_a_knot_hold_nobody_up(tmp_path, make):
    make(path := tmp_path / "settings.json")
    assert load_settings(path) == Settings()
    SettingsFile(path).keep(Settings(theme="paper"))
    assert load_settings(path).theme == "paper"


def test_two_apps_keep_what_was_changed_in_each(tmp_path):
    path = tmp_path / "config" / "settings.json"
    one, other = SettingsFile(path), SettingsFile(path)
    one.keep(Settings(theme="paper", keys={"play.toggle": "z"}))
    other.keep(Settings(volume_db=-6))
    assert load_settings(path) == Settings(theme="paper", keys={"play.toggle": "z"}, volume_db=-6)


def test_settings_that_could_not_be_kept_come_with_the_next_change(tmp_path):
    folder = tmp_path / "config"
    folder.write_text("in the way")
    file = SettingsFile(folder / "settings.json")
    with pytest.raises(SettingsError, match=rf"{folder}"):
        file.keep(Settings(theme="paper"))
    folder.unlink()
    file.keep(Settings(theme="paper", volume_db=-6))
    assert load_settings(folder / "settings.json") == Settings(theme="paper", volume_db=-6)


def test_a_sound_is_the_same_under_whatever_name(root, sounds):
    moved = sounds.rename(sounds.with_name("elsewhere"))
    catalog = Catalog.load(Library(root))
    report = run_import(catalog, ImportRequest([moved]))
    assert (len(report.takes), len(report.updated)) == (0, 3)
    assert all(sound_id(catalog.path_of(take)) == take.id for take in catalog)
    assert json.loads((root / "library.json").read_text()) == {"format": 1}


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A disk of 8 MB that can be made read-only."""
    folder = tmp_path / "disk"
    require(MOUNTING)
    with mounted(folder, "8m"):
        yield folder


def test_a_library_on_a_read_only_disk_is_read_and_says_that_it_can_t_be_written(disk, sounds, tmp_path):
    root = disk / "library"
    take = run_import(Catalog.load(Library(root)), ImportRequest([sounds], copy=True)).takes[0]
    Judge(Journal.load(Library(root)).log("ann")).stars(take.id, 4)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    before = everything(root)
    catalog, journal = Catalog.load(Library(root)), Journal.load(Library(root))
    assert (len(catalog), journal.history.ratings(take.id).stars) == (3, 4)
    assert len(run_export(catalog, journal.history, ExportRequest(destination=tmp_path / "out")).files) == 1
    judge = Judge(journal.log("ann"))
    for write in (lambda: judge.stars(take.id, 1), lambda: BatchWriter(catalog.library)):
        with pytest.raises(LibraryError, match="Read-only") as caught:
            write()
        assert "read-only" in caught.value.remedy
    assert everything(root) == before
    assert journal.history.ratings(take.id).stars == 4
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    judge.stars(take.id, 1)
    assert Journal.load(Library(root)).history.ratings(take.id).stars == 1
