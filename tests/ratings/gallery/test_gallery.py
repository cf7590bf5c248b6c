"""Galleries of real takes, opened in Chromium: they play, are equally loud, and ask nobody for anything."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from library.sound.loudness_meter import measure
from library.sound.playback_gain import as_heard
from ratings.errors import ExportError
from ratings.export.request import ExportRequest
from ratings.gallery.gallery import write_gallery
from tests.needs import CHROMIUM
from tests.ratings.export.shelf import Shelf, noise
from tests.web import chromium, served, visit
from tui.cli.gallery import command

SECONDS, RATE = 6, 32_000


def tune(number: int, seconds: float = SECONDS, channels: int = 2, level: float = 0.2) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    one = level * np.sin(2 * np.pi * 220 * (number + 2) / 2 * time) * (0.4 + 0.6 * (time % 1 < 0.5))
    return np.repeat(one[:, None], channels, axis=1)


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "library")


@pytest.fixture
def three(shelf):
    """Three takes, best first, with a mark and a note on the first."""
    takes = [
        shelf.add(number, rate=RATE, samples=tune(number), stars=5 - number, prompt=f"tune {number}")
        for number in range(3)
    ]
    shelf.say.mark(takes[0].id, 3.5)
    shelf.say.note(takes[0].id, "the bass & <b>drums</b>")
    return takes


def write(shelf: Shelf, destination: Path, **asked):
    request = ExportRequest(destination=destination, **asked)
    return write_gallery(shelf.catalog, shelf.journal.history, request)


def sounds_in(page: Path) -> list[bytes]:
    return [base64.b64decode(data) for data in re.findall(r"data:audio/mpeg;base64,([^\"]+)", page.read_text("utf-8"))]


def plays(page, number: int) -> bool:
    """Whether that take, counted from 0, comes to sound, and the others are silent."""
    script = """n => {
        const all = [...document.querySelectorAll('audio')];
        const sounds = all[n].readyState > 2 && !all[n].seeking && !all[n].paused && all[n].currentTime > 0.1;
        return sounds && all.every((audio, i) => i == n || audio.paused);
    }"""
    page.wait_for_function(script, arg=number)
    return True


def time_of(page, number: int) -> float:
    return page.evaluate("n => document.querySelectorAll('audio')[n].currentTime", number)


@pytest.mark.needs(CHROMIUM)
def test_a_page_in_one_file_is_played_by_keys_mouse_and_marks(shelf, three, tmp_path, browser):
    done = write(shelf, tmp_path / "best.html")
    assert (done.files, done.takes) == ([tmp_path / "best.html"], 3)
    with visit(browser, (tmp_path / "best.html").as_uri()) as made:
        page = made.page
        assert [prompt.text_content() for prompt in page.query_selector_all("h2")] == [
            "1 tune 0",
            "2 tune 1",
            "3 tune 2",
        ]
        page.keyboard.press("Space")
        assert plays(page, 0)
        page.keyboard.press("ArrowDown")
        assert plays(page, 1)
        page.keyboard.press("Space")
        page.wait_for_function("document.querySelectorAll('audio')[1].paused")
        page.click("button")
        assert plays(page, 0)
        assert 3.5 <= time_of(page, 0) < 5
        page.locator(".wave").nth(2).click()
        assert plays(page, 2)
        assert SECONDS / 2 - 0.2 < time_of(page, 2) < SECONDS / 2 + 1.5
        assert float(page.query_selector_all(".heard")[2].get_attribute("width")) > 400
        assert (made.refused(), made.errors) == ([], [])
        assert made.asked == [(tmp_path / "best.html").as_uri()]


@pytest.mark.needs(CHROMIUM)
def test_after_a_take_the_next_one_follows(shelf, three, tmp_path, browser):
    write(shelf, tmp_path / "best.html")
    with visit(browser, (tmp_path / "best.html").as_uri()) as made:
        made.page.evaluate("playFrom(takes[0], 5.7)")
        assert plays(made.page, 1)


@pytest.mark.needs(CHROMIUM)
@pytest.mark.parametrize("from_server", [False, True])
def test_a_folder_plays_from_disk_and_from_a_server(shelf, three, tmp_path, browser, from_server):
    done = write(shelf, tmp_path / "site", count=2)
    assert [path.suffix for path in done.files] == [".mp3", ".mp3", ".html"]
    assert done.files[-1] == tmp_path / "site" / "index.html"
    with served(tmp_path / "site") as address:
        start = f"{address}/index.html" if from_server else (tmp_path / "site" / "index.html").as_uri()
        with visit(browser, start) as made:
            made.page.keyboard.press("Space")
            assert plays(made.page, 0)
            assert (made.refused(), made.errors) == ([], [])
            assert all(one.startswith(start.rpartition("/")[0]) for one in made.asked)


@pytest.mark.needs(CHROMIUM)
def test_no_word_of_a_take_becomes_part_of_the_page(shelf, tmp_path, browser):
    words = "<script>window.hit=1</script><img src=http://127.0.0.1:1/x onerror='window.hit=1'>\" onplay=\"window.hit=1"
    take = shelf.add(1, stars=4, prompt=words, model="</style><b id=hit>", generator='"><b id=hit>')
    shelf.say.note(take.id, words)
    write(shelf, tmp_path / "best.html")
    with visit(browser, (tmp_path / "best.html").as_uri()) as made:
        assert made.page.evaluate("window.hit") is None
        assert made.page.query_selector("#hit") is None
        assert made.page.query_selector("img") is None
        assert made.page.text_content("h2 span:last-child") == words
        assert made.page.text_content("blockquote") == words
        assert (made.refused(), made.errors) == ([], [])
        assert len(made.asked) == 1


@pytest.mark.needs(CHROMIUM)
def test_what_the_policy_does_not_name_is_refused(shelf, three, tmp_path, browser):
    write(shelf, tmp_path / "best.html")
    page = tmp_path / "best.html"
    page.write_text(page.read_text("utf-8").replace("</body>", "<script>window.hit=1</script></body>"), "utf-8")
    with visit(browser, page.as_uri()) as made:
        assert made.page.evaluate("window.hit") is None
        assert made.refused()


@pytest.mark.needs(CHROMIUM)
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_fits_phones_and_desks_in_both_lights_and_on_paper(shelf, three, tmp_path, browser, width, colours):
    shelf.add(7, stars=5, prompt="a" * 300)
    write(shelf, tmp_path / "best.html")
    size = {"width": width, "height": 700}
    with visit(browser, (tmp_path / "best.html").as_uri(), viewport=size, color_scheme=colours) as made:
        assert made.page.evaluate("document.documentElement.scrollWidth") <= width
        shown = made.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", shown)[:3])) > 384) == (colours == "light")
        assert made.page.is_visible("audio")
        made.page.emulate_media(media="print")
        assert not made.page.is_visible("audio")
        assert made.page.is_visible(".wave")


def test_all_are_as_loud_as_in_the_app(shelf, tmp_path):
    for number, channels in enumerate((1, 2, 4, 6)):
        shelf.add(number, rate=RATE, samples=tune(number, channels=channels, level=0.02 * (number + 1)), stars=3)
    write(shelf, tmp_path / "best.html")
    sounds = sounds_in(tmp_path / "best.html")
    assert len(sounds) == 4
    for sound in sounds:
        samples, rate = soundfile.read(io.BytesIO(sound), dtype="float32", always_2d=True)
        assert as_heard(measure(samples, rate))[0] == pytest.approx(-18, abs=0.5)


def test_twenty_takes_of_half_a_minute_are_under_ten_megabytes(shelf, tmp_path):
    for number in range(20):
        shelf.add(number, rate=RATE, samples=noise(number, frames=30 * RATE) * 0.2, stars=4)
    write(shelf, tmp_path / "best.html")
    assert len(sounds_in(tmp_path / "best.html")) == 20
    assert (tmp_path / "best.html").stat().st_size < 10e6


def test_a_page_of_ours_is_replaced_and_nothing_else(shelf, three, tmp_path):
    write(shelf, tmp_path / "best.html", count=1)
    write(shelf, tmp_path / "best.html")
    assert len(sounds_in(tmp_path / "best.html")) == 3
    (tmp_path / "own.html").write_text("mine")
    with pytest.raises(ExportError, match="already"):
        write(shelf, tmp_path / "own.html")
    assert (tmp_path / "own.html").read_text() == "mine"
    with pytest.raises(ExportError, match="library"):
        write(shelf, shelf.root / "best.html")


def test_a_take_without_its_sound_is_named_and_the_others_shown(shelf, three, tmp_path):
    shelf.catalog.path_of(three[1]).unlink()
    done = write(shelf, tmp_path / "best.html")
    assert [take for take, _ in done.failed] == [three[1].id]
    assert len(sounds_in(tmp_path / "best.html")) == done.takes == 2


def test_when_stopped_there_is_no_page(shelf, three, tmp_path):
    looks = iter([False] * 8)
    request = ExportRequest(destination=tmp_path / "best.html")
    done = write_gallery(shelf.catalog, shelf.journal.history, request, cancelled=lambda: next(looks, True))
    assert done.cancelled
    assert not (tmp_path / "best.html").exists()


def test_on_the_command_line(shelf, three, tmp_path):
    def run(*words: str):
        return CliRunner().invoke(command, [*words, "--library", str(shelf.root)])

    done = run(str(tmp_path / "site"), "-n", "2", "--json")
    assert done.exit_code == 0, done.output
    files = [Path(file) for file in json.loads(done.stdout)["files"]]
    assert all(file.is_file() for file in files)
    assert len(files) == 3
    assert "2 takes" in run(str(tmp_path / "a.html"), "tune", "--min-stars", "4").output
    assert run(str(tmp_path / "b.html"), "nothing like it").output.startswith("No takes match")
    assert not (tmp_path / "b.html").exists()
    (tmp_path / "own.html").write_text("mine")
    assert run(str(tmp_path / "own.html")).exit_code == 1
