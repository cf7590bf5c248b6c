"""All that has a key, place by place: what users may map, and what their key maps are checked against.

Taken from where the keys are written down, not from the screens that bind them: none has to be imported for it.
"""

from __future__ import annotations

from textual.app import App

from tui.browsing import keys as browsing
from tui.frame import keys as shared
from tui.frame.key_map import Scope, scope_of
from tui.generating import keys as generating
from tui.playing.recording import keys as recording
from tui.ranking import keys as ranking
from tui.session import keys as session

ON_ALL = (shared.PLAYING, shared.JUDGING, shared.GOING)
IN_APP = (shared.EVERYWHERE, App.BINDINGS)
IN_LIBRARY = (browsing.LIBRARY, browsing.FINDING, browsing.PLAYING_ON, browsing.SELECTING)


def every_scope() -> tuple[Scope, ...]:
    """The main screens with the lists in them, then the dialogs."""
    return (
        scope_of("Library", *IN_LIBRARY, *ON_ALL, browsing.FOLDING, shared.LIST, *IN_APP),
        scope_of("Rate", session.RATE, *ON_ALL, shared.DUELLING, *IN_APP),
        scope_of("Duel", session.DUEL, *ON_ALL, shared.DUELLING, *IN_APP),
        scope_of("Survey", session.SURVEY, *ON_ALL, *IN_APP),
        scope_of("Ranking", ranking.RANKING, *ON_ALL, shared.LIST, ranking.GRID, *IN_APP),
        scope_of("Generate", generating.GENERATE, *ON_ALL, shared.LIST, generating.DRAFT, generating.JOBS, *IN_APP),
        scope_of("Filter", shared.FILTERING),
        scope_of("Labels", shared.LABELLING),
        scope_of("Collections", browsing.COLLECTIONS, shared.LIST),
        scope_of("Columns", browsing.COLUMN_CHOICE),
        scope_of("Libraries", browsing.LIBRARIES),
        scope_of("Prompts", generating.PROMPTS, shared.LIST),
        scope_of("Confirm", shared.CONFIRMING),
        scope_of("More", shared.MORE),
        scope_of("Import", shared.TASK),
        scope_of("Export", shared.TASK),
        scope_of("Record", recording.RECORD),
        scope_of("Session", session.SESSION),
        scope_of("Note", session.NOTE),
    )
