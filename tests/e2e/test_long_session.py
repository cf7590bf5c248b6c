"""Take after take in the real app, its sound running twenty times as fast, and all else that one does there: nothing
piles up on the way.

Four hours of it are measured by tests/benchmarks/bench_long.py.
"""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.journal import Journal
from tests.benchmarks.bench_long import measure
from tests.benchmarks.long_session import events_in
from tests.needs import LINUX, PORTAUDIO

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.sound, pytest.mark.needs(LINUX, PORTAUDIO)]

ROUNDS, ANSWERS = 2, 6


def test_handles_threads_and_processes_stay_as_they_were(tmp_path):
    root = tmp_path / "library"
    # After the first round every screen and every process that there will be has been used.
    start, first, last = measure(root, ROUNDS, answers=ANSWERS, each_s=0.1, speed=20.0)
    assert last.heard_s > first.heard_s > start.heard_s
    assert {first.audio.pid, last.audio.pid} == {start.audio.pid}, "the audio process was started anew"
    assert last.handles <= first.handles + 2
    assert last.threads <= first.threads + 3, "of a pool that grows up to its size"
    assert last.app.own - first.app.own < 20
    assert last.audio.own - first.audio.own < 5
    assert last.decoder.own - first.decoder.own < 5
    journal = Journal.load(Library(root))
    assert journal.damages == []
    assert events_in(root) >= last.given + ROUNDS
    assert sum(journal.history.ratings(take).rated for take in journal.history.judged()) >= ROUNDS * ANSWERS // 2
