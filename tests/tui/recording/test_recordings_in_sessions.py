"""A recording steers takes; nobody is asked to judge it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from library.catalog import Catalog
from library.take import RECORDING, Take, utc_now
from ratings.listening.plan import new_plan
from tui.listening import Listening
from tui.workspace import Workspace


@pytest.mark.parametrize("selection", ["", "is:unrated"])
def test_a_session_leaves_recordings_out(tmp_path, selection):
    batch = Catalog(tmp_path).new_batch()
    takes = [
        Take(id=f"{number:020x}", batch=batch.name, file=f"{number}.wav", duration_s=5, sample_rate=48_000, channels=1,
             created_at=utc_now(), prompt="harp", generator=generator)
        for number, generator in enumerate(["sketch", RECORDING, None])
    ]  # fmt: skip
    batch.add(takes)
    workspace = Workspace(tmp_path, "ann")
    workspace.refresh()
    chosen = Listening(workspace).chosen_by(new_plan(datetime.now(UTC), selection=selection))
    assert set(chosen) == {takes[0].id, takes[2].id}
