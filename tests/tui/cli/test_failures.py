"""Commands that fail as a whole: words on stderr, and beside `--json` one document that says the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from library.errors import EarmarkError
from tests.needs import AUDIOCRAFT, device
from tui.cli import main, output

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in this process, on a library that is not there yet."""
    monkeypatch.setenv("EARMARK_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> Result:
        return CliRunner().invoke(main.earmark, list(words), standalone_mode=False)

    return command


AS_CONTINUATION = ["--draft-as", "continuation", "--generator", "musicgen"]


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--library", "~nosuchuser/a"],
        ["--library", "~nosuchuser", "top"],
        ["import", "~nosuchuser/a"],
        ["import", ".", "--sheet", "~nosuchuser/a.csv"],
        ["export", "~nosuchuser/a"],
        ["doctor", "--library", "~nosuchuser"],
        pytest.param(
            ["generate", "x", "--seeds", "1", "--draft", "~nosuchuser/a", *AS_CONTINUATION],
            marks=pytest.mark.needs(AUDIOCRAFT),
        ),
        ["list"],
    ],
    ids=" ".join,
)
def test_the_home_of_nobody_is_wrong_usage(tmp_path, words):
    home = "~nosuchuser/music" if words == ["list"] else str(tmp_path)
    told = subprocess.run(
        [sys.executable, "-m", "tui.cli.main", *words],
        env={**os.environ, "EARMARK_LIBRARY": home}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    assert told.stderr.startswith("No such folder: ~nosuchuser")
    assert told.stderr.count("\n") == 1


FAILING = [
    ["judge", "zz", "--stars", "3"],
    ["extend", "zz", "--to", "9"],
    ["more", "zz"],
    ["import", ".", "--sheet", "nowhere.csv"],
    ["import", ".", "--pattern", "{x"],
    ["generate", "x", "--seeds", "1", "--prompts-file", "latin.txt"],
    ["list", "--library", "/dev/null/x"],
    ["top", "--library", "newer"],
    ["export", "out", "--library", "newer"],
    ["verify", "zz", "--library", "newer"],
]


@pytest.mark.parametrize("words", FAILING, ids=" ".join)
def test_one_that_fails_as_a_whole_prints_one_document_that_says_why(run, tmp_path, words):
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "library.json").write_text('{"format": 99}')
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    told = run(*words, "--json")
    failure = told.exception
    assert isinstance(failure, EarmarkError)
    assert told.stdout.count("\n") == 1
    assert json.loads(told.stdout) == {
        "error": {"title": failure.title, "what": failure.what, "remedy": failure.remedy}
    }
    assert run(*words).stdout == ""


def test_one_that_is_stopped_or_meets_a_fault_of_the_system_prints_one_too(run, monkeypatch):
    for fault, title in [(KeyboardInterrupt(), "Stopped"), (OSError(24, "Too many open files"), EarmarkError.title)]:
        monkeypatch.setattr("library.store.catalog.Catalog.load", _raiser(fault))
        told = run("list", "--json")
        assert told.exception is not None
        assert json.loads(told.stdout)["error"]["title"] == title


def test_no_second_document_follows_a_first_one(run, monkeypatch):
    monkeypatch.setattr(output, "PIECE", 1)
    monkeypatch.setattr(output, "takes_json", _raiser(OSError(5, "Input/output error")))
    monkeypatch.setattr(output.Catalog, "__iter__", lambda _: iter([None]))
    told = run("list", "--json")
    assert isinstance(told.exception, OSError)
    assert told.stdout == '{"takes":['


def test_wrong_usage_is_told_on_stderr_alone(run):
    told = run("judge", "zz", "--json")
    assert told.stdout == ""
    assert told.exception is not None


def test_a_command_that_is_not_there_is_told_one_like_it(run):
    assert str(run("lst").exception) == "No such command 'lst'. Did you mean 'list'?"
    assert str(run("zz").exception) == "No such command 'zz'."


def test_what_finds_nothing_says_where_it_looked(run, tmp_path):
    assert run("list").stderr == f"There are no takes in {tmp_path}/library yet.\n"
    assert run("import", ".").stderr == "0 takes imported: no audio files found.\n"
    soundfile.write(tmp_path / "rain_s1.wav", np.ones((900, 1)) * 0.1, 44100)
    told = run("import", "rain_s1.wav", "--pattern", "{model}-{prompt}_s{seed}").stderr
    assert "doesn't match 1 file name," in told
    assert run("list", "--seed", "2").stderr == "No takes match.\n"
    assert "0 takes exported" not in run("export", "out").stderr


def test_a_long_prompt_is_seen_to_be_cut(run, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.ones((900, 1)) * 0.1, 44100)
    (tmp_path / "a.json").write_text(json.dumps({"prompt": "long " * 40}))
    assert run("import", "a.wav").stdout.endswith("long…\n")


@pytest.mark.needs(device("/dev/full"))
@pytest.mark.parametrize(("words", "code"), [("judge zz --stars 3", 1), ("list", 1), ("judge zz", 2)])
def test_messages_that_nothing_takes_are_no_crash(tmp_path, words, code):
    line = f"exec {sys.executable} -m tui.cli.main {words} --library {tmp_path}/none 2>/dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", line], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, b"")


def _raiser(fault: BaseException):
    def fail(*_: object, **__: object) -> None:
        raise fault

    return fail
