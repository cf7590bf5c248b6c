"""A recording, or another draft, steers takes; nobody is asked to judge it who does not ask for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from library.library import Library
from library.store.catalog import BatchWriter
from library.take import DRAFT, RECORDING, Take, utc_now
from ratings.browse import Query
from ratings.session.plan import new_plan
from tui.session.session_controller import SessionController
from tui.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    """Takes 0 and 2 are of a generator and of none; 1 is a recording, 3 a file that was a draft."""
    batch = BatchWriter(Library(tmp_path))
    takes = [
        Take(id=f"{number:020x}", batch=batch.name, file=f"{number}.wav", duration_s=5, sample_rate=48_000, channels=1,
             created_at=utc_now(), prompt="harp", generator=generator)
        for number, generator in enumerate(["sketch", RECORDING, None, DRAFT])
    ]  # fmt: skip
    batch.add(takes)
    workspace = Workspace(tmp_path, "ann")
    workspace.refresh()
    return workspace


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [("", {0, 2}), ("is:unrated", {0, 2}), ("gen:draft", {3}), ("gen:recording is:unrated", {1})],
)
def test_a_session_leaves_drafts_out_unless_they_are_asked_for(workspace, selection, numbers):
    chosen = SessionController(workspace, lambda *_: None).selected_by(new_plan(datetime.now(UTC), selection=selection))
    assert {int(take, 16) for take in chosen} == numbers


def test_so_does_the_list_that_duels_are_among(workspace):
    assert {int(take.id, 16) for take in workspace.view.to_judge(Query.parse("harp"), "ann")} == {0, 2}
