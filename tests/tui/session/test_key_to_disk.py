"""From the key to the disk and back: one judgement, made at the key press, whatever the disk takes its time for."""

from __future__ import annotations

import errno
import os
import threading

import pytest

from library.take import utc_now
from ratings.judgement import Pick
from tests.tui.session.sessions import PROMPTS, begun, last, live


class Disk:
    """Confirms what is written when the test says so, or refuses it."""

    def __init__(self):
        self.reached, self._go_on = threading.Event(), threading.Event()
        self.full = False
        self._fsync = os.fsync

    def hold(self):
        self.reached.clear()
        self._go_on.clear()

    def go_on(self):
        self._go_on.set()

    def fsync(self, handle):
        self.reached.set()
        assert self._go_on.wait(60)
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._fsync(handle)


@pytest.fixture
def disk(monkeypatch):
    """Holds all writing back from now on."""
    disk = Disk()
    monkeypatch.setattr(os, "fsync", disk.fsync)
    yield disk
    disk.go_on()


async def test_one_value_of_the_key_s_time_comes_to_the_file_the_history_and_the_screens(
    open_app, add_takes, until, root, request
):
    add_takes(PROMPTS)
    app, shown = open_app(), []
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        app.judged.subscribe(app, shown.extend)
        disk = request.getfixturevalue("disk")
        await pilot.press("4")
        await until(pilot, disk.reached.is_set)
        (answer,) = app.screen.session.answers
        after_the_key = utc_now()
        assert shown == app.workspace.history.live() == live(root) == []
        disk.go_on()
        await until(pilot, lambda: shown)
        assert shown == app.workspace.history.live() == live(root) == app.screen.session.answers == [answer]
        assert answer.at < after_the_key


async def test_keys_that_are_faster_than_the_disk_keep_their_order_and_see_one_another(
    open_app, add_takes, until, root, request
):
    add_takes(PROMPTS)
    app, shown = open_app(), []
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        app.judged.subscribe(app, shown.extend)
        disk = request.getfixturevalue("disk")
        await pilot.press("4", "p", "2", "3", "ctrl+z", "ctrl+z")
        assert len(app.screen.session.answers) == 3
        disk.go_on()
        await until(pilot, lambda: len(shown) == 6)
        assert [one.id for one in shown] == sorted(one.id for one in shown)
        assert [one.at for one in shown] == sorted({one.at for one in shown})
        stars, pick = app.workspace.history.live()
        assert (stars, type(pick)) == (shown[0], Pick)
        assert app.screen.session.answers == [stars]
    assert live(root) == [stars, pick]


async def test_what_could_not_be_written_is_withdrawn_and_nothing_else(open_app, add_takes, until, root, request):
    add_takes(PROMPTS)
    app, withdrawn = open_app(), []
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await begun(app, pilot, until)
        await pilot.press("4")
        await until(pilot, lambda: len(live(root)) == 1 and "★" in last(app))
        kept = live(root)
        app.withdrawn.subscribe(app, withdrawn.extend)
        disk = request.getfixturevalue("disk")
        disk.full = True
        await pilot.press("2")
        await until(pilot, disk.reached.is_set)
        assert app.screen.session.answers[:-1] == kept
        lost = app.screen.session.answers[-1]
        disk.go_on()
        await until(pilot, lambda: withdrawn)
        assert withdrawn == [lost]
        assert app.screen.session.answers == app.workspace.history.live() == live(root) == kept
        assert last(app)
        assert "★" not in last(app)
        disk.full = False
        await pilot.press("5")
        await until(pilot, lambda: len(live(root)) == 2)
        assert app.screen.session.answers == live(root)
        assert lost.id not in {one.id for one in live(root)}
