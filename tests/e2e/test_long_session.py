"""Take after take in the real app, with its sound running twenty times as fast: nothing piles up on the way.

Four hours of it are measured by tests/benchmarks/bench_long.py.
"""

from __future__ import annotations

import ctypes.util
import os
import sys

import pytest

from ratings.journal import Journal
from tests.benchmarks.long_session import make_takes, sit

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.sound]

TAKES, EVERY = 36, 9


def test_handles_threads_and_processes_stay_as_they_were(tmp_path):
    if sys.platform != "linux" or ctypes.util.find_library("portaudio") is None:
        assert not os.environ.get("CI"), "PortAudio is missing: apt-get install libportaudio2"
        pytest.skip("PortAudio, or Linux's ALSA and /proc, are missing")
    root = tmp_path / "library"
    make_takes(root, TAKES + 4)
    first, *rest = sit(root, TAKES, each_s=0.1, every=EVERY, speed=20.0)
    assert [one.takes for one in rest] == [2 * EVERY, 3 * EVERY, 4 * EVERY]
    # By then every screen and every thread that there will be has been used.
    second, last = rest[0], rest[-1]
    assert last.heard_s > second.heard_s > first.heard_s
    assert {one.audio for one in rest} == {first.audio}, "the audio process was started anew"
    assert last.handles <= second.handles
    assert last.threads <= second.threads + 1, "of a pool that grows up to its size"
    assert last.app_mb - second.app_mb < 20
    assert last.audio_mb - second.audio_mb < 5
    assert last.decoder_mb - second.decoder_mb < 5
    history = Journal.load(root).history
    assert sum(history.verdict(take).rated for take in history.judged()) == TAKES
