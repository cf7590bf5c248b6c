"""The app on a library that can't be written to, and on a sound that is no longer the take's."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
import soundfile
from textual.widgets import Input

from library.generators.recipes import grid
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from tui.app import make_app
from tui.generating.job_list import JobList
from tui.messages import Opening
from tui.playing.player.silent import SilentPlayer
from tui.session.note_dialog import NoteDialog
from tui.workspace import Workspace

RATE = 8000


@pytest.fixture
def root(tmp_path):
    """A library of two takes of 30 seconds."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    for number in (1, 2):
        write_sound(folder / f"night_s{number}.wav", number)
    run_import(Catalog.load(Library(tmp_path / "library")), ImportRequest([folder]))
    return tmp_path / "library"


def write_sound(path, number):
    noise = np.random.default_rng(number).uniform(-0.5, 0.5, (30 * RATE, 1))
    soundfile.write(path, noise, RATE, subtype="PCM_16")


def open_app(root, tmp_path):
    return make_app(root, listener="ann", player=SilentPlayer(), settings_path=tmp_path / "settings.json")


async def until(pilot, holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        await pilot.pause()


@pytest.fixture
def told(monkeypatch):
    """What the app told, in order."""
    lines = []

    def hear(app):
        notify = app.notify

        def heard(what, **more):
            lines.append(what)
            notify(what, **more)

        monkeypatch.setattr(app, "notify", heard)
        return lines

    return hear


@pytest.mark.parametrize("place", ["sessions", "sessions/ann"])
async def test_a_refusal_to_write_is_told_once_and_writing_goes_on_when_it_can(root, tmp_path, told, place):
    in_the_way = root / place
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("in the way")
    app = open_app(root, tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(app.workspace.catalog) == 2 and app.workspace.loaded)
        lines = told(app)
        take = next(iter(app.workspace.catalog))
        withdrawn = []
        app.withdrawn.subscribe(app, withdrawn.extend)
        for stars in (1, 2, 3):
            app.judge([app.workspace.log.stars(take.id, stars)])
        await until(pilot, lambda: len(withdrawn) == 3)
        assert [line for line in lines if "couldn't be written" in line] == lines[:1]
        in_the_way.unlink()
        app.judge([app.workspace.log.stars(take.id, 5)])
        await until(pilot, lambda: app.workspace.ratings(take).stars == 5)
    assert Journal.load(Library(root)).history.ratings(take.id).stars == 5


async def test_what_could_not_be_saved_is_not_told_as_saved_and_words_are_offered_again(root, tmp_path, told):
    in_the_way = root / "sessions"
    in_the_way.write_text("in the way")
    app = open_app(root, tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(app.workspace.catalog) == 2 and app.workspace.loaded)
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        lines = told(app)
        take = app.screen.subject()
        await pilot.press("u", "4")
        await until(pilot, lambda: any("couldn't be written" in line for line in lines))
        await write_note(app, pilot, "a fine bridge")
        await until(pilot, lambda: app.workspace.unsaved)
        assert not [line for line in lines if line.startswith("Sound")]
        assert not app.workspace.ratings(take).rated
        in_the_way.unlink()
        await pilot.press("u", "4")
        await until(pilot, lambda: any(line.startswith("Sound") for line in lines))
        await write_note(app, pilot, ", weak end")
        await until(pilot, lambda: app.workspace.ratings(take).notes)
        assert not app.workspace.unsaved
    verdict = Journal.load(Library(root)).history.ratings(take.id)
    assert (verdict.sound, [text for text, _ in verdict.notes]) == (4, ["a fine bridge, weak end"])


async def write_note(app, pilot, words):
    """Add words to what stands in the dialogue."""
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, NoteDialog) and app.screen.query(Input))
    await pilot.pause()
    app.screen.query_one(Input).insert_text_at_cursor(words)
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(app.screen, NoteDialog))


async def test_a_job_whose_takes_could_not_be_written_is_not_told_as_done(tmp_path):
    root = tmp_path / "library"
    root.mkdir()
    (root / "batches").write_text("in the way")
    app = make_app(root, opening=Opening("generate"), player=SilentPlayer(), settings_path=tmp_path / "settings.json")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.query(JobList))
        recipes = grid(["night"], (1, 2), generator="sketch", duration_s=0.2)
        app.queue.submit(recipes)
        jobs = app.screen.query_one(JobList)
        await until(pilot, lambda: "2 takes of night  2 failed" in str(jobs.content))
        (root / "batches").unlink()
        app.queue.submit(recipes)
        await until(pilot, lambda: "2 takes of night  done" in str(jobs.content))
    assert len(Catalog.load(Library(root))) == 2


async def test_another_sound_is_not_played_in_a_take_s_place(root, tmp_path, told):
    app = open_app(root, tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(app.workspace.catalog) == 2 and app.workspace.loaded)
        lines = told(app)
        first, second = app.workspace.catalog
        path = app.workspace.catalog.path_of(first)
        write_sound(path, 99)
        os.utime(path, (2e9, 2e9))
        app.deck.load(first)
        await until(pilot, lambda: any("has changed" in line for line in lines))
        await until(pilot, lambda: not app.deck.playhead().playing)
        app.deck.load(second)
        await until(pilot, lambda: app.deck.playhead().playing)
        await until(pilot, lambda: not [worker for worker in app.workers if worker.group == "checking"])
        assert app.deck.playhead().playing


def test_of_many_damaged_files_a_few_are_named(tmp_path):
    for number in range(20):
        shard = tmp_path / "sessions" / "bob" / f"{number:02}.json"
        shard.parent.mkdir(parents=True, exist_ok=True)
        shard.write_bytes(b"{")
        os.utime(shard, (0, 0))
    workspace = Workspace(tmp_path, "ann")
    workspace.refresh()
    lines = workspace.damage_lines()
    assert len(lines) == 4
    assert "17 more" in lines[-1]
    assert workspace.damage_lines() == []
