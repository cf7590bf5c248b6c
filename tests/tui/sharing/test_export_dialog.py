"""The dialogue for taking the best away: nonsense is answered in it, and nothing there is overwritten."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from textual.widgets import Input, Select, Static

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog
from ratings.errors import ExportError
from ratings.filtering.collections import Collections
from ratings.journal import Journal
from tests.judging import Judge
from tui.sharing.export_dialog import ExportDialog


def said(app):
    return str(app.screen.query_one("#status", Static).content)


def foretold(app):
    return str(app.screen.query_one("#forecast", Static).content).splitlines()


async def opened(app, pilot, until, folder):
    await until(pilot, lambda: app.workspace.loaded)
    await pilot.press("e")
    await until(pilot, lambda: isinstance(app.screen, ExportDialog) and app.screen.query("#status"))
    app.screen.query_one("#folder", Input).value = str(folder)


@pytest.fixture
def judged(root, tmp_path):
    """Three takes with stars."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        samples = np.random.default_rng(number).uniform(-0.5, 0.5, 8000).astype(np.float32)
        soundfile.write(folder / f"rain_s{number}.wav", samples, 8000)
    takes = run_import(Catalog(Library(root)), ImportRequest(paths=(folder,))).takes
    judge = Judge(Journal.load(Library(root)).log("bob"))
    for take, stars in zip(takes, (2, 4, 5), strict=True):
        judge.stars(take.id, stars)
    return takes


async def test_the_best_are_written_and_a_second_time_nothing_is_overwritten(open_app, judged, until, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, out)
        app.screen.query_one("#stars", Input).value = "4"
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
        wavs = sorted(out.glob("*.wav"))
        assert len(wavs) == 2
        wavs[0].write_bytes(b"mine")
        before = {path: path.read_bytes() for path in out.iterdir()}
        await opened(app, pilot, until, out)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
        assert {path: path.read_bytes() for path in before} == before
        assert len(list(out.glob("*.wav"))) > 2


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("count", "many"),
        ("count", "0"),
        ("count", "-3"),
        ("count", "2.5"),
        ("count", "nan"),
        ("count", "inf"),
        ("per-prompt", "1e999"),
        ("per-prompt", "0"),
        ("stars", "four"),
        ("stars", "-1"),
        ("normalize", "7"),
        ("normalize", "-999"),
        ("normalize", "nan"),
        ("folder", ""),
    ],
)
async def test_nonsense_is_answered_and_nothing_is_written(open_app, judged, until, tmp_path, field, text):
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / "out")
        app.screen.query_one(f"#{field}", Input).value = text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen.error, ExportError))
        assert text in said(app)
        assert not (tmp_path / "out").exists()


async def test_a_file_in_the_way_the_library_and_conditions_that_nothing_meets(open_app, judged, until, root, tmp_path):
    (tmp_path / "out").write_text("mine")
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / "out")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen.error, ExportError))
        assert (tmp_path / "out").read_text() == "mine"
        in_the_way = app.screen.error
        app.screen.query_one("#folder", Input).value = str(root / "best")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.error not in (None, in_the_way))
        assert not (root / "best").exists()
        app.screen.query_one("#folder", Input).value = str(tmp_path / "other")
        app.screen.query_one("#picks").value = True
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.outcome is not None)
        assert not app.screen.outcome.done
        assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_it_fits(open_app, judged, until, tmp_path, size):
    app = open_app("library")
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot, until, tmp_path)
        await until(pilot, lambda: len(foretold(app)) > 3)
        await pilot.pause()
        assert app.screen.query_one("#go").region.bottom < size[1]
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))


async def test_what_matches_is_shown_before_anything_is_written(open_app, judged, until, root, tmp_path):
    Judge(Journal.load(Library(root)).log("bob")).label([judged[0].id], add=["live"])
    Collections(Library(root), "ann", "x").keep("good ones", "stars:>=4")
    app = open_app("library")
    async with app.run_test(size=(100, 40)) as pilot:
        await opened(app, pilot, until, tmp_path / "out")
        await until(pilot, lambda: foretold(app)[:1] == ["3 takes, 3 s"])
        app.screen.query_one("#format", Select).value = "mp3"
        app.screen.query_one("#name", Input).value = "{rank} {prompt}"
        await until(pilot, lambda: foretold(app)[1:] == ["1 rain.mp3", "2 rain.mp3", "3 rain.mp3"])
        assert app.screen.query_one("#subtype").disabled
        app.screen.query_one("#which", Select).value = 'label:"live"'
        await until(pilot, lambda: foretold(app) == ["1 take, 1 s", "1 rain.mp3"])
        await until(pilot, lambda: len(app.screen.query_one("#which", Select)._options) == 4)  # noqa: SLF001
        app.screen.query_one("#which", Select).value = "stars:>=4"
        await until(pilot, lambda: foretold(app)[:1] == ["2 takes, 2 s"])
        app.screen.query_one("#name", Input).value = "{foo}"
        await until(pilot, lambda: "a field" in foretold(app)[0])
        app.screen.query_one("#name", Input).value = ""
        app.screen.query_one("#filter", Input).value = "foo:bar"
        await until(pilot, lambda: "no filter foo" in foretold(app)[0])
        app.screen.query_one("#filter", Input).value = "label:live"
        await until(pilot, lambda: foretold(app)[:1] == ["1 take, 1 s"])
        assert not (tmp_path / "out").exists()
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
    (mp3,) = (tmp_path / "out").glob("*.mp3")
    assert mp3.name == f"01_rain_s0_{judged[0].id[:8]}.mp3"


async def test_the_filter_of_the_list_is_what_goes(open_app, judged, until, tmp_path):
    app = open_app("library")
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        await pilot.press("slash", *"seed:1", "enter")
        await opened(app, pilot, until, tmp_path / "out")
        await until(pilot, lambda: foretold(app)[:1] == ["1 take, 1 s"])
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
    assert [path.name[:10] for path in (tmp_path / "out").glob("*.wav")] == ["01_rain_s1"]


async def test_named_takes_go_judged_or_not(open_app, judged, add_takes, until, tmp_path):
    (new,) = add_takes(["fresh"])
    app = open_app("library")
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        app.push_screen(ExportDialog(app, [new, judged[0]], "seed:99"))
        await until(pilot, lambda: isinstance(app.screen, ExportDialog) and app.screen.query("#status"))
        app.screen.query_one("#folder", Input).value = str(tmp_path / "out")
        await until(pilot, lambda: foretold(app)[:1] == ["2 takes, 31 s"])
        assert foretold(app)[2].startswith("02_fresh_s1000")


async def test_a_page_to_listen_to_is_made(open_app, judged, until, tmp_path):
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / "best.html")
        app.screen.query_one("#format", Select).value = "page"
        app.screen.query_one("#stars", Input).value = "4"
        await until(pilot, lambda: foretold(app) == ["2 takes, 2 s, on one page to listen to"])
        assert app.screen.query_one("#name", Input).disabled
        assert app.screen.query_one("#normalize", Input).disabled
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
    assert (tmp_path / "best.html").read_text("utf-8").count("<audio") == 2


async def test_somebody_elses_page_is_left_alone(open_app, judged, until, tmp_path):
    (tmp_path / "own.html").write_text("mine")
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / "own.html")
        app.screen.query_one("#format", Select).value = "page"
        await pilot.press("enter")
        await until(pilot, lambda: "already" in said(app))
    assert (tmp_path / "own.html").read_text() == "mine"


async def test_where_to_and_as_what_stands_there_the_next_time(open_app, judged, until, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, out)
        app.screen.query_one("#format", Select).value = "flac"
        app.screen.query_one("#subtype", Select).value = "PCM_16"
        app.screen.query_one("#name", Input).value = "{rank} {prompt}"
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
    again = open_app("library")
    async with again.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: again.workspace.loaded)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(again.screen, ExportDialog) and again.screen.query("#status"))
        assert again.screen.query_one("#folder", Input).value == str(out)
        assert again.screen.query_one("#format", Select).value == "flac"
        assert again.screen.query_one("#subtype", Select).value == "PCM_16"
        assert again.screen.query_one("#name", Input).value == "{rank} {prompt}"


async def test_nonsense_in_the_settings_is_passed_over(open_app, judged, until, tmp_path):
    (tmp_path / "settings.json").write_text('{"export": {"format": "xyz", "subtype": "loud"}}', "utf-8")
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path)
        assert app.screen.query_one("#format", Select).value == "wav"
        assert app.screen.query_one("#subtype", Select).value == "as"
