"""All that has a key, place by place: what users may map, and what their key maps are checked against."""

from __future__ import annotations

from textual.app import App

from tui.browsing.collections_dialog import CollectionsDialog
from tui.browsing.columns_dialog import ColumnsDialog
from tui.browsing.import_dialog import ImportDialog
from tui.browsing.libraries_dialog import LibrariesDialog
from tui.browsing.library_list import LibraryList
from tui.browsing.library_screen import LibraryScreen
from tui.frame.confirm_dialog import ConfirmDialog
from tui.frame.cursor_list import CursorList
from tui.frame.filter_field import FilterField
from tui.frame.key_map import Scope, scope_of
from tui.frame.label_dialog import LabelDialog
from tui.generating.draft_field import DraftSound
from tui.generating.generate_screen import GenerateScreen
from tui.playing.recording.record_dialog import RecordDialog
from tui.ranking.heatmap import Heatmap
from tui.ranking.ranking_screen import RankingScreen
from tui.session.duel_screen import DuelScreen
from tui.session.duel_stage import DuelStage
from tui.session.note_dialog import NoteDialog
from tui.session.rate_screen import RateScreen
from tui.session.session_dialog import SessionDialog
from tui.session.survey_screen import SurveyScreen
from tui.sharing.export_dialog import ExportDialog


def every_scope(app: type[App[None]]) -> tuple[Scope, ...]:
    """The main screens with the lists in them, then the dialogs."""
    return (
        scope_of("Library", LibraryScreen, LibraryList, app),
        scope_of("Rate", RateScreen, DuelStage, app),
        scope_of("Duel", DuelScreen, DuelStage, app),
        scope_of("Survey", SurveyScreen, app),
        scope_of("Ranking", RankingScreen, CursorList, Heatmap, app),
        scope_of("Generate", GenerateScreen, CursorList, DraftSound, app),
        scope_of("Filter", FilterField),
        scope_of("Labels", LabelDialog),
        scope_of("Collections", CollectionsDialog),
        scope_of("Columns", ColumnsDialog),
        scope_of("Libraries", LibrariesDialog),
        scope_of("Confirm", ConfirmDialog),
        scope_of("Import", ImportDialog),
        scope_of("Export", ExportDialog),
        scope_of("Record", RecordDialog),
        scope_of("Session", SessionDialog),
        scope_of("Note", NoteDialog),
    )
