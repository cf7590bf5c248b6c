"""What the dialogues share: each leaves once, however fast the keys come."""

from __future__ import annotations

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A screen over another. Keys may still be on their way to it when it has left."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leave, with a result; the screen below is never taken for this one."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class QuestionDialog(Dialog[ScreenResultType | None]):
    """A dialogue that a click beside it leaves, with None for an answer."""

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)
