"""A recording on a disk that fails: it is neither thrown away nor lost on its way into the library."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from textual.widgets import Static

from library.jobs.drafts import keep_recording
from library.library import Library
from library.store.catalog import Catalog
from tui.app import make_app
from tui.playing.player.silent import SilentPlayer
from tui.playing.recording.folder import new_path
from tui.playing.recording.record_dialog import RecordDialog


@pytest.fixture
def recording(tmp_path) -> Path:
    """One that was left undecided."""
    path = new_path(tmp_path / "recordings")
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.random.default_rng(1).uniform(-0.5, 0.5, (8000, 1)), 8000, subtype="PCM_24")
    return path


async def test_one_that_can_t_be_read_now_is_there_when_it_can(recording, tmp_path, monkeypatch):
    whole = os.open

    def refuse(path, *given, **where):
        if Path(path).name == recording.name:
            raise OSError(errno.EIO, "Input/output error")
        return whole(path, *given, **where)

    monkeypatch.setattr(os, "open", refuse)
    app = make_app(tmp_path / "lib", player=SilentPlayer(), settings_path=tmp_path / "settings.json")
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(RecordDialog(app, recording.parent))
        deadline = time.monotonic() + 60
        status = ""
        while "Input/output error" not in status:
            assert time.monotonic() < deadline, status
            await pilot.pause()
            status = " ".join(str(one.content) for one in app.screen.query("#status").results(Static))
    assert recording.is_file()


def test_one_that_can_t_be_removed_is_in_the_library_all_the_same(recording, tmp_path, monkeypatch):
    catalog = Catalog(Library(tmp_path / "lib"))

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", refuse)
        take = keep_recording(catalog, recording, "Recording of today")
    assert Catalog.load(Library(tmp_path / "lib")).get(take.id) == take
    assert recording.is_file()
