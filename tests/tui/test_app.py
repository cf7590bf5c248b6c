"""What holds on every screen: takes that can't be played, leaving, the palette, themes, the footer, jobs."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from textual.color import Color

from library.errors import GenerationError
from library.generators.recipes import grid
from library.jobs.events import TakeFailed
from library.jobs.run_and_wait import run_and_wait
from library.library import Library
from library.sound.audio import read, sound_id, write_flac
from library.store.catalog import BatchWriter, Catalog
from library.take import METER, Take
from tests.processes import child
from tui.frame.footer import Footer
from tui.generating.job_list import JobList
from tui.generating.job_queue import JobNews
from tui.generating.new_takes_list import NewTakesList
from tui.playing.player.silent import SilentPlayer

MODES = ("library", "rate", "ranking", "generate")


async def loaded(app, pilot, until):
    await until(pilot, lambda: app.workspace.loaded and app.screen.query(Footer))


def footer(app):
    return app.screen.query_one(Footer).render_line(0).text


def unplayable(app):
    """The notices of takes that can't be played."""
    return [notice for notice in app.notices if notice.severity == "error"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_take_that_cannot_be_decoded_is_told_of_once_on_every_screen(
    open_app, add_takes, until, mode, monkeypatch
):
    takes = add_takes(["a", "b"])
    whole = SilentPlayer.playhead

    def broken(self):
        head = whole(self)
        return replace(head, error="a.flac is [red] cut off.") if head.take == takes[0].id else head

    monkeypatch.setattr(SilentPlayer, "playhead", broken)
    app = open_app(mode)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)

        def is_told():
            if not unplayable(app):  # what is asked about plays by itself, in the place of whatever was on
                app.deck.load(takes[0])
            return unplayable(app)

        await until(pilot, is_told)
        await until(pilot, lambda: any("can't be played" in str(toast.render()) for toast in app.screen.query("Toast")))
        app.deck.load(takes[0])
        await pilot.pause(0.2)
        assert len(unplayable(app)) == 1


async def test_leaving_during_a_job_asks_and_keeps_what_is_finished(open_app, until, root, monkeypatch):
    app = open_app("generate")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        app.queue.submit(grid(["slow"], range(200), generator="sketch", duration_s=20.0))
        await until(pilot, lambda: len(app.workspace.catalog) >= 1)
        worker = child("library.jobs.worker")
        assert worker is not None
        await app.action_quit()
        assert [notice.severity for notice in app.notices] == ["warning"]
        assert app.is_running
        monkeypatch.setattr("tui.app.LEAVE_S", 3600.0)  # the key comes in time, however busy the machine is
        await app.action_quit()
        await until(pilot, lambda: not app.is_running)
    assert 1 <= len(Catalog.load(Library(root))) < 200
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


async def test_what_was_asked_for_is_written_before_leaving(open_app, add_takes, until, root):
    takes = add_takes(["a"])
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.screen.subject() is not None)
        await pilot.press("5", "q")
        await until(pilot, lambda: not app.is_running)
    again = open_app("library")
    again.workspace.refresh()
    assert again.workspace.ratings(takes[0]).stars == 5


async def test_the_worker_is_warm_once_generate_is_open(open_app, add_takes, until):
    add_takes(["a"])
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(app, pilot, until)
        assert app.job_states() == ()
        await pilot.press("g")
        await until(pilot, lambda: child("library.jobs.worker") is not None)
        assert app.job_states() == ()


async def test_generating_by_the_form_and_cancelling_by_key(open_app, until):
    app = open_app("generate")
    async with app.run_test(size=(100, 40)) as pilot:
        await loaded(app, pilot, until)
        await pilot.press(*"slow", "ctrl+g")
        assert [len(job.recipes) for job in app.job_states()] == [4]
        await until(pilot, lambda: "generate.cancel" in app.screen.query_one(Footer).shown)
        await until(pilot, lambda: app.screen.query_one(NewTakesList).finished)
        await pilot.press("enter")
        assert app.deck.playhead().playing
        app.queue.submit(grid(["long"], range(50), generator="sketch", duration_s=60.0))
        await until(pilot, lambda: app.job_states() and app.job_states()[0].recipes[0].prompt == "long")
        await until(pilot, lambda: {"50", "long"} <= set(str(app.screen.query_one(JobList).content).split()))
        await pilot.press("c")
        await until(pilot, lambda: app.job_states() == ())
        await until(pilot, lambda: "stopped" in str(app.screen.query_one(JobList).content))
        assert "done" in str(app.screen.query_one(JobList).content)
        await until(pilot, lambda: "generate.cancel" not in app.screen.query_one(Footer).shown)


async def test_escape_leaves_the_form_first(open_app, until):
    app = open_app("generate")
    async with app.run_test(size=(100, 40)) as pilot:
        await loaded(app, pilot, until)
        await pilot.press("escape")
        assert app.current_mode == "generate"
        await pilot.press("escape")
        assert app.current_mode == "library"


async def test_a_grid_that_stumbles_over_one_stone_is_told_of_once_wherever_one_is(open_app, add_takes, until):
    add_takes(["a"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        for index in range(5):
            app.post_message(JobNews(TakeFailed(job=1, index=index, title="No disk", what="The disk is full.")))
        await until(pilot, lambda: app.notices)
        await pilot.pause()
        assert [notice.severity for notice in app.notices] == ["error"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
async def test_the_footer_helps_at_any_width(open_app, add_takes, until, mode, width):
    add_takes(["a", "b"])
    app = open_app(mode)
    async with app.run_test(size=(width, 30)) as pilot:
        await loaded(app, pilot, until)
        await pilot.press("escape") if mode == "generate" else None
        shown = app.screen.query_one(Footer)
        needed = {"go.help", "go.quit"} if width >= 80 else {"go.help"}
        if width >= 80 and mode != "ranking":  # where nothing is judged, there is no row to play or to judge
            needed |= {"play.toggle", "judge.1"}
        await until(pilot, lambda: needed <= shown.shown)
        assert len(footer(app)) == width - 2
        if width >= 200:
            assert shown.shown >= {"go.export", "judge.undo"}


async def test_a_click_in_the_footer_presses_the_key(open_app, add_takes, until):
    add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(app, pilot, until)
        await pilot.click(Footer, offset=(footer(app).index("Ranking"), 0))
        await until(pilot, lambda: app.current_mode == "ranking")


def contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2.1."""

    def luminance(colour: Color) -> float:
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "least"), [("ink", 4.5), ("paper", 4.5), ("textual-light", 3), ("nord", 3)])
async def test_quiet_words_are_legible(open_app, add_takes, until, theme, least):
    add_takes(["a"])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(app, pilot, until)
        app.theme = theme
        await pilot.pause()
        colours = {
            name: Color.parse(app.theme_variables[name]) for name in ("quiet", "star", "background", "cursor-row")
        }
        assert contrast(colours["quiet"], colours["background"]) >= least
        assert colours["cursor-row"] != colours["background"]


@pytest.mark.parametrize("theme", ["paper", "terminal", "textual-light", "dracula", "ansi-dark", "ansi-light"])
@pytest.mark.parametrize("mode", MODES)
async def test_every_screen_can_be_drawn_in_any_theme(open_app, add_takes, until, theme, mode):
    add_takes(["a", "b"])
    app = open_app(mode)
    async with app.run_test(size=(180, 40)) as pilot:
        await loaded(app, pilot, until)
        app.action_use_theme(theme)
        await pilot.pause()
        assert "Help" in app.export_screenshot() or mode == "generate"
        assert app.settings.theme == theme


async def test_a_key_makes_the_take_longer_without_changing_what_was_heard(open_app, until, root):
    (short,) = run_and_wait(Library(root), grid(["slow"], [3], generator="sketch", duration_s=2.0)).takes
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.screen.subject() is not None)
        await pilot.press("E")
        await until(pilot, lambda: len(app.workspace.catalog) == 2)
    catalog = Catalog.load(Library(root))
    (longer,) = (take for take in catalog if take.id != short.id)
    assert longer.parent == short.id
    assert longer.duration_s == pytest.approx(30.0)
    heard, _ = read(catalog.path_of(short))
    begun, _ = read(catalog.path_of(longer), frames=len(heard))
    np.testing.assert_array_equal(heard, begun)


async def test_an_imported_take_cannot_be_made_longer_and_says_why(open_app, add_takes, until):
    add_takes(["a"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.screen.subject() is not None)
        await pilot.press("E")
        await until(pilot, lambda: [notice.cause for notice in app.notices] == [GenerationError])


async def test_what_an_older_meter_measured_is_measured_anew_behind_the_screens(open_app, root, until, monkeypatch):
    monkeypatch.setattr("tui.open_library.app_with_library.REMEASURE_AFTER_S", 0.1)
    batch = BatchWriter(Library(root))
    write_flac(batch.folder / "old.flac", np.full((8000, 3), 0.1, np.float32), 8000)
    take = Take(
        id=sound_id(batch.folder / "old.flac"), batch=batch.name, file="old.flac", duration_s=1.0, sample_rate=8000,
        channels=3, created_at="2026-01-01T00:00:00Z", lufs=-9.0, true_peak_db=-20.0,
    )  # fmt: skip
    batch.add([take])
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.workspace.catalog.get(take.id).meter == METER)
        assert app.workspace.catalog.get(take.id).heard_peak_db > take.true_peak_db
        assert app.deck.path_of(take) == batch.folder / "old.flac"
    assert child("library.mending.remeasuring") is None


@pytest.mark.parametrize("keys", ["nn", "ss", "ni", "in", "ie", "e?"])
async def test_keys_in_a_burst_open_one_dialogue(open_app, add_takes, until, keys):
    add_takes(["a", "b"])
    app = open_app("rate")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.deck.take is not None)
        for key in keys:
            app.simulate_key("question_mark" if key == "?" else key)
        await until(pilot, lambda: len(app.screen_stack) > 1)
        for _ in range(5):
            await pilot.pause()
        assert len(app.screen_stack) == 2


@pytest.mark.parametrize("mode", MODES)
async def test_the_volume_follows_its_keys_on_every_screen_never_above_full_and_is_remembered(open_app, until, mode):
    app = open_app(mode)
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(app, pilot, until)
        app.screen.set_focus(None)
        await pilot.press("equals_sign", "minus", "minus", "minus", "equals_sign")
        await until(pilot, lambda: app.deck.player.volume_db == -4.0)
    next_time = open_app(mode)
    async with next_time.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: next_time.deck.player.volume_db == -4.0)


@pytest.mark.parametrize("downloads", [True, False])
async def test_a_picture_of_the_screen_is_kept_in_a_folder_that_is_there(open_app, until, home, downloads):
    folder = home / "Downloads" if downloads else home
    folder.mkdir(parents=True, exist_ok=True)
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.deliver_screenshot()
        await until(pilot, lambda: [file for file in folder.glob("*.svg") if file.stat().st_size])


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DOWNLOAD_DIR", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "home"
