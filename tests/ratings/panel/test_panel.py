"""Panels of real takes, answered in Chromium by somebody new, and what comes back of them."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ratings.errors import ExportError
from ratings.export.request import ExportRequest
from ratings.judgement import Duel, Stars
from ratings.model.evidence import BLIND_APART
from ratings.panel.collect import collect
from ratings.panel.panel import write_panel
from ratings.panel.planning import plan_orders
from tests.needs import CHROMIUM
from tests.ratings.export.shelf import Shelf
from tests.ratings.panel.answering import RATE, SECONDS, answers, fresh, make, record_of, token
from tests.web import LISTEN, chromium, visit
from tui.cli.panel import command


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def go_on(page) -> None:
    """Wait until the question may be answered."""
    page.wait_for_function(
        "() => !document.getElementById('ask').hidden &&"
        " !document.querySelector('.answers:not([hidden]) button').disabled"
    )


def answer(page) -> str:
    """Hear what is asked and answer it by a key, as somebody who likes high tones would."""
    number = page.text_content("#where")
    if page.is_visible("#duel"):
        page.wait_for_function("() => heard[on] >= leastOf(on)")
        page.keyboard.press("Tab")
        go_on(page)
        key = "a"
    else:
        go_on(page)
        key = "4"
    page.keyboard.press(key)
    page.wait_for_function(
        "was => !document.getElementById('end').hidden || document.getElementById('where').textContent !== was",
        arg=number,
    )
    return key


def begin(page, name: str) -> None:
    page.fill("#name", name)
    page.click("#begin")


@pytest.mark.needs(CHROMIUM)
def test_a_friend_rates_closes_the_page_goes_on_and_sends_the_answers(shelf, tmp_path, browser):
    made = make(shelf, tmp_path / "panel.html", count=4)
    assert (made.takes, made.failed) == (4, [])
    address = (tmp_path / "panel.html").as_uri()
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.add_init_script(LISTEN)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url[:5] not in ("data:", "blob:") else None)
    page.goto(address)
    begin(page, "Tom Ö")
    given = [answer(page) for _ in range(3)]
    page.close()

    page = context.new_page()
    errors: list[str] = []
    page.add_init_script(LISTEN)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    assert page.input_value("#name") == "Tom Ö"
    page.click("#begin")
    assert page.text_content("#where") == f"Question 4 of {made.questions}"
    page.click("#back")
    assert page.text_content("#where") == f"Question 3 of {made.questions}"
    given.pop()
    while not page.is_visible("#end"):
        given.append(answer(page))
    assert len(given) == made.questions
    page.click("#last")
    assert page.text_content("#where") == f"Question {made.questions} of {made.questions}"
    assert answer(page) == given[-1]
    assert page.evaluate("window.refused") == []
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "answers.txt")
    assert download.value.suggested_filename == "answers-tom.txt"
    assert (tmp_path / "answers.txt").read_text() == page.input_value("#answers")
    context.close()
    assert (errors, asked) == ([], [address])

    done = collect(shelf.journal, [("answers.txt", tmp_path / "answers.txt")])
    assert (done.judgements, done.listeners, done.failed) == (made.questions, ["Tom Ö"], [])
    said = fresh(shelf).history.live()
    assert {one.listener for one in said} == {"Tom Ö"}
    assert all(one.blind and one.heard_s >= SECONDS - 0.5 and one.spent_s > 0 for one in said)
    order = record_of(shelf).orders
    kinds = [["4" if one.b is None else "a" for one in questions] for questions in order]
    assert given in kinds
    assert {one.stars for one in said if isinstance(one, Stars)} == {4}
    assert {(one.winner, one.side) for one in said if isinstance(one, Duel)} <= {("take", "a")}
    assert shelf.journal.history.live() == said


@pytest.mark.needs(CHROMIUM)
def test_nothing_is_answered_unheard_nor_by_another_question_s_keys(shelf, tmp_path, browser):
    make(shelf, tmp_path / "panel.html", count=4)
    with visit(browser, (tmp_path / "panel.html").as_uri()) as made:
        page = made.page
        begin(page, "Tom")
        page.evaluate("sounds[on].pause()")
        page.keyboard.press("4")
        assert page.evaluate("state.answers.length") == 0
        assert page.is_disabled("#stars button")
        page.evaluate(
            "seek = document.getElementById('seek'); seek.value = 990; seek.dispatchEvent(new Event('input'))"
        )
        page.keyboard.press("4")
        assert page.evaluate("state.answers.length") == 0
        page.keyboard.press("Space")
        page.wait_for_function("() => !sounds[on].paused")
        page.keyboard.press("ArrowLeft")
        go_on(page)
        page.keyboard.press("a")
        assert page.evaluate("state.answers.length") == 0
        page.keyboard.press("2")
        assert page.evaluate("state.answers")[0][:2] == [0, "2"]
        assert (made.refused(), made.errors, len(made.asked)) == ([], [], 1)


@pytest.mark.needs(CHROMIUM)
def test_two_friends_at_one_machine_keep_their_own_answers(shelf, tmp_path, browser):
    make(shelf, tmp_path / "panel.html", count=4)
    with visit(browser, (tmp_path / "panel.html").as_uri()) as made:
        page, runs = made.page, []
        for name, answered in (("Tom", 0), ("Eve", 0), ("Tom", 1)):
            begin(page, name)
            assert page.evaluate("state.answers.length") == answered
            page.evaluate("() => { state.answers.push([state.answers.length, '3', 2, 2, 9]); save(); }")
            runs.append(page.evaluate("state.run"))
            page.reload()
            assert page.input_value("#name") == name
        assert runs[0] == runs[2] != runs[1]


@pytest.mark.needs(CHROMIUM)
def test_the_page_signs_as_the_library_does_whatever_the_name(shelf, tmp_path, browser):
    make(shelf, tmp_path / "panel.html", count=4)
    record = record_of(shelf)
    with visit(browser, (tmp_path / "panel.html").as_uri()) as made:
        for length in (0, 1, 54, 55, 56, 63, 64, 65, 119, 1000):
            words = "ä€\U0001f3b5" * (length // 3) + "x" * (length % 3)
            assert made.page.evaluate("words => sign(words)", words) == record.sign(words)


@pytest.mark.needs(CHROMIUM)
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_fits_phones_and_desks_in_both_lights(shelf, tmp_path, browser, width, colours):
    make(shelf, tmp_path / "panel.html", count=4)
    size = {"width": width, "height": 740}
    with visit(browser, (tmp_path / "panel.html").as_uri(), viewport=size, color_scheme=colours) as made:
        shown = made.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", shown)[:3])) > 384) == (colours == "light")
        begin(made.page, "Tom")
        made.page.evaluate("turnOn(0, 0)")
        for part in ("#stars", "#duel"):
            made.page.evaluate(
                "part => { for (const one of ['#stars', '#duel', '#sides'])"
                " document.querySelector(one).hidden = one === (part === '#stars' ? '#duel' : '#stars'); }",
                part,
            )
            assert made.page.evaluate("document.documentElement.scrollWidth") <= width
            assert made.page.locator(f"{part} button").last.bounding_box()["y"] < 740
        made.page.evaluate("state.answers = [[0, '3', 2, 2, 9]]; end()")
        assert made.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_tells_nothing_of_a_take(shelf, tmp_path):
    shelf.say.note(next(iter(shelf.catalog)).id, "the secret one")
    make(shelf, tmp_path / "panel.html")
    page = (tmp_path / "panel.html").read_text("utf-8")
    sounds = [base64.b64decode(sound) for sound in re.findall(r"data:audio/mpeg;base64,([^\"]+)", page)]
    assert len(sounds) == 6
    for take in shelf.catalog:
        for told in (take.id, take.id[:8], take.prompt, str(take.seed), Path(take.file).name, "secret", "ann"):
            assert told not in re.sub(r"base64,[^\"]+", "", page)
            assert all(told.encode() not in sound for sound in sounds)
    assert [shelf.catalog.find(one).seed for one in record_of(shelf).takes] != sorted(
        take.seed for take in shelf.catalog
    ) or len({record.takes for record in [record_of(shelf)]}) == 1


def test_orders_ask_about_every_take_balance_sides_and_repeat_some(shelf):
    takes = list(shelf.catalog)
    orders = plan_orders(takes, [take.id for take in takes], [], minutes=10, best=3, seed=1)
    assert len({tuple(order) for order in orders}) == len(orders) == 6
    short = plan_orders(takes, [take.id for take in takes], [], minutes=None, best=3, seed=1)
    assert {len(order) for order in short} == {11}
    for order in [*orders, *short]:
        heard = {take for one in order for take in (one.take, one.other)}
        assert heard - {None} == {take.id for take in takes}
        duels = [one for one in order if one.kind == "duel"]
        assert duels
        assert abs(sum(one.side == "a" for one in duels) - len(duels) / 2) <= 1.5
        starred = [one.take for one in order if one.kind != "duel"]
        assert len(starred) - len(set(starred)) >= 2


def test_repeats_of_a_long_panel_are_far_from_their_first_hearing(tmp_path):
    shelf = Shelf(tmp_path / "long")
    for number in range(40):
        shelf.add(number, samples=np.full((2000, 1), 0.001 * (number + 1)), prompt=f"p {number % 5}", seed=number)
    takes = list(shelf.catalog)
    for order in plan_orders(takes, [take.id for take in takes], [], minutes=None, best=5, seed=3):
        heard: dict[str, int] = {}
        far = 0
        for at, one in enumerate(order):
            far += one.kind in ("restar", "repeat") and at - heard.get(one.take, at) > BLIND_APART
            heard |= {take: at for take in (one.take, one.other) if take is not None}
        assert far >= 4
        assert set(heard) == {take.id for take in takes}


def test_it_asks_about_those_of_which_most_can_be_hoped_but_not_what_was_rejected(shelf, tmp_path):
    takes = list(shelf.catalog)
    for take, stars in zip(takes, (1, 1, 1, 5, 5), strict=False):
        for _ in range(3):
            shelf.say.stars(take.id, stars)
    shelf.say.reject(takes[5].id)
    make(shelf, tmp_path / "panel.html", count=2)
    assert set(record_of(shelf).takes) == {takes[3].id, takes[4].id}


def test_where_it_goes(shelf, tmp_path):
    make(shelf, tmp_path / "panel.html", count=2)
    make(shelf, tmp_path / "panel.html", count=3)
    assert len(list((shelf.root / "panels").glob("*.json"))) == 2
    (tmp_path / "own.html").write_text("mine")
    with pytest.raises(ExportError, match="already"):
        make(shelf, tmp_path / "own.html")
    with pytest.raises(ExportError, match="library"):
        make(shelf, shelf.root / "panel.html")
    assert make(shelf, tmp_path / "named").files == [tmp_path / "named.html"]
    looks = iter([False] * 3)
    request = ExportRequest(destination=tmp_path / "stopped.html")
    done = write_panel(shelf.catalog, shelf.journal.history, request, cancelled=lambda: next(looks, True))
    assert done.cancelled
    assert not (tmp_path / "stopped.html").exists()


def test_twenty_takes_of_half_a_minute_would_be_under_ten_megabytes(tmp_path):
    shelf = Shelf(tmp_path / "library")
    for number in range(3):
        samples = np.random.default_rng(number).uniform(-0.2, 0.2, (30 * RATE, 2))
        shelf.add(number, rate=RATE, samples=samples)
    made = make(shelf, tmp_path / "panel.html")
    assert made.takes == 3
    assert (tmp_path / "panel.html").stat().st_size * 20 / 3 < 10e6


def test_on_the_command_line(shelf, tmp_path):
    def run(*words: str, **more):
        return CliRunner().invoke(command, [*words, "--library", str(shelf.root)], **more)

    made = run(str(tmp_path / "panel.html"), "-n", "4", "--minutes", "2", "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["files"] == [str(tmp_path / "panel.html")]
    record = record_of(shelf)
    (tmp_path / "good.txt").write_bytes(token(record))
    (tmp_path / "junk.txt").write_bytes(b"junk")
    back = run("--collect", str(tmp_path / "good.txt"), str(tmp_path / "junk.txt"), "--json")
    assert back.exit_code == 1
    document = json.loads(back.stdout)
    assert document["judgements"] == len(answers(record))
    assert [one["path"] for one in document["failed"]] == [str(tmp_path / "junk.txt")]
    pasted = run("--collect", "-", input=token(record, run="a" * 16, name="Pat").decode())
    assert pasted.exit_code == 0
    assert "by Pat" in pasted.output
    assert run(str(tmp_path / "none.html"), "nothing like it").exit_code == 1
