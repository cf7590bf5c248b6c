"""The spectrogram over a screen: of what is on, without a name."""

from __future__ import annotations

from tui.browsing.spectrogram_dialog import Spectrogram, SpectrogramDialog


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
