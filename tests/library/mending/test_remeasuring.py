"""What an older meter measured is measured anew: beside the words, which stay, and in a process of its own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.mending.remeasuring import REMEASURING, Remeasured, has_old_measures, remeasure
from library.mending.repair import repair_library
from library.processes.child import Child
from library.sound.audio import examine
from library.store.catalog import BatchWriter, Catalog, Place
from library.take import MEASURES, METER, Sources, Take, merge


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A stereo and a surround take, as an older Earmark has documented them."""
    rng = np.random.default_rng(3)
    (tmp_path / "sounds").mkdir()
    for channels in (2, 6):
        path = tmp_path / "sounds" / f"of {channels}_s{channels}.wav"
        soundfile.write(path, rng.uniform(-0.2, 0.2, (24_000, channels)), 24_000)
    new = Library(tmp_path / "new")
    run_import(Catalog(new), ImportRequest([tmp_path / "sounds"]))
    old = Library(tmp_path / "old")
    batch = BatchWriter(old)
    for take in Catalog.load(new):
        measures = {"lufs": take.lufs - 0.042, "heard_lufs": None, "heard_peak_db": None, "meter": 0}
        batch.add([msgspec.structs.replace(take, batch=batch.name, **measures)])
    return old


def run(library: Library, stop=lambda: False) -> Remeasured:
    return remeasure(library, stop, lambda _: None)


def measures(take: Take) -> list[object]:
    return [getattr(take, measure) for measure in MEASURES]


def words(take: Take) -> Take:
    return msgspec.structs.replace(take, lufs=None, heard_lufs=None, heard_peak_db=None, meter=0)


def test_old_measures_are_replaced_and_words_stay(library: Library, tmp_path: Path) -> None:
    shard = next(library.batches.glob("*/batch.json"))
    before, written = Catalog.load(library), shard.read_bytes()
    reader = Catalog.load(library)
    _, place = reader.news(Place())
    assert has_old_measures(before)
    assert run(library) == Remeasured(2, 0)
    reader.refresh()
    change, _ = reader.news(place)
    assert len(change.changed) == 2
    assert change.added == []
    for after in (Catalog.load(library), reader):
        assert not has_old_measures(after)
        for take in Catalog.load(Library(tmp_path / "new")):
            assert measures(after.get(take.id)) == measures(take)
            assert words(after.get(take.id)) == words(before.get(take.id))
            assert after.path_of(take) == before.path_of(take)
            assert len(after.documents_of(after.get(take.id))) == 1
    assert shard.read_bytes() == written
    assert run(library) == Remeasured(0, 0)
    assert len(list(library.batches.iterdir())) == 2


def test_a_word_that_was_corrected_meanwhile_stays(library: Library) -> None:
    take = next(iter(Catalog.load(library)))
    correction = {"prompt": "by ear", "told_by": Sources(prompt="sheet"), "created_at": "2026-11-01T00:00:00.000000Z"}
    batch = BatchWriter(library)
    batch.add([msgspec.structs.replace(take, batch=batch.name, **correction)])
    run(library)
    after = Catalog.load(library).get(take.id)
    assert (after.prompt, after.meter) == ("by ear", METER)


def test_an_older_earmark_reads_what_is_written(library: Library) -> None:
    """It takes the document for another one of the same sound, and knows no more of it than before."""
    before = {take.id: take for take in Catalog.load(library)}
    run(library)
    (batch,) = [path for path in library.batches.glob("*/batch.json") if path.parent.name not in
                {take.batch for take in before.values()}]  # fmt: skip
    for document in msgspec.json.decode(batch.read_bytes())["takes"].values():
        old = before[document["id"]]
        for field in ("heard_lufs", "heard_peak_db", "meter"):
            document.pop(field, None)
        assert words(merge([old, msgspec.convert(document, Take)])) == words(old)


def test_sounds_that_are_gone_or_others_now_are_left(library: Library) -> None:
    stereo, surround = sorted(Catalog.load(library), key=lambda take: take.channels)
    Path(stereo.file).unlink()
    soundfile.write(surround.file, np.zeros((100, 6)), 24_000)
    assert run(library) == Remeasured(0, 1)
    assert len(list(library.batches.iterdir())) == 1


def test_surround_comes_first_and_what_is_measured_by_the_end_is_kept(library: Library) -> None:
    asked: list[int] = []

    def count() -> bool:
        asked.append(1)
        return False

    examine(Path(max(Catalog.load(library), key=lambda take: take.channels).file), stop=count)
    while_measured = len(asked)

    def stop() -> bool:
        """When the first one is measured: asked before it, while it is, and before the second."""
        asked.append(1)
        return len(asked) > 2 * while_measured + 1

    assert run(library, stop) == Remeasured(1, 1)
    assert [take.channels for take in Catalog.load(library) if take.meter == METER] == [6]


def test_it_runs_as_a_process_and_in_a_repair(library: Library, tmp_path: Path) -> None:
    heard = []
    child = Child(REMEASURING, (str(library.root),), on_report=lambda _, report: heard.append(report))
    child.start()
    ending = child.wait(60)
    assert (ending.code, heard) == (0, [Remeasured(2, 0)])
    assert not has_old_measures(Catalog.load(library))
    assert [one for one in repair_library(library, ()) if one.part == "loudness"] == []


def test_a_repair_measures_anew(library: Library) -> None:
    (outcome,) = [one for one in repair_library(library, ()) if one.part == "loudness"]
    assert outcome.done
    assert not has_old_measures(Catalog.load(library))


def test_importing_again_measures_anew(library: Library, tmp_path: Path) -> None:
    catalog = Catalog(library)
    report = run_import(catalog, ImportRequest([tmp_path / "sounds"]))
    assert len(report.updated) == 2
    assert not has_old_measures(catalog)
    assert run_import(catalog, ImportRequest([tmp_path / "sounds"])).updated == []
