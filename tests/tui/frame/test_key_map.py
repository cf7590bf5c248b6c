"""Keys as users map them: what makes no sense is told and left out, the rest holds, and all texts follow."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from textual.binding import BindingsMap
from textual.widgets import Input

from tui.app import EarmarkApp
from tui.browsing.collections_dialog import CollectionList, CollectionsDialog
from tui.browsing.columns_dialog import ColumnsDialog
from tui.browsing.import_dialog import ImportDialog
from tui.browsing.libraries_dialog import LibrariesDialog
from tui.browsing.library_list import LibraryList
from tui.browsing.library_screen import LibraryScreen
from tui.every_key import every_scope
from tui.frame.confirm_dialog import ConfirmDialog
from tui.frame.cursor_list import CursorList
from tui.frame.filter_field import FilterField
from tui.frame.footer import Footer
from tui.frame.key_map import checked, complete, is_key
from tui.frame.label_dialog import LabelDialog
from tui.frame.more_dialog import MoreDialog
from tui.generating.draft_field import DraftSound
from tui.generating.generate_screen import GenerateScreen
from tui.generating.job_list import JobList
from tui.generating.prompts_dialog import PromptList, PromptsDialog
from tui.playing.recording.record_dialog import RecordDialog
from tui.ranking.heatmap import Heatmap
from tui.ranking.ranking_screen import RankingScreen
from tui.session.duel_screen import DuelScreen
from tui.session.duel_stage import DuelStage
from tui.session.note_dialog import NoteDialog
from tui.session.rate_screen import RateScreen
from tui.session.session_dialog import SessionDialog
from tui.session.survey_screen import SurveyScreen
from tui.settings import IgnoredSettingError, read_settings
from tui.sharing.export_dialog import ExportDialog

SCOPES = every_scope()
BOUND_IN: dict[str, tuple[type, ...]] = {
    "Library": (LibraryScreen, LibraryList, EarmarkApp),
    "Rate": (RateScreen, DuelStage, EarmarkApp),
    "Duel": (DuelScreen, DuelStage, EarmarkApp),
    "Survey": (SurveyScreen, EarmarkApp),
    "Ranking": (RankingScreen, CursorList, Heatmap, EarmarkApp),
    "Generate": (GenerateScreen, CursorList, DraftSound, JobList, EarmarkApp),
    "Filter": (FilterField,),
    "Labels": (LabelDialog,),
    "Collections": (CollectionsDialog, CollectionList),
    "Columns": (ColumnsDialog,),
    "Libraries": (LibrariesDialog,),
    "Confirm": (ConfirmDialog,),
    "More": (MoreDialog,),
    "Prompts": (PromptsDialog, PromptList),
    "Import": (ImportDialog,),
    "Export": (ExportDialog,),
    "Record": (RecordDialog,),
    "Session": (SessionDialog,),
    "Note": (NoteDialog,),
}


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
def test_what_holds_in_a_place_is_what_its_classes_bind(scope):
    bound: dict[str, set[str]] = {}
    for kind in (each for given in BOUND_IN[scope.name] for each in given.__mro__):
        for key, binding in BindingsMap(vars(kind).get("BINDINGS")):
            if binding.id:
                bound.setdefault(binding.id, set()).add(key)
    assert {identity: set(action.keys) for identity, action in scope.actions.items()} == bound


def test_no_screen_is_imported_to_check_keys():
    check = "import sys, tui.every_key as keys; keys.every_scope(); print(*(n for n in sys.modules if 'screen' in n))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if name.startswith("tui.")] == []


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
    assert (whole["list.sort"], whole["first.batch"]) == ("f7", "s")


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
