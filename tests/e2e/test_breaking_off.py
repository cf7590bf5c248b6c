"""Ctrl-C in the middle of a command's work: it ends soon, and not as if all had been done."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from library.generators.api import Rendered
from library.jobs.saving import save
from library.library import Library
from library.store.catalog import BatchWriter
from library.take import Recipe
from tests.e2e.conftest import PROGRAM
from tests.needs import LINUX

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.needs(LINUX),  # whose /proc tells of a process's children
]
DEADLINE_S = 60


def heed_ctrl_c() -> None:
    """As a shell starts a program in the foreground, whatever started this test."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_verification_that_is_broken_off_is_no_success(environment, library, tmp_path):
    recipe = Recipe(generator="sketch", prompt="night", seed=1, duration_s=1000.0)
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, (4410, 2)).astype(np.float32)
    take = save(BatchWriter(Library(library)), Rendered(0, recipe, noise, 44100))
    process = subprocess.Popen(
        [*PROGRAM, "verify", take.id],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,  # noqa: PLW1509 - no threads here yet
    )
    deadline = time.monotonic() + DEADLINE_S
    while not children_of(process.pid):
        assert process.poll() is None
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "Stopped. 0 of 1 were compared." in said
    assert "Traceback" not in said


def children_of(pid: int) -> str:
    """The processes that one has started, as Linux tells them: here the worker."""
    return "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
