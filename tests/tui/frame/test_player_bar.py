"""The player's line: what it says, when it is redrawn, and the mouse."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from library.take import Take, make_id
from tui.frame.player_bar import NO_SOUND as NO_SOUND_LONG
from tui.frame.player_bar import NO_SOUND_SHORT, UNPLAYABLE, WIDE, PlayerBar
from tui.playing.player.api import Playhead, Trouble

TAKE = Take(
    id=make_id(bytes(10)),
    batch="b",
    file="a.flac",
    duration_s=20.0,
    sample_rate=8000,
    channels=1,
    created_at="2026-01-01T00:00:00Z",
    prompt="calm [bold]guitar[/] \x1b[31m with a very long description that goes on and on and on and on",
    seed=411,
)
NO_SOUND = Trouble("There is no sound device.", "Plug one in.")


def head(position_s=5.0, playing=True):
    return Playhead(TAKE.id, position_s, 20.0, playing)


@pytest.mark.parametrize("width", [30, 80, 120, 200])
async def test_it_says_what_is_on_in_any_width(bench, width):
    app = bench(PlayerBar(id="bar"))
    async with app.run_test(size=(width, 5)):
        app.widget.show(head(), TAKE, False, -6.0, NO_SOUND)
        (line,) = app.lines()
        assert len(line) == app.widget.size.width
        assert "0:05 / 0:20" in line or width == 30
        if width >= 80:
            assert "calm [bold]" in line
            assert "· 411" in line
            assert "−6 dB" in line
            assert (NO_SOUND_SHORT if width < WIDE else NO_SOUND_LONG).format(help="?") in line
        assert "\x1b" not in line


async def test_blind_keeps_prompt_and_seed_back(bench):
    app = bench(PlayerBar(id="bar"))
    async with app.run_test(size=(120, 5)):
        app.widget.show(head(), TAKE, True, 0.0, None)
        (line,) = app.lines()
        assert "blind" in line
        assert "calm" not in line
        assert "411" not in line
        assert "dB" not in line


@pytest.mark.parametrize(("hidden", "words"), [(False, "The audio in a.flac has changed"), (True, UNPLAYABLE)])
async def test_it_says_why_a_take_can_t_be_played_and_blind_names_no_file(bench, hidden, words):
    app = bench(PlayerBar(id="bar"))
    async with app.run_test(size=(100, 5)):
        failed = replace(head(0.0, playing=False), error="The audio in a.flac has changed. Put it\x1b[31m back.")
        app.widget.show(failed, TAKE, hidden, 0.0, None)
        (line,) = app.lines()
        assert words in line
        assert ("a.flac" in line) is not hidden
        assert "\x1b" not in line
        app.widget.show(head(), TAKE, False, 0.0, None)
        assert words not in app.lines()[0]


async def test_nothing_on(bench):
    app = bench(PlayerBar(id="bar"))
    async with app.run_test(size=(120, 5)):
        app.widget.show(Playhead(None, 0.0, 0.0, False), None, False, 0.0, None)
        (line,) = app.lines()
        assert line.split()[0] == "▶"
        assert not re.search(r"\d:\d\d|[━─]", line)


async def test_it_is_redrawn_only_when_something_changes(bench, monkeypatch):
    app = bench(PlayerBar(id="bar"))
    async with app.run_test(size=(120, 5)) as pilot:
        app.widget.show(head(5.0), TAKE, False, 0.0, None)
        await pilot.pause()
        drawn = []
        monkeypatch.setattr(app.widget, "refresh", lambda *_, **__: drawn.append(1))
        app.widget.show(head(5.0), TAKE, False, 0.0, None)
        app.widget.show(head(5.001), TAKE, False, 0.0, None)
        assert not drawn
        app.widget.show(head(6.0), TAKE, False, 0.0, None)
        assert len(drawn) == 1


async def test_a_click_on_its_line_seeks(bench):
    app = bench(PlayerBar(id="bar"))
    async with app.run_test(size=(120, 5)) as pilot:
        app.widget.show(head(10.0), TAKE, False, 0.0, None)
        await pilot.pause()
        (line,) = app.lines()
        first, last = line.index("━"), line.rindex("─") + 1
        await pilot.click("#bar", offset=((first + last) // 2, 0))
        assert app.heard == [pytest.approx(10.0, abs=0.31)]  # half a cell
