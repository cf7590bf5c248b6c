"""The spectrogram over a screen: of what is on, without a name."""

from __future__ import annotations

import numpy as np

from tui.browsing.spectrogram_dialog import HATCHED, Spectrogram, SpectrogramDialog


async def test_it_shows_what_is_on_and_any_key_closes_it(open_app, add_takes, until):
    add_takes(["alpha rain"])
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query_one("#list").rows)
        await pilot.press("Z")
        assert not isinstance(app.screen, SpectrogramDialog)  # nothing is on
        await pilot.press("enter", "Z")
        await until(pilot, lambda: isinstance(app.screen, SpectrogramDialog))
        picture = app.screen.query_one(Spectrogram)
        await until(pilot, lambda: picture.drawn)
        assert "▀" in picture.render_line(3).text
        assert len(picture.render_line(3).text) == picture.size.width
        await pilot.press("space")
        await until(pilot, lambda: not isinstance(app.screen, SpectrogramDialog))


async def test_in_sixteen_colours_it_has_more_than_two_shades(open_app, library, until):
    swell = np.linspace(0, 1, 8000 * 20) ** 4 * np.sin(np.arange(8000 * 20) * 0.3)
    library(swell, prompt="alpha rain")
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query_one("#list").rows)
        app.theme = "terminal"
        await pilot.press("enter", "Z")
        await until(pilot, lambda: isinstance(app.screen, SpectrogramDialog))
        picture = app.screen.query_one(Spectrogram)
        await until(pilot, lambda: picture.drawn)
        signs = {sign for y in range(picture.size.height) for sign in picture.render_line(y).text}
        assert len(signs & set(HATCHED)) > 3
        assert all(segment.style.bgcolor == picture.rich_style.bgcolor for segment in picture.render_line(3))


async def test_what_it_was_drawn_as_is_a_key_away(open_app, library, until):
    """Of a take that has such a picture beside it."""
    drawn = np.full((2, 512, 64), 255, np.uint8)
    drawn[:, 500:, :] = 0
    take = library(np.sin(np.arange(8000 * 5) * 0.3), prompt="alpha rain", tokens="drawn.npz")
    np.savez_compressed(library.path_of(take).parent / "drawn.npz", spectrogram=drawn)
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query_one("#list").rows)
        await pilot.press("enter", "Z")
        await until(pilot, lambda: isinstance(app.screen, SpectrogramDialog))
        picture, frame = app.screen.query_one(Spectrogram), app.screen.query_one(".dialog")
        await until(pilot, lambda: picture.drawn and "as it was drawn" in str(frame.border_subtitle))
        heard = [picture.render_line(y).text for y in range(picture.size.height)]
        await pilot.press("d")
        await until(pilot, lambda: "as it sounds" in str(frame.border_subtitle))
        await until(pilot, lambda: [picture.render_line(y).text for y in range(picture.size.height)] != heard)
        assert "1k" in "".join(picture.render_line(y).text for y in range(picture.size.height))
        await pilot.press("space")
        await until(pilot, lambda: not isinstance(app.screen, SpectrogramDialog))
