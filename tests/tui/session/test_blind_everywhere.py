"""Blind is blind, whatever is done: every key that holds in Rate, Duel and Survey, every command of the palette, and
every key of each dialog that these bring, by the key map, so that new ones are tried by themselves."""

from __future__ import annotations

import pytest

from library import locations
from tests.tui.session.test_blindness import lay_takes, pointed_out, told
from tui.every_key import every_scope
from tui.frame.palette import CommandList, Palette
from tui.messages import SurveyRequest
from tui.session.duel_stage import DuelStage
from tui.session.survey_row import SurveyRow
from tui.sharing.export_dialog import ExportDialog

SIZE = (120, 40)
WORDS = ("zephyr", "quartz", "obelisk", "mangrove", "tundra", "sirocco", "lagoon", "basalt")
ENDS = {"go.quit"}
"""What ends the app, and with it the question."""
PAIRS = {"duel.a", "duel.b", "duel.tie", "duel.neither", "duel.other"}
WAIT = {"make.draft", "make.extend", "make.more", "make.more_as"}
IN_VAIN = {
    "rate": PAIRS | WAIT | {"go.rate"},
    "duel": WAIT | {"go.duel"},
    "survey": WAIT | {f"judge.{stars}" for stars in range(1, 6)},
}
"""Keys that mean nothing while a blind question of one take, of a pair or of several is open."""
BEFORE = ("last:", "Undone")
"""Lines about what was answered before."""


def actions(start):
    """All that keys do on that screen."""
    (scope,) = (one for one in every_scope() if one.name.lower() == start)
    return set(scope.actions)


@pytest.fixture
def takes(library, root):
    return lay_takes(library, root, WORDS)


class Prying:
    """Does one thing after another while a blind question is open, and looks each time at what has been told."""

    def __init__(self, app, pilot, until, start, takes, until_end):
        self.app, self.pilot, self.until, self.start, self.takes = app, pilot, until, start, takes
        self.settings = {"blind": True, "until_end": until_end}
        self.done: set[str] = set()
        self.leaks: list[tuple[str, list[str]]] = []

    def questioned(self):
        screen = self.app.get_screen_stack(self.start)[0]
        if self.start == "survey":
            return [row.take for row in screen.query(SurveyRow)]
        if screen.subject() is None:
            return []
        pairing = screen.query_one(DuelStage).pairing
        pair = self.start == "duel" or screen.asked.other is not None
        return [pairing.a, pairing.b] if pair else [screen.subject()]

    def is_on_the_question(self):
        """And not on a take that one went back to."""
        question = self.app.screen.session.question
        return self.app.screen.subject().id in (question.take, question.other)

    def is_open(self):
        return bool(self.questioned()) and self.app.workspace.blindfold.is_blind(*(one.id for one in self.questioned()))

    async def ask(self):
        """A question that is blind, and was all the time."""
        app = self.app
        await self.close()
        if app.current_mode == self.start and self.is_open() and app.screen.blind:
            return
        await self.go("generate")
        app.workspace.blindfold.forget(*(one.id for one in self.takes))
        app.remember(**self.settings)
        if self.start == "survey":
            app.survey_request = SurveyRequest(tuple(self.takes[:6]))
        await self.go(self.start)
        if getattr(app.screen, "page", ""):
            await self.until(self.pilot, lambda: app.screen.session is not None and not app.screen._beginning)  # noqa: SLF001
            app.screen.action_go_on()
        await self.until(self.pilot, self.questioned)
        await self.until(self.pilot, lambda: app.screen.subject() is not None)
        while self.start == "rate" and not self.is_on_the_question():
            app.screen.step(1)
        await self.until(self.pilot, self.is_open)
        await self.until(self.pilot, lambda: not told(app, self.questioned(), but=BEFORE))

    async def go(self, mode):
        """As a key does: not while what another one began is still going on."""
        app = self.app
        app.call_later(app.go, mode)
        await self.until(self.pilot, lambda: app.current_mode == mode and app.screen.is_mounted)

    async def close(self):
        while len(self.app.screen_stack) > 1:
            self.app.screen.dismiss(None)
            await self.pilot.pause()

    async def do(self, what, pressed, *, command=None):
        await self.ask()
        app = self.app
        for key in pressed:
            await self.pilot.press(key)
            await self.until(self.pilot, lambda: app.screen.is_mounted)
        if command is not None:
            app.screen.query_one(CommandList).cursor = command
            await self.pilot.press("enter")
            await self.until(self.pilot, lambda: app.screen.is_mounted)
        await self.pilot.pause()
        if isinstance(app.screen, ExportDialog):
            await self.until(self.pilot, lambda: str(app.screen.query_one("#forecast").content))
        self.done.add(what)
        if not self.is_open():
            return  # nothing that is said now is blind
        asked = self.questioned()
        if app.current_mode != self.start:
            await self.close()
        asks = app.get_screen_stack(app.current_mode)[0].ASKS
        found = told(app, asked, but=BEFORE) if asks else pointed_out(app, asked)
        if found:
            self.leaks.append((what, found))

    def keys(self):
        return [(bound.binding.id, bound.binding.key) for bound in self.app.screen.active_bindings.values()
                if bound.enabled and bound.binding.id and bound.binding.id not in ENDS]  # fmt: skip

    def meant(self):
        """The keys that do something while this question is open."""
        return actions(self.start) - IN_VAIN[self.start] - ENDS

    async def commands(self):
        """Those that no key was pressed for, and one theme for all."""
        await self.ask()
        await self.pilot.press("ctrl+p")
        await self.until(self.pilot, lambda: isinstance(self.app.screen, Palette))
        rows = list(enumerate(self.app.screen.query_one(CommandList).rows))
        themes = [number for number, row in rows if row.name.startswith("Theme:")]
        return [(number, row.name) for number, row in rows if not row.keys and number not in themes[1:]]

    async def everything(self):
        await self.ask()
        await self.until(self.pilot, lambda: self.meant() <= {identity for identity, _ in self.keys()})
        for identity, key in self.keys():
            await self.do(identity, [key])
            if len(self.app.screen_stack) > 1 and identity != "go.palette":
                for name, inner in self.keys():
                    await self.do(f"{identity} {name}", [key, inner])
        for number, name in await self.commands():
            await self.do(name, ["ctrl+p"], command=number)


@pytest.mark.parametrize(("start", "until_end"), [("rate", False), ("rate", True), ("duel", False), ("survey", False)])
async def test_nothing_tells_the_take(open_app, takes, until, tmp_path, monkeypatch, start, until_end):
    monkeypatch.setattr(locations, "pictures_folder", lambda: tmp_path)
    app = open_app("library")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        prying = Prying(app, pilot, until, start, takes, until_end)
        await prying.everything()
        assert prying.leaks == []
        assert actions(start) - prying.done == IN_VAIN[start] | ENDS
