"""A library that may not be read or written as a whole: what each command says, and that the rest stays usable."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from tests.judging import Judge
from tests.needs import program, require

POWERS = "-dac_override,-dac_read_search"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root(tmp_path) -> Iterator[Path]:
    """Two batches of a take each, the first one rated by ann, the second one by bob."""
    root: Path = tmp_path / "library"
    for number, listener in enumerate(("ann", "bob"), start=1):
        path = tmp_path / f"night_s{number}.wav"
        soundfile.write(path, np.random.default_rng(number).uniform(-0.5, 0.5, 8000), 8000)
        (take,) = run_import(Catalog.load(Library(root)), ImportRequest([path])).takes
        Judge(Journal.load(Library(root)).log(listener)).stars(take.id, 4)
    yield root
    for path in [root, *(path for path in root.rglob("*") if not path.is_symlink())]:
        path.chmod(0o700)


@pytest.fixture
def run(root, tmp_path) -> Run:
    """Runs `earmark` as one whom permissions bind, as they don't bind root."""
    bound: list[str] = []
    if os.geteuid() == 0:
        require(program("setpriv"))
        bound = ["setpriv", f"--bounding-set={POWERS}", f"--inh-caps={POWERS}"]
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "CACHE", "DATA", "STATE")}

    def earmark(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [*bound, sys.executable, "-m", "tui.cli.main", *map(str, words), "--library", str(root)]
        here = Path(__file__).parents[2]
        environment = {**os.environ, **homes, "PYTHONPATH": str(here), "EARMARK_LISTENER": "ann"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return earmark


def close(path: Path, mode: int = 0) -> Path:
    path.chmod(mode)
    return path


def checks(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def error(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """What the one document says of a command that failed as a whole."""
    document = json.loads(done.stdout)
    assert list(document) == ["error"]
    return document["error"]


@pytest.mark.parametrize("what", ["batches/*", "batches/*/batch.json"])
def test_takes_that_may_not_be_read_are_named_and_the_others_listed(root, run, what):
    closed = close(sorted(root.glob(what))[0])
    listed = run("list", "--json")
    assert (listed.returncode, [take["seed"] for take in json.loads(listed.stdout)["takes"]]) == (0, [2])
    assert f"{closed}" in listed.stderr
    assert "Permission denied" in listed.stderr
    exported = run("export", root.parent / "out", "--json")
    assert (exported.returncode, len(json.loads(exported.stdout)["files"])) == (0, 1)
    assert str(closed) in exported.stderr
    looked = checks(run("doctor", "--json"))["closed files"]
    assert str(closed) in str(looked["detail"])
    assert "chmod" in str(looked["remedy"])


def test_an_export_to_a_folder_that_is_closed_says_so_once(root, run, tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    refused = run("export", tmp_path / "out", "--json")
    assert refused.returncode == 1
    assert error(refused)["what"] == f"{tmp_path}/out couldn't be written: Permission denied."
    assert "choose another folder" in error(refused)["remedy"]


@pytest.mark.parametrize("what", ["sessions/ann", "sessions/ann/*.json"])
def test_judgements_that_may_not_be_read_are_named_beside_the_ranking(root, run, what):
    closed = close(sorted(root.glob(what))[0])
    ranked = run("top", "--json")
    assert (ranked.returncode, len(json.loads(ranked.stdout)["ranking"])) == (0, 1)
    assert str(closed) in ranked.stderr
    refused = run("judge", next(iter(Catalog.load(Library(root)))).id, "--stars", "3")
    if closed.is_dir():
        assert refused.returncode == 1
        assert "Give yourself permission" in refused.stderr
    else:
        assert refused.returncode == 0
    mended = run("doctor", "--repair", "--json")
    assert mended.returncode == 1
    assert str(closed) in str(checks(mended)["closed files"]["detail"])
    assert stat.S_IMODE(closed.stat().st_mode) == 0


def test_a_folder_of_all_judgements_that_may_not_be_read_closes_what_needs_them_and_nothing_else(root, run, tmp_path):
    closed = close(root / "sessions")
    said = f"{closed} can't be read: Permission denied. Give yourself permission"
    for command in (["list", "--json"], ["import", "--json", tmp_path / "night_s1.wav"]):
        done = run(*command)
        assert done.returncode == 0
        assert f"Warning: {said}" in done.stderr
    assert [take["seed"] for take in json.loads(run("list", "--json").stdout)["takes"]] == [1, 2]
    take = next(iter(Catalog.load(Library(root)))).id
    needy = (["list", "--unrated"], ["top"], ["export", tmp_path / "out"], ["judge", take, "--stars", "3"])
    for command in needy:
        refused = run(*command, "--json")
        assert refused.returncode == 1
        assert said in refused.stderr
        assert said.startswith(error(refused)["what"])
    looked = run("doctor", "--json")
    assert looked.returncode == 1
    assert str(closed) in str(checks(looked)["closed files"]["detail"])


def test_a_library_that_may_not_be_written_to_is_read_and_said_so(root, run):
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        close(folder, 0o500)
    before = sorted(root.rglob("*"))
    assert run("list").returncode == run("top").returncode == run("export", root.parent / "out").returncode == 0
    refused = run("judge", next(iter(Catalog.load(Library(root)))).id, "--stars", "3")
    assert refused.returncode == 1
    assert "couldn't be written: Permission denied. Give yourself permission" in refused.stderr
    looked = run("doctor", "--repair", "--json")
    assert looked.returncode == 1
    assert checks(looked)["writing"]["ok"] is False
    assert sorted(root.rglob("*")) == before


def test_a_library_that_is_closed_altogether_is_a_failure_and_no_wrong_usage(root, run):
    close(root)
    refused = run("list", "--json")
    assert refused.returncode == 1
    assert f"{root}/library.json can't be read: Permission denied. Give yourself permission" in refused.stderr
    assert set(error(refused)) == {"title", "what", "remedy"}


def test_one_closed_folder_in_a_library_is_found_by_doctor(root, run):
    closed = close(root / "sessions" / "ann", 0o500)
    looked = checks(run("doctor", "--json"))["writing"]
    assert looked["ok"] is False
    assert str(closed) in str(looked["detail"])


def test_an_empty_marker_is_named_by_every_command_and_mended_by_one(root, run):
    (root / "library.json").write_bytes(b"")
    for command in ("list", "top"):
        refused = run(command)
        assert refused.returncode == 1
        assert str(root / "library.json") in refused.stderr
    looked = run("doctor", "--json")
    assert looked.returncode == 1
    assert "--repair" in str(checks(looked)["library"]["remedy"])
    assert run("doctor", "--repair").returncode == 0
    assert len(json.loads(run("list", "--json").stdout)["takes"]) == 2
