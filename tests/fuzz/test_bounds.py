"""Small files that promise much: refused, or read within bounds; and exports that nothing is done by when opened."""

from __future__ import annotations

import csv
import io
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.errors import AudioError, LibraryError
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.jobs.saving import MAX_TOKEN_BYTES, read_tokens
from library.library import Library
from library.sound import audio
from library.spelling import one_spelling
from library.store.catalog import BatchWriter, Catalog
from library.take import Take
from ratings.errors import JudgementError
from ratings.export import ExportRequest, run_export
from ratings.journal import Journal
from tests.fuzz.hostile import OBEYED, TEXTS
from tests.fuzz.make_corpus import encoded
from tests.judging import Judge

MOST_BYTES = 600 << 20


@pytest.fixture
def memory():
    """At most so many bytes are taken in the test."""
    tracemalloc.start()
    yield
    assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    tracemalloc.stop()


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("frames", [44_100 * 3600 * 3, 2**36 - 1], ids=["3 h", "18 days"])
def test_a_flac_that_promises_more_than_it_holds(tmp_path, frames):
    flac = bytearray(encoded("flac"))
    flac[21] = flac[21] & 0xF0 | frames >> 32
    flac[22:26] = struct.pack(">I", frames & 0xFFFFFFFF)
    path = tmp_path / "liar.flac"
    path.write_bytes(flac)
    there = len(soundfile.read(io.BytesIO(encoded("flac")))[0])
    assert len(audio.read(path)[0]) == there
    assert len(audio.read(path, start=5, frames=10**12)[0]) == there - 5
    assert sum(map(len, audio.stream(path, 1 << 16))) == there
    if frames < 4 * 3600 * 16_000:
        assert "can be read" in audio.examine(path).partial
    else:
        with pytest.raises(AudioError, match="over 4 hours"):
            audio.examine(path)


def test_silence_that_would_unpack_for_minutes_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "MAX_SAMPLES", 1 << 20)
    path = tmp_path / "bomb.flac"
    soundfile.write(path, np.zeros((1 << 18, 8), np.int16), 48_000, subtype="PCM_16")
    assert path.stat().st_size < 10_000
    with pytest.raises(AudioError, match="samples"):
        audio.examine(path)


@pytest.mark.usefixtures("memory")
def test_tokens_that_unpack_to_gigabytes_are_none(tmp_path):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("codes.npy", "w") as file:
        for _ in range((MAX_TOKEN_BYTES >> 20) + 1):
            file.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    assert read_tokens(path) is None


def test_a_prompt_of_ten_megabytes_costs_its_file_alone(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in (1, 2):
        noise = np.random.default_rng(number).uniform(-0.3, 0.3, (800, 1))
        soundfile.write(folder / f"a_s{number}.wav", noise, 8000)
    (folder / "a_s1.wav.json").write_text(json.dumps({"prompt": "x" * 3_900_000}))
    report = run_import(Catalog(Library(tmp_path / "library")), ImportRequest([folder]))
    assert [take.seed for take in report.takes] == [2]
    assert "characters long" in report.failed[0][1]


def test_a_library_whose_name_is_no_text_is_refused(tmp_path):
    with pytest.raises(LibraryError, match="valid text"):
        Catalog(Library(tmp_path / "bad\udcff"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    """An export of takes with every hostile prompt, and notes likewise."""
    root = tmp_path_factory.mktemp("export")
    batch = BatchWriter(Library(root / "library"))
    judge = Judge(Journal(Library(root / "library")).log("ann"))
    for number, text in enumerate(TEXTS.values(), 1):
        path = batch.folder / f"{number}.wav"
        soundfile.write(path, np.random.default_rng(number).uniform(-0.3, 0.3, (800, 1)), 8000)
        take = Take(
            id=audio.sound_id(path), batch=batch.name, file=path.name, duration_s=0.1, sample_rate=8000, channels=1,
            created_at="2026-01-01T00:00:00Z", prompt=text, model=text[:900], generator=text[:900], seed=number,
        )  # fmt: skip
        batch.add([take])
        judge.stars(take.id, 4)
        judge.note(take.id, text)
    library = root / "library"
    run_export(
        Catalog.load(Library(library)), Journal.load(Library(library)).history, ExportRequest(destination=root / "out")
    )
    return root / "out"


def test_no_cell_of_an_export_is_a_formula(exported):
    rows = list(csv.reader(io.StringIO((exported / "ratings.csv").read_text("utf-8-sig"))))
    assert len(rows) == len(TEXTS) + 1
    texts = [cell for row in rows[1:] for cell in row if cell and not cell.replace(".", "").replace("-", "").isdigit()]
    assert any("SUM" in cell for cell in texts)
    assert [cell for cell in texts if cell.strip("\u00a0\t \ufeff\u200b")[:1] in set("=+-@|%＝＋－＠")] == []


@pytest.mark.parametrize("name", ["ratings.csv", "playlist.m3u8", "manifest.json", "SHA256SUMS"])
def test_no_sheet_of_an_export_holds_what_a_terminal_obeys(exported, name):
    text = (exported / name).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    assert [ascii(character) for character in OBEYED if character in text] == []


def test_the_manifest_keeps_every_prompt_in_its_one_spelling(exported):
    files = json.loads((exported / "manifest.json").read_text("utf-8"))["files"]
    assert {file["prompt"] for file in files} == set(map(one_spelling, TEXTS.values()))
    assert all((exported / file["path"]).is_file() and "/" not in file["path"] for file in files)


@pytest.mark.parametrize("place", [1e308, 1e8, -1.0])
def test_a_mark_beyond_all_music_is_neither_taken_nor_read(tmp_path, place):
    judge = Judge(Journal(Library(tmp_path)).log("ann"))
    with pytest.raises(JudgementError):
        judge.mark("0" * 20, place)
    judge.mark("0" * 20, 1.0)
    (path,) = tmp_path.glob("sessions/ann/*.json")
    path.write_text(path.read_text().replace('"position_s":1.0', f'"position_s":{place!r}'))
    journal = Journal.load(Library(tmp_path))
    assert len(journal.history) == 0
    assert [damage.path for damage in journal.damages] == [path]
