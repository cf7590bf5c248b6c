"""From a prompt to an exported WAV that can be made again: the real program, its worker, and a tiny checkpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parents[4]
PATIENCE_S = 300
"""Importing torch takes its time on a busy machine."""


@pytest.fixture
def earmark(checkpoints, tmp_path):
    """Runs a command of the program; its exit code, what it printed, and what it said beside."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "EARMARK_LIBRARY": str(tmp_path / "library"),
        "EARMARK_LISTENER": "ana",
        "HF_HUB_CACHE": str(checkpoints.hub),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }

    def run(*words: object, fails: bool = False):
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli.main", *map(str, words)],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == int(fails), done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stderr

    return run


def musicgen(model: Path, *words: object, seeds: str = "1-2", seconds: float = 0.5) -> tuple[object, ...]:
    made = ("generate", "harp and flute", "--seeds", seeds, "--generator", "musicgen", "--model", model)
    return (*made, "--duration", seconds, *words, "--json")


def test_from_prompt_to_exported_wav(earmark, checkpoints, tmp_path):
    takes = earmark(*musicgen(checkpoints.text))["takes"]
    assert [take["seed"] for take in takes] == [1, 2]
    assert len({take["id"] for take in takes}) == 2
    preview = takes[1]
    assert preview["duration_s"] == pytest.approx(0.5, abs=0.03)

    longer = earmark("extend", preview["id"], "--to", 1.2, "--json")["take"]
    assert longer["parent"] == preview["id"]
    assert longer["duration_s"] == pytest.approx(1.2, abs=0.03)

    results = earmark("verify", preview["id"], longer["id"], "--json")["results"]
    assert [(result["take"], result["identical"]) for result in results] == [
        (preview["id"], True),
        (longer["id"], True),
    ]

    earmark("judge", longer["id"], "--stars", 5)
    earmark("judge", preview["id"], "--stars", 3)
    earmark("export", tmp_path / "best", "-n", 2, "--json")
    wavs = sorted((tmp_path / "best").glob("*.wav"))
    assert len(wavs) == 2
    for wav, take in zip(wavs, (longer, preview), strict=True):
        exported, rate = soundfile.read(wav, dtype="int32")
        kept, kept_rate = soundfile.read(take["path"], dtype="int32")
        assert rate == kept_rate == 32000
        np.testing.assert_array_equal(exported, kept)
    manifest = (tmp_path / "best" / "manifest.json").read_text()
    assert take["recipe"]["revision"] in manifest


def test_a_continuation_of_a_take_keeps_its_line(earmark, checkpoints):
    first = earmark(*musicgen(checkpoints.text, seeds="1"))["takes"][0]
    steered = ("--draft", first["id"][:10], "--draft-as", "continuation", "--draft-from", "0.3")
    on = earmark(*musicgen(checkpoints.text, *steered, seeds="7", seconds=1))["takes"][0]
    assert on["parent"] == first["id"]
    assert on["recipe"]["draft"] == {"sound": first["id"], "use": "continuation", "until_s": 0.3}
    longer = earmark("extend", on["id"], "--to", 1.4, "--json")["take"]
    assert longer["recipe"]["draft"] == on["recipe"]["draft"]
    results = earmark("verify", on["id"], longer["id"], "--json")["results"]
    assert [result["identical"] for result in results] == [True, True]
    said = earmark(*musicgen(checkpoints.text, *steered[:4], seeds="7", seconds=0.4)[:-1], fails=True)
    assert "s of the draft are kept, and the take is to be 0.4 s long" in said


def test_a_melody_from_a_file_is_found_again_when_the_file_is_gone(earmark, checkpoints, tmp_path):
    hummed = tmp_path / "hummed.wav"
    beats = np.sin(2 * np.pi * 330 * np.arange(16000) / 16000)
    soundfile.write(hummed, 0.3 * beats, 16000)
    steered = ("--draft", hummed, "--draft-as", "melody")
    take = earmark(*musicgen(checkpoints.melody, *steered, seeds="3"))["takes"][0]
    hummed.unlink()
    assert take["parent"] is None
    sound = take["recipe"]["draft"]["sound"]
    assert sound in {known["id"] for known in earmark("list", "--json")["takes"]}
    assert earmark("verify", take["id"], "--json")["results"][0]["identical"]

    refused = ("--draft", sound[:8], "--draft-as", "melody")
    said = earmark(*musicgen(checkpoints.text, *refused, seeds="3")[:-1], fails=True)
    assert "can't follow a melody" in said
