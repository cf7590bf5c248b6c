"""The field for a filter: completes what is typed, remembers what was asked for, and says what means nothing."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.suggester import Suggester
from textual.widgets import Input, Static

from ratings.filtering.query import Query
from ratings.filtering.vocabulary import Vocabulary
from tui.context import AppContext
from tui.frame.formatting import plain
from tui.frame.keys import FILTERING

REMEMBERED = 50
"""So many filters are kept in the settings."""


class FilterHint(Static):
    """Says what of the filter means nothing; takes no room while there is nothing to say."""

    DEFAULT_CSS = """
    FilterHint { height: auto; max-height: 2; margin: 0 2; color: $error; display: none; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def say(self, words: str) -> None:
        self.display = bool(words)
        self.update(words)


class FilterField(Input):
    """A filter as it is typed. `tab` or `→` completes, `↑` and `↓` go through earlier ones."""

    BINDINGS: ClassVar[list[BindingType]] = [*FILTERING]

    def __init__(self, context: AppContext, value: str = "", *, id: str | None = None, placeholder: str = "") -> None:
        suggester = _Completer(context.workspace.vocabulary)
        super().__init__(value, placeholder, suggester=suggester, id=id, compact=True)
        self._shared = context
        self._back = 0
        """How far back in what was asked for; 0 for what is being typed."""
        self._typed = ""

    def action_complete(self) -> None:
        """Complete at the end, wherever the cursor is; where there is nothing to complete, go on to the list."""
        completed = self._shared.workspace.vocabulary.complete(self.value)
        if completed is None:
            self.screen.focus_next()
        else:
            self.value = completed
        self.cursor_position = len(self.value)

    def action_earlier(self, by: int) -> None:
        known = self._shared.settings.filters
        if self._back == 0:
            self._typed = self.value
        self._back = min(len(known), max(0, self._back + by))
        self.value = known[self._back - 1] if self._back else self._typed
        self.cursor_position = len(self.value)

    def remember(self) -> None:
        """Keep what is asked for now among what was."""
        self._back = 0
        asked = self.value.strip()
        query = Query.parse(asked)
        if query == Query() or query.faults or query.named is not None:
            return
        others = [one for one in self._shared.settings.filters if Query.parse(one) != query]
        self._shared.remember(filters=(asked, *others)[:REMEMBERED])

    @on(Input.Changed)
    def _explain(self) -> None:
        faults = self._shared.workspace.vocabulary.faults(Query.parse(self.value))
        for hint in self.screen.query(FilterHint):
            hint.say(plain(" ".join(map(str, faults))))


class _Completer(Suggester):
    """Finds the likeliest word on a thread: there may be 100,000 prompts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._vocabulary = vocabulary

    async def get_suggestion(self, value: str) -> str | None:
        """The whole text, completed at its end."""
        return await asyncio.to_thread(self._vocabulary.complete, value)
