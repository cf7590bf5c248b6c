"""From prompts and drafts to exported WAVs that can be made again: the real program, its worker, tiny checkpoints."""

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
    """Runs a command of the program; what it printed as JSON."""
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

    def run(*words: object, exit_code: int = 0):
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli.main", *map(str, words)],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        run.stderr = done.stderr
        assert done.returncode == exit_code, done.stderr
        return json.loads(done.stdout) if "--json" in words else None

    run.stderr = ""
    return run


def musicgen(model: Path, *words: object, seeds: str, seconds: float = 0.5) -> tuple[object, ...]:
    made = ("generate", "harp and flute", "--seeds", seeds, "--generator", "musicgen", "--model", model)
    return (*made, "--duration", seconds, *words, "--json")


def test_from_prompts_and_drafts_to_exported_wavs_that_can_be_made_again(earmark, checkpoints, tmp_path):
    """Each command has a worker that loads the model anew, so one library serves for all."""
    takes = earmark(*musicgen(checkpoints.text, seeds="1-2"))["takes"]
    assert [take["seed"] for take in takes] == [1, 2]
    assert len({take["id"] for take in takes}) == 2
    preview = takes[1]
    assert preview["duration_s"] == pytest.approx(0.5, abs=0.02)  # a token lasts as long

    steered = ("--draft", preview["id"][:10], "--draft-as", "continuation", "--draft-from", "0.3")
    on = earmark(*musicgen(checkpoints.text, *steered, seeds="7", seconds=1))["takes"][0]
    assert on["parent"] == preview["id"]
    assert on["recipe"]["draft"] == {"sound": preview["id"], "use": "continuation", "until_s": 0.3}
    longer = earmark("extend", on["id"], "--to", 1.4, "--json")["take"]
    assert (longer["parent"], longer["recipe"]["draft"]) == (on["id"], on["recipe"]["draft"])
    assert longer["duration_s"] == pytest.approx(1.4, abs=0.02)

    hummed = tmp_path / "hummed.wav"
    beats = np.sin(2 * np.pi * 330 * np.arange(16000) / 16000)
    soundfile.write(hummed, 0.3 * beats, 16000)
    along = ("--draft", hummed, "--draft-as", "melody")
    melody = earmark(*musicgen(checkpoints.melody, *along, seeds="3"))["takes"][0]
    hummed.unlink()
    assert melody["parent"] is None
    assert melody["recipe"]["draft"]["sound"] in {known["id"] for known in earmark("list", "--json")["takes"]}

    ids = [take["id"] for take in (preview, on, longer, melody)]
    results = earmark("verify", *ids, "--json")["results"]
    assert [(result["take"], result["identical"]) for result in results] == [(take, True) for take in ids]

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
    assert preview["recipe"]["revision"] in manifest


def test_a_prompt_that_is_one_with_another_is_told_and_not_counted(earmark, checkpoints):
    told = earmark("generate", "日本", "中国", "--seeds", "1", "--generator", "musicgen", "--model", checkpoints.text,
                   "--duration", 0.2, "--device", "cuda", "--json", exit_code=1)  # fmt: skip
    assert [take["prompt"] for take in told["takes"]] == ["日本"]
    (failed,) = told["failed"]
    assert (failed["prompt"], failed["seed"]) == ("中国", 1)
    assert "the same as “日本” to the model" in failed["reason"]
    before, *after = earmark.stderr.splitlines()
    assert before.startswith("“中国” is the same as “日本” to the model")
    assert before not in after, "once, before the worker loads the model"
    if told["takes"][0]["recipe"]["fingerprint"]["device"] == "cpu":
        assert [line for line in after if line.endswith("The CPU takes over.")]
    earmark("generate", "harp", "--seeds", "1", "--device", "gpu", exit_code=2)
    earmark("generate", "harp", "--seeds", "1", "--device", "cuda", exit_code=2)  # the sketcher has no choice
    assert [take["prompt"] for take in earmark("list", "--json")["takes"]] == ["日本"]
