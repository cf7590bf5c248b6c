"""One take to be judged: the question, its outline, five stars, and what may be known of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Center, Vertical
from textual.widgets import Static

from library.take import Take
from ratings.history import TakeRatings
from ratings.judgement import QUESTION
from tui.frame.formatting import plain
from tui.playing.waveform import Waveform
from tui.session.duel_stage import describe
from tui.session.star_row import StarRow

BANDS_FROM = 9
"""Rows of the outline from which on the bands are there, too."""


class QuestionPane(Vertical):
    """Shows a take; while it is hidden, nothing that would tell which one it is or that it was heard before."""

    DEFAULT_CSS: ClassVar[str] = """
    QuestionPane {
        align: center middle;
        height: 1fr;
        #question { width: 100%; max-width: 100; text-align: center; text-style: bold; padding: 0 2; }
        Waveform { height: 1fr; max-height: 12; margin: 2 2 1 2; }
        StarRow { margin: 1 0; }
        #about, #last { width: 100%; text-align: center; padding: 0 2; height: auto; max-height: 2; }
        #about.-hidden { color: $quiet; }
        #last { color: $quiet; height: 1; }
    }
    .-short QuestionPane { padding-top: 1; }
    .-short QuestionPane Waveform { margin: 0 2; }
    .-tall QuestionPane #about { margin-top: 1; }
    .-tall QuestionPane #last { margin-top: 1; }
    """

    def __init__(self, path_of: Callable[[Take], Path], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._path_of = path_of

    def compose(self) -> ComposeResult:
        with Center():
            yield Static(QUESTION.replace(". ", ".\n"), id="question", markup=False)
        yield Waveform(self._path_of, id="waveform", bands_from=BANDS_FROM)
        with Center():
            yield StarRow()
        yield Static("", id="about", markup=False)
        yield Static("", id="last", markup=False)

    @property
    def waveform(self) -> Waveform:
        return self.query_one(Waveform)

    def show(self, take: Take) -> None:
        self.waveform.show(take)

    def show_known(self, take: Take, ratings: TakeRatings, earlier: Collection[str], *, hint: str | None) -> None:
        """What may be known of it: only `hint`, unless that is None, and no mark that is `earlier` by its id."""
        hidden = hint is not None
        self.waveform.set_marks([at for at, name in ratings.marks if name not in earlier])
        self.query_one(StarRow).show(None if hidden else ratings.stars)
        about = self.query_one("#about", Static)
        about.set_class(hidden, "-hidden")
        stance = " · rejected" * ratings.rejected + " · picked" * ratings.picked
        about.update(f"{making_of(take)}{stance}" if hint is None else hint)

    def show_last(self, words: str) -> None:
        self.query_one("#last", Static).update(words)


def making_of(take: Take) -> str:
    """Prompt, seed and model of `take` on one line."""
    made = take.model or take.generator
    return describe(take) + (f" · {plain(made)}" if made else "")
