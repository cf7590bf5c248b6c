"""The library that is open and what listeners said about it: what the screens show, without a screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from library.errors import LibraryError
from library.library import Library
from library.store.catalog import Catalog, Place
from library.store.shards import Damage
from library.take import Take
from ratings.browse import View
from ratings.filtering.collections import Collections
from ratings.filtering.vocabulary import Vocabulary
from ratings.history import History, TakeRatings
from ratings.journal import Journal, JudgementLog
from ratings.judgement import AnyJudgement, Note
from ratings.logs.undone import Undone
from ratings.session.blindfold import Blindfold
from ratings.session.plan import SessionPlans
from tui.messages import LibraryChanged

if TYPE_CHECKING:
    from ratings.ranking.word_effects import WordEffect

STILL_S = 10.0
"""A damaged file that nobody has written for so long won't become whole by itself."""
NAMED = 3
"""So many damaged files are named at once, the rest counted."""


class Workspace:
    """A catalog, a journal and this listener's log. `refresh` may run on a thread; the rest is quick."""

    def __init__(self, root: Path, listener: str) -> None:
        """Raises LibraryError or NewerFormatError where `root` can't be a library. Reads no takes yet."""
        self.library = Library(root)
        self.catalog = Catalog(self.library)
        self.journal = Journal(self.library)
        self.listener = listener
        self.log: JudgementLog = self.journal.log(listener)
        self.undone = Undone(self.log)
        self.plans = SessionPlans(self.library, listener, self.log.name)
        self.view = View(self.history, listener=self.log.listener)
        self.vocabulary = Vocabulary(self.history)
        self.collections = Collections(self.library, listener, self.log.name)
        self.blindfold = Blindfold()
        self.loaded = False
        """Whether the first refresh is over."""
        self.unsaved: dict[str, str] = {}
        """Words about takes, by their ids, that could not be written: nobody should have to find them again."""
        self.words: tuple[WordEffect, ...] = ()
        """What the words of prompts do, as far as somebody has worked it out."""
        self._told: set[Damage] = set()
        self._closed: list[Damage] = []
        """Why no judgements can be read, where that is so."""
        self._place = Place()
        self._lock = threading.Lock()

    @property
    def history(self) -> History:
        return self.journal.history

    def refresh(self) -> LibraryChanged:
        """Read what is new on disk since the last call; from this process, from others, from other machines."""
        with self._lock:
            if len(self.catalog):
                self.library.check_still_there()
            self.catalog.refresh()
            change, self._place = self.catalog.news(self._place)
            try:
                judged = self.journal.refresh()
                self._closed = []
            except LibraryError as error:  # the takes can be heard all the same
                judged = []
                self._closed = [Damage(self.library.sessions, error.what)]
            self.view.add([*change.added, *change.changed])
            self.vocabulary.add([*change.added, *change.changed])
            first, self.loaded = not self.loaded, True
        return LibraryChanged(added=change.added, changed=change.changed, judged=judged, first=first)

    def new_damages(self) -> list[Damage]:
        """The damages that nobody was told of yet, but for files that are being written: they may be half brought."""
        damages = [*self.catalog.damages, *self.journal.damages, *self.collections.damages, *self._closed]
        standing = [damage for damage in damages if damage not in self._told]
        found = [damage for damage in standing if not _is_on_its_way(damage.path)]
        self._told.update(found)
        return found

    def damage_lines(self) -> list[str]:
        """`new_damages`, a line each; of many the first few, and how many more there are."""
        found = self.new_damages()
        more = [f"So are {len(found) - NAMED:,} more; `earmark doctor` lists them."] if len(found) > NAMED else []
        return [str(damage) for damage in found[:NAMED]] + more

    def ratings(self, take: Take) -> TakeRatings:
        return self.history.ratings(take.id)

    def keep_words(self, written: Iterable[AnyJudgement], withdrawn: Iterable[AnyJudgement]) -> None:
        """Keep the words of notes that could not be written, until the take has some."""
        self.unsaved.update((one.take, one.text) for one in withdrawn if isinstance(one, Note))
        for one in written:
            if isinstance(one, Note):
                self.unsaved.pop(one.take, None)


def _is_on_its_way(path: Path) -> bool:
    try:
        return 0 <= time.time() - path.lstat().st_mtime < STILL_S
    except OSError:
        return False
