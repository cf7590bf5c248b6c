"""Every screen in three sizes and both themes looks as it did when somebody last looked at it (`make snapshots`)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.needs import LINUX
from tests.snapshots.drawing import cells_of, drawn
from tests.snapshots.scenes import SCENES, still
from tui.app import make_app
from tui.frame.theme import INK, PAPER
from tui.messages import Opening
from tui.playing.player.silent import SilentPlayer, Stopwatch
from tui.playing.waveform import Waveform

PICTURES = Path(__file__).parent / "pictures"
DRAW = bool(os.environ.get("DRAW_SNAPSHOTS"))
"""Take what is shown now for right: `make snapshots` does, and shows what changed."""
SIZES = ((80, 24), (120, 40), (200, 60))
ALIKE = 4
"""So often a screen must look the same before it is taken for settled."""


async def settled(app, pilot, size):
    """What the screen shows once nothing changes any more."""
    seen, times = "", 0
    while times < ALIKE or any(wave.take and not wave.outline for wave in app.screen.query(Waveform)):
        still(app)
        await pilot.pause(0.05)
        svg = re.sub(r"terminal-\d+-", "terminal-0-", app.export_screenshot())
        seen, times = svg, times + 1 if svg == seen else 0
    return cells_of(seen, *size)


async def photograph(root, home, scene, size, until) -> str:
    app = make_app(
        root,
        listener="ann",
        player=SilentPlayer(Stopwatch().monotonic),
        settings_path=home / ".settings.json",
        opening=Opening(scene.start),
    )
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        await pilot.pause()
        await scene.play(app, pilot, until)
        screens = {}
        for theme in (INK, PAPER):
            app.theme = theme.name
            screens[theme.name] = await settled(app, pilot, size)
    return drawn(screens)


@pytest.mark.needs(LINUX)  # for the name of the folder
@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
@pytest.mark.parametrize("name", SCENES)
async def test_a_screen_looks_as_it_did(name, size, make_library, home, until):
    scene = SCENES[name]
    root = make_library(takes=scene.takes, judged=scene.judged)
    shown = await photograph(root, home, scene, size, until)
    path = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if DRAW:
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), f"{path.name} differs; `make snapshots` shows how"
