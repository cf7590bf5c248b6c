"""From a prompt to an exported WAV that can be made again, with all three: the real program and its worker, offline."""

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


def test_made_judged_made_again_and_exported(pipelines, tmp_path):
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        "HOME": str(tmp_path), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "EARMARK_LIBRARY": str(tmp_path / "library"),
        "EARMARK_LISTENER": "ana", "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip

    def earmark(*words: object, exit_code: int = 0):
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli.main", *map(str, words), "--json"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == exit_code, done.stderr
        return json.loads(done.stdout)

    def generate(name: str, *words: object, exit_code: int = 0):
        made = ("generate", "harp", "--seeds", 1, "--generator", name, "--model", pipelines / name, "--duration", 0.6)
        return earmark(*made, "--set", "steps=2", *words, exit_code=exit_code)

    known = {entry["name"]: entry for entry in earmark("generators")["generators"]}
    for name in ("riffusion", "ace-step", "stable-audio"):
        assert (known[name]["available"], known[name]["seeded"], known[name]["exact"]) == (True, "yes", True)
        assert {"guidance", "steps", "precision"} <= {setting["name"] for setting in known[name]["settings"]}

    hummed = tmp_path / "hummed.wav"
    soundfile.write(hummed, 0.3 * np.sin(2 * np.pi * 330 * np.arange(16000) / 16000), 16000)
    along = ("--draft", hummed, "--draft-as", "melody")
    takes = [
        *generate("riffusion", "--set", "stereo=no", "--axis", "strength=0.5,1", *along)["takes"],
        *generate("ace-step", "--set", "bpm=120", "--set", "lyrics=la la")["takes"],
        *generate("stable-audio", "--set", "negative=drums")["takes"],
    ]
    hummed.unlink()
    ids = [take["id"] for take in takes]
    assert len(set(ids)) == 4
    licences = [take["recipe"]["licence"] for take in takes]
    assert licences == ["creativeml-openrail-m"] * 2 + ["mit", "stable-audio-community"]
    assert takes[2]["recipe"]["settings"]["bpm"] == 120

    results = earmark("verify", *ids)["results"]
    assert [(result["take"], result["identical"]) for result in results] == [(take, True) for take in ids]

    for take, stars in zip(ids, (5, 2, 4, 3), strict=True):
        earmark("judge", take, "--stars", stars)
    earmark("export", tmp_path / "best", "-n", 1)
    (wav,) = (tmp_path / "best").glob("*.wav")
    exported, rate = soundfile.read(wav, dtype="int32")
    kept, kept_rate = soundfile.read(takes[0]["path"], dtype="int32")
    assert rate == kept_rate == 44100
    np.testing.assert_array_equal(exported, kept)

    assert "isn't safe to open" in _with_pickles(pipelines / "stable-audio", tmp_path / "pickled", earmark)


def _with_pickles(whole: Path, folder: Path, earmark) -> str:
    """What is said of a copy of that pipeline whose weights are pickles."""
    import shutil

    shutil.copytree(whole, folder)
    weights = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    told = earmark("generate", "harp", "--seeds", 1, "--generator", "stable-audio", "--model", folder, exit_code=1)
    return str(told)
