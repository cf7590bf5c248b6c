"""What C libraries print is neither among a command's words nor over the app."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[3]
FRAME = 417
"""Bytes of most frames of 128 kbit/s."""


@pytest.fixture
def damaged(tmp_path) -> Path:
    """An MP3 with whole frames of nonsense, which libmpg123 complains about as it goes on."""
    path = tmp_path / "damaged.mp3"
    noise = np.random.default_rng(0).standard_normal((44100 * 2, 2)) * 0.1
    soundfile.write(path, noise, 44100, format="MP3", subtype="MPEG_LAYER_III")
    data, chance = bytearray(path.read_bytes()), random.Random(0)
    places = [at for at in range(20 * FRAME, len(data) - FRAME) if data[at : at + 2] == b"\xff\xfb"]
    for at in places[::2]:
        data[at + 8 : at + 32] = chance.randbytes(24)
    path.write_bytes(data)
    return path


def python(words: list[str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    places = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "CACHE", "DATA", "STATE")}
    environment = {**os.environ, **places, "PYTHONPATH": str(ROOT), "EARMARK_LIBRARY": str(tmp_path / "library")}
    return subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, check=True, timeout=60
    )


def test_an_import_is_told_in_our_words_alone(damaged, tmp_path):
    read = f"from pathlib import Path; from library.sound.audio import read; read(Path({str(damaged)!r}))"
    assert "mpg123" in python(["-c", read], tmp_path).stderr
    done = python(["-m", "tui.cli.main", "import", str(damaged)], tmp_path)
    assert done.stderr == "1 take imported.\n"


def test_the_stream_that_the_app_draws_to_is_not_the_one_that_libraries_print_to(tmp_path):
    script = (
        "import os, sys; from tui.cli.streams import settle_streams; settle_streams(); os.write(2, b'noise');"
        "sys.__stderr__.write('drawn'); sys.__stderr__.flush(); print('said', file=sys.stderr, end='');"
        "os.system('echo from a child >&2')"
    )
    assert python(["-c", script], tmp_path).stderr == "drawnsaid"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_crash(tmp_path, closed):
    line = f"{sys.executable} -m tui.cli.main list --library {tmp_path}/none {closed}"
    done = subprocess.run(["/bin/sh", "-c", line], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == 0


def test_an_encoding_without_our_characters_is_no_crash_and_json_stays_whole(tmp_path):
    soundfile.write(tmp_path / "日本 naïve 👩_s3.wav", np.ones((900, 1)) * 0.1, 44100)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"}

    def earmark(*words: str) -> str:
        command = [sys.executable, "-m", "tui.cli.main", *words, "--library", str(tmp_path / "library")]
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode("latin-1")

    earmark("import", str(tmp_path / "日本 naïve 👩_s3.wav"))
    assert "?? naïve ?" in earmark("list")
    printed = earmark("list", "--json")
    assert printed.isascii()
    assert json.loads(printed)["takes"][0]["prompt"] == "日本 naïve 👩"
