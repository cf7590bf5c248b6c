"""Packs of real takes, made again in another library; and files that only say that they are packs."""

from __future__ import annotations

import io
import json
import struct
import zipfile
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
from library.purging.purge import purge
from library.sound.audio import sound_id
from library.store.catalog import Catalog
from library.take import Draft, Take
from ratings.errors import ExportError, PackError
from ratings.journal import Journal
from ratings.judgement import Retraction
from ratings.pack.contents import Pack
from ratings.pack.making import Made, make_pack
from ratings.pack.opening import open_pack
from ratings.pack.packing import write_pack
from tests.judging import Judge
from tui.cli.pack import command

MODEL = "/home/ann/models/mine"


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A library of two sketches and an imported take, judged by ann and ben."""
    root = tmp_path_factory.mktemp("packed") / "library"
    made = run_and_wait(Library(root), grid(["night"], (1, 2), generator="sketch", duration_s=0.5)).takes
    file = root.parent / "mine_s9.wav"
    soundfile.write(file, np.random.default_rng(9).uniform(-0.5, 0.5, 8000), 8000)
    (imported,) = run_import(Catalog.load(Library(root)), ImportRequest([file])).takes
    journal = Journal.load(Library(root))
    ann, ben = (Judge(journal.log(name)) for name in ("ann", "ben"))
    ann.stars(made[0].id, 5)
    ben.duel(made[0].id, made[1].id, "take")
    ann.note(made[1].id, "too loud")
    ann.label([made[0].id], add=["live"])
    ben.stars(imported.id, 2)
    return root


def load(root: Path) -> tuple[Catalog, Journal]:
    return Catalog.load(Library(root)), Journal.load(Library(root))


def pack(root: Path, file: Path, *, sounds: bool = False, takes: list[Take] | None = None) -> Path:
    catalog, journal = load(root)
    chosen = list(catalog) if takes is None else takes
    done = write_pack(catalog, journal.history, file, chosen, sounds=sounds)
    assert (done.files, done.failed) == ([file], [])
    return file


def make(root: Path, file: Path) -> Made:
    return make_pack(*load(root), file)


def sketched(catalog: Catalog) -> list[Take]:
    return sorted((take for take in catalog if take.recipe is not None), key=lambda take: take.seed or 0)


def test_recipes_and_judgements_come_out_identical_elsewhere_and_once(root, tmp_path):
    file = pack(root, tmp_path / "p.zip")
    assert file.stat().st_size < 20_000
    done = make(tmp_path / "other", file)
    (imported,) = (take for take in Catalog.load(Library(root)) if take.recipe is None)
    assert [name for name, _ in done.failed] == [imported.id]
    catalog, journal = load(tmp_path / "other")
    first, second = sketched(catalog)
    assert done.identical == {first.id, second.id} == {take.id for take in done.takes}
    assert all(sound_id(catalog.path_of(take)) == take.id for take in catalog)
    assert journal.history.ratings(first.id).stars == 5
    assert journal.history.ratings(first.id).labels == ("live",)
    assert set(journal.history.listeners()) == {"ann", "ben"}
    assert done.judgements == len(journal.history) == 3

    again = make(tmp_path / "other", file)
    assert (again.judgements, again.identical) == (0, done.identical)
    assert len(Catalog.load(Library(tmp_path / "other"))) == 2
    assert len(Journal.load(Library(tmp_path / "other")).history) == 3
    home = make(root, file)
    assert (home.judgements, len(home.takes), home.failed) == (0, 3, [])


def test_with_sounds_imported_takes_come_along(root, tmp_path):
    done = make(tmp_path / "other", pack(root, tmp_path / "p.zip", sounds=True))
    catalog, journal = load(tmp_path / "other")
    assert (len(catalog), done.failed, len(done.takes), len(done.identical)) == (3, [], 3, 2)
    assert all(catalog.owns_sound(take) and sound_id(catalog.path_of(take)) == take.id for take in catalog)
    (imported,) = (take for take in catalog if take.recipe is None)
    assert (imported.prompt, imported.seed) == ("mine", 9)
    assert imported.lufs == pytest.approx(Catalog.load(Library(root)).find(imported.id).lufs)
    assert len(journal.history) == 4


def test_what_comes_out_otherwise_is_kept_as_what_it_is_and_gets_nobody_s_judgements(root, tmp_path):
    file = pack(root, tmp_path / "p.zip")
    first, _ = sketched(Catalog.load(Library(root)))
    edit(file, lambda document: document["takes"][0]["recipe"].update(seed=77) or document["takes"][0].update(seed=77))
    done = make(tmp_path / "other", file)
    catalog, journal = load(tmp_path / "other")
    ((packed, made),) = done.otherwise.items()
    assert packed == first.id
    assert catalog.find(made).seed == 77
    assert first.id not in catalog
    assert len(done.identical) == 1
    assert journal.history.judged() == [next(iter(done.identical))]


def test_drafts_go_along_and_a_purged_take_is_made_again_for_its_sound(root, tmp_path):
    library = tmp_path / "library"
    made = run_and_wait(Library(library), grid(["dusk"], (1,), generator="sketch", duration_s=0.5)).takes[0]
    file = tmp_path / "hum.wav"
    soundfile.write(file, np.random.default_rng(3).uniform(-0.5, 0.5, 8000), 8000)
    catalog = Catalog.load(Library(library))
    (draft,) = run_import(catalog, ImportRequest([file], copy=True)).takes
    purge(catalog, [made])
    steered = msgspec.structs.replace(
        made, recipe=msgspec.structs.replace(made.recipe, draft=Draft(sound=draft.id, use="melody"))
    )
    history = Journal.load(Library(library)).history
    assert write_pack(catalog, history, tmp_path / "p.zip", [made], sounds=True).failed == []
    with zipfile.ZipFile(tmp_path / "p.zip") as entries:
        assert set(entries.namelist()) == {"pack.json", f"sounds/{made.id}.flac"}
    assert write_pack(catalog, history, tmp_path / "p.zip", [steered]).failed == []
    with zipfile.ZipFile(tmp_path / "p.zip") as entries:
        assert set(entries.namelist()) == {"pack.json", f"drafts/{draft.id}.wav"}
    make(tmp_path / "other", tmp_path / "p.zip")
    assert Catalog.load(Library(tmp_path / "other")).find(draft.id).generator == "draft"


def test_a_pack_tells_no_path_of_this_machine(root, tmp_path):
    catalog, journal = load(root)
    takes = [
        msgspec.structs.replace(
            take,
            model="/home/ann/models/mine",
            recipe=msgspec.structs.replace(take.recipe, model="/home/ann/models/mine"),
        )
        for take in sketched(catalog)
    ]
    write_pack(catalog, journal.history, tmp_path / "p.zip", takes, sounds=True)
    with zipfile.ZipFile(tmp_path / "p.zip") as entries:
        for name in entries.namelist():
            assert b"/home/" not in entries.read(name)
            assert str(root.parent).encode() not in entries.read(name)


def edit(file: Path, change) -> None:
    """Rewrite the document of a pack."""
    with zipfile.ZipFile(file) as entries:
        document = json.loads(entries.read("pack.json"))
        others = {name: entries.read(name) for name in entries.namelist() if name != "pack.json"}
    change(document)
    write_zip(file, {"pack.json": json.dumps(document).encode(), **others})


def write_zip(file: Path, contents: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(file, "w", kind) as entries:
        for name, data in contents.items():
            entries.writestr(name, data)


def document(**more) -> bytes:
    return msgspec.json.encode({"format": 1, "takes": [], "judgements": []} | more)


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("sounds/" + "a" * 20 + ".flac")
    entry.external_attr = 0o120777 << 16
    return entry


def zipped(entries: list[tuple[str | zipfile.ZipInfo, bytes]], kind: int = zipfile.ZIP_STORED) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", kind) as made:
        for name, data in entries:
            made.writestr(name, data)
    return into.getvalue()


HOSTILE = {
    "empty": b"",
    "no zip": b"hello" * 100,
    "cut off": zipped([("pack.json", document())])[:-30],
    "no document": zipped([("other.json", b"{}")]),
    "no json": zipped([("pack.json", b"{")]),
    "newer": zipped([("pack.json", document(format=2))]),
    "deep": zipped([("pack.json", b"[" * 100_000)]),
    "endless": zipped([("pack.json", b" " * (300 << 20))], zipfile.ZIP_DEFLATED),
    "bad take": zipped([("pack.json", document(takes=[{"id": "../../x"}]))]),
    "many entries": zipped([("pack.json", document())])[:-12] + struct.pack("<HHIIH", 65535, 65535, 1 << 31, 0, 0),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_pack_is_refused_and_nothing_is_written(tmp_path, name):
    (tmp_path / "p.zip").write_bytes(HOSTILE[name])
    with pytest.raises(PackError):
        make(tmp_path / "library", tmp_path / "p.zip")
    assert not (tmp_path / "library").exists()


def test_a_pipe_and_a_folder_are_refused(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none"):
        with pytest.raises(PackError):
            make(tmp_path / "library", path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_of_one_name_are_refused(tmp_path):
    (tmp_path / "p.zip").write_bytes(zipped([("pack.json", document()), ("pack.json", document())]))
    with pytest.raises(PackError, match="one name"), open_pack(tmp_path / "p.zip"):
        pass


def test_nothing_leaves_its_place_whatever_it_is_called(root, tmp_path):
    file = pack(root, tmp_path / "p.zip", sounds=True)
    with zipfile.ZipFile(file) as entries:
        contents = [(name, entries.read(name)) for name in entries.namelist()]
    sound = next(data for name, data in contents if name.startswith("sounds/"))
    odd: list[tuple[str | zipfile.ZipInfo, bytes]] = [
        ("../escaped.flac", sound), ("/tmp/escaped.flac", sound), ("sounds/../../escaped.flac", sound),
        (link(), b"/etc/passwd"), ("sounds/" + "b" * 20 + ".flac", sound), ("sounds/" + "c" * 20 + ".sh", b"#!/bin/sh"),
    ]  # fmt: skip
    file.write_bytes(zipped([*contents, *odd]))
    before = set(tmp_path.rglob("*"))
    done = make(tmp_path / "library", file)
    assert len(done.takes) == 3
    assert len([name for name, reason in done.failed if "no place" in reason]) == 4
    new = set(tmp_path.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path / "library") for path in new)
    assert not any(path.suffix == ".sh" or path.is_symlink() for path in new)


def test_a_sound_that_is_another_one_is_not_taken_for_the_take(root, tmp_path):
    file = pack(root, tmp_path / "p.zip", sounds=True)
    (imported,) = (take for take in Catalog.load(Library(root)) if take.recipe is None)
    other = io.BytesIO()
    soundfile.write(other, np.zeros(800), 8000, format="WAV")
    with zipfile.ZipFile(file) as entries:
        contents = {name: entries.read(name) for name in entries.namelist()}
    write_zip(file, contents | {f"sounds/{imported.id}.wav": other.getvalue()})
    done = make(tmp_path / "library", file)
    assert [name for name, _ in done.failed] == [imported.id]
    assert imported.id not in Catalog.load(Library(tmp_path / "library"))


def test_a_pack_takes_nothing_back_and_says_nothing_in_the_future(root, tmp_path):
    file = pack(root, tmp_path / "p.zip")
    _, journal = load(root)
    mine = next(event for event in journal.history.live() if event.listener == "ann")
    undo = Retraction(
        id="evil", take=mine.take, listener="ann", session="s", at="2026-01-01T00:00:00Z", retracts=mine.id
    )
    late = msgspec.structs.replace(mine, id="late", at="9999-01-01T00:00:00Z")
    odd = msgspec.structs.replace(mine, id="odd", listener="a\x1b[31m")
    edit(file, lambda one: one["judgements"].extend(msgspec.to_builtins([undo, late, odd])))
    done = make(root, file)
    assert done.failed == [("judgements", "3 make no sense, and were left out.")]
    assert mine.id in Journal.load(Library(root)).history


def test_where_it_goes(root, tmp_path):
    pack(root, tmp_path / "p.zip")
    pack(root, tmp_path / "p.zip")
    (tmp_path / "own.zip").write_bytes(zipped([("mine", b"1")]))
    with pytest.raises(ExportError, match="already"):
        pack(root, tmp_path / "own.zip")
    with pytest.raises(ExportError, match="library"):
        pack(root, root / "p.zip")
    with open_pack(tmp_path / "p.zip") as opened:
        assert isinstance(opened.pack, Pack)
        assert opened.junk == []


def test_on_the_command_line(root, tmp_path):
    def run(*words: str, library: Path = root):
        return CliRunner().invoke(command, [*words, "--library", str(library)])

    first, _ = sketched(Catalog.load(Library(root)))
    done = run(str(tmp_path / "p.zip"), first.id[:8], "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["files"] == [str(tmp_path / "p.zip")]
    made = run(str(tmp_path / "p.zip"), "--make", "--json", library=tmp_path / "other")
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    assert ([take["id"] for take in document["takes"]], document["failed"], document["identical"]) == (
        [first.id],
        [],
        1,
    )
    assert "packed" in run(str(tmp_path / "q.zip"), "night", "-n", "1").output
    assert run(str(tmp_path / "r.zip"), "nothing like it").exit_code == 1
    assert run(str(tmp_path / "none.zip"), "--make").exit_code == 1
