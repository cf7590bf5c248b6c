"""A note about a take."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from library.take import Take
from ratings.judgement import MAX_NOTE
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.formatting import plain
from tui.frame.key_names import key_name
from tui.session.keys import NOTE
from tui.workspace import Workspace


class NoteDialog(QuestionDialog[str]):
    """Asks for words; the result is what was written, None if nothing was. Does not say which take it is: it may be
    heard blind.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*NOTE]
    CSS = """
    NoteDialog {
        #earlier { height: auto; max-height: 10; margin-bottom: 1; }
    }
    """

    def __init__(self, workspace: Workspace, take: Take) -> None:
        super().__init__()
        self._workspace, self._take = workspace, take

    def compose(self) -> ComposeResult:
        workspace = self._workspace
        ratings, unsaved = workspace.ratings(self._take), workspace.unsaved.get(self._take.id, "")
        earlier = workspace.blindfold.earlier(self._take.id)
        notes = [note for note in ratings.notes if note[1] not in earlier]
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Note"
            if notes:
                with VerticalScroll(id="earlier", can_focus=False):
                    for text, _ in notes:
                        yield Static(plain(text), classes="quiet", markup=False)
            yield Input(unsaved, placeholder="what you hear", max_length=MAX_NOTE, id="words", select_on_focus=False)
            again = "not saved yet ·  " if unsaved else ""
            cancel = key_name(self, "note.cancel").capitalize()
            deeds = ("Enter", "save", "screen.save"), (cancel, "cancel", "screen.dismiss")
            yield DialogKeys(*deeds, before=again)

    def on_mount(self) -> None:
        for earlier in self.query("#earlier"):
            earlier.scroll_end(animate=False)

    @on(Input.Submitted)
    def action_save(self) -> None:
        self.dismiss(self.query_one(Input).value.strip() or None)
