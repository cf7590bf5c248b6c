"""Keys as users map them: what makes no sense is told and left out, the rest holds, and all texts follow."""

from __future__ import annotations

import json

import pytest
from textual.widgets import Input

from tui.app import EarmarkApp
from tui.every_key import every_scope
from tui.frame.footer import Footer
from tui.frame.key_map import checked, complete, is_key
from tui.settings import IgnoredSettingError, read_settings

SCOPES = every_scope(EarmarkApp)


@pytest.mark.parametrize(
    "key",
    ["g", "G", "é", "question_mark", "slash", "plus", "comma", "f5", "ctrl+x", "ctrl+shift+a", "shift+left", "tab"],
)
def test_what_a_key_is(key):
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "crtl+x", "foo", "ctrl+", "+x", "enter please", "<any>"])
def test_what_is_no_key(key):
    assert not is_key(key)


@pytest.mark.parametrize(
    ("wanted", "holds", "named"),
    [
        ({}, {}, []),
        ({"judge.1": "f1, !"}, {"judge.1": "f1,exclamation_mark"}, []),
        ({"judge.6": "f1"}, {}, ["judge.6", "judge.5"]),  # and the id that is meant
        ({"go.help": "hlep", "go.quit": "Q"}, {"go.quit": "Q"}, ["go.help", "hlep"]),
        ({"go.help": 7}, {}, ["go.help"]),
        ({"list.sort": "g"}, {}, ["list.sort", "g", "Library"]),  # go.generate has it
        ({"list.fold": "S", "list.reverse": "f"}, {"list.fold": "S", "list.reverse": "f"}, []),  # they change places
        ({"list.sort": "f9", "list.reverse": "f9"}, {"list.sort": "f9"}, ["list.reverse", "f9"]),
        ({"rate.finish": "o"}, {}, ["rate.finish", "o", "Rate"]),  # the duel in Rate has it
        ({"ranking.scale": "o"}, {"ranking.scale": "o"}, []),  # no duel there
        ({"go.rate": "ctrl+q"}, {}, ["go.rate", "ctrl+q"]),  # Textual's own
        ({"play.start": "home"}, {}, ["play.start", "home"]),  # the list's
    ],
)
def test_what_holds_of_a_key_map(wanted, holds, named):
    found = checked(wanted, SCOPES)
    assert found.keys == holds
    assert bool(found.problems) == bool(named)
    for word in named:
        assert any(word in str(problem) for problem in found.problems)


def test_what_shares_a_key_by_design_keeps_it_when_the_other_is_moved():
    whole = complete({"list.sort": "f7"}, SCOPES)
    assert (whole["list.sort"], whole["first.sketch"]) == ("f7", "s")


async def test_texts_follow_and_the_rest_is_told(open_app, add_takes, until):
    add_takes(["a"])
    app = open_app("library")
    app.remember(keys={"list.filter": "f2", "go.help": "f3", "judge.1": "g", "them": "x"}, theme="pepper")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.notices)
        assert app.screen.query_one("#filter", Input).placeholder.startswith("f2 ")
        line = app.screen.query_one(Footer).render_line(0).text
        assert "f3 Help" in line
        assert "1–5" in line
        assert app.notices[-1].cause is IgnoredSettingError
        await pilot.press("f2")
        assert app.screen.query_one("#filter", Input).has_focus
        await pilot.press("escape", "g")
        await until(pilot, lambda: app.current_mode == "generate")
        assert app.settings.keys["them"] == "x"
        assert app.theme == "ink"


def test_a_setting_that_makes_no_sense_takes_no_other_with_it(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "paper", "volume_db": 5, "keys": {"go.help": 1}, "them": 1, "best": 3}))
    found = read_settings(path)
    assert (found.settings.theme, found.settings.volume_db, found.settings.best) == ("paper", 0.0, 3)
    assert found.settings.keys == {"go.help": 1}
    assert [name for name in ("volume_db", "them") if any(name in str(one) for one in found.problems)] == [
        "volume_db",
        "them",
    ]
    assert len(found.problems) == 2
