"""That a hunt would find what it looks for; `make hunt` goes hunting."""

from __future__ import annotations

import pytest

from tests.hunt.hunting import opened
from tests.needs import LINUX

pytestmark = [pytest.mark.e2e, pytest.mark.needs(LINUX)]


def test_what_a_hunt_looks_for_is_found(tmp_path):
    hunted = opened(tmp_path, takes=4)
    try:
        assert hunted.faults() == []
        hunted.log.parent.mkdir(parents=True, exist_ok=True)
        hunted.log.write_text("Traceback (most recent call last):")
        assert len(hunted.faults()) == 1
        hunted.terminal.press("q")
        hunted.terminal.wait_for("left with 0")
        assert "left with 0" in hunted.faults()[0]
    finally:
        hunted.terminal.close()
