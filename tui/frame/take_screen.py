"""A screen with a take that keys act upon, or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.screen import Screen

from library.take import Take
from ratings.journal import JudgementLog
from tui.context import AppContext


class TakeScreen(Screen[None]):
    """Says which take the keys mean, and how much of it may be told."""

    ASKS: ClassVar[bool] = False
    """Whether it asks about takes, and knows itself what it must not tell."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context

    def subject(self) -> Take | None:
        """The take that keys act upon; None where there is none."""
        return None

    @property
    def many(self) -> Sequence[Take]:
        """The takes that are selected; none where keys mean the one under the cursor."""
        return ()

    def subjects(self) -> Sequence[Take]:
        """The takes that keys for several act upon."""
        take = self.subject()
        return self.many or ([] if take is None else [take])

    def step(self, by: int) -> None:
        """Go to the previous or next take."""

    def advance(self) -> None:
        """Go on after a judgement: the next take, playing."""

    @property
    def own_log(self) -> JudgementLog:
        return self.context.workspace.log

    @property
    def blind(self) -> bool:
        """Whether nothing here may tell which take the subject is. Elsewhere a cursor on it doesn't tell that it is."""
        take = self.subject()
        return self.ASKS and take is not None and self.context.workspace.blindfold.hides(take.id)

    def is_blind(self, *takes: Take) -> bool:
        return self.ASKS and self.context.workspace.blindfold.is_blind(*(take.id for take in takes))

    def marks_of(self, take: Take) -> list[float]:
        """Its marks, as far as they may be known."""
        earlier = self.context.workspace.blindfold.earlier(take.id)
        return [position for position, name in self.context.workspace.ratings(take).marks if name not in earlier]
