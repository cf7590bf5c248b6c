"""Every benchmark runs, in small, to its last line. How fast anything is, is measured by `make bench`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import AUDIOCRAFT, DIFFUSERS, LINUX, PORTAUDIO, PULSE, program, require

HERE = Path(__file__).parent
NEEDS = {
    "judging": (LINUX,),
    "library": (LINUX,),
    "musicgen": (AUDIOCRAFT,),
    "musicgen_memory": (AUDIOCRAFT, LINUX),
    "spectrogram": (DIFFUSERS,),
    "playback": (LINUX, PORTAUDIO, program("pulseaudio", PULSE), program("parec", PULSE)),
    "start": (LINUX,),
}
ELSEWHERE = {"long"}
"""Run by tests/e2e/test_long_session.py, which looks at its figures as well."""
NAMES = sorted({path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")} - ELSEWHERE)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_its_last_line(name: str, tmp_path: Path) -> None:
    require(*NEEDS.get(name, ()))
    done = subprocess.run(
        [sys.executable, HERE / f"bench_{name}.py"],
        env={**os.environ, "EARMARK_BENCHMARK": "tiny", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) > 0
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [], "left behind"
