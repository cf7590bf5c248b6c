"""A run of duels among some takes: who meets whom next, learning from each answer."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

from library.take import Take
from ratings.history import History
from ratings.judgement import AnyJudgement, Duel
from ratings.model.online import OnlinePosterior, online_posterior
from ratings.model.schedule import Question, ScheduleState, next_duel
from ratings.ranking.ranking import RankedTakes

CONTENDERS = 300
"""At most so many takes meet, the best of what was judged: more could not be told apart in an evening."""
ENOUGH = 24
"""With fewer takes judged, some that nobody has judged are let in."""
TOP = 10
"""The run is to find the best so many; half of the takes where there are fewer than twice that."""
REFIT = 8
"""After so many answers the whole posterior is worked out anew."""


class DuelRun:
    """Pairs to compare, one after the other.

    `next` works for a moment (a fit), `guess` and `settled` nearly as long: off the input path, one at a time.
    """

    def __init__(
        self, takes: Iterable[Take], history: History, listener: str, log: str, *, take: str | None = None
    ) -> None:
        """A run among `takes` for `listener`; `take` is in the first duel, if it is named."""
        self._takes = {one.id: one for one in takes}
        self._history = history
        self._listener, self._log = listener, log
        self._take = take if take in self._takes else None
        self._focus: OnlinePosterior | None = None
        self._version = -1
        self._learned: list[AnyJudgement] = []
        self._state = ScheduleState(k=TOP, seed=random.Random(log).randrange(1 << 31))  # noqa: S311

    def __len__(self) -> int:
        """How many takes may meet; known after `next`."""
        return 0 if self._focus is None else len(self._focus)

    def next(self) -> Question | None:
        """The next pair, noted as asked; None with fewer than two takes. Raises RatingError if the fit fails."""
        self._refresh()
        question = self._choose(self._state, self._take)
        if question is not None:
            self._state, self._take = self._state.after(question), None
        return question

    def guess(self) -> Question | None:
        """The pair that would be next if the answer to the last changed nothing: worth getting ready."""
        return self._choose(self._state, None)

    def again(self, question: Question) -> None:
        """Its answer was taken back: it counts as asked only once it is answered anew."""
        asked = list(self._state.asked)
        if question in asked:
            del asked[len(asked) - 1 - asked[::-1].index(question)]
        self._state = replace(self._state, asked=(*asked, question))

    def learn(self, judgement: Duel) -> None:
        """Learn from an answer at once; the next refit takes in all else that was judged."""
        self._learned.append(judgement)
        if self._focus is not None:
            self._focus = self._focus.update(judgement)

    def settled(self) -> int:
        """How many of the picks are among the best for all but sure; for a thread."""
        if self._focus is None or len(self._focus) <= 1:
            return 0
        return self._focus.doubt(self.top).settled

    @property
    def top(self) -> int:
        """How many takes the run is to find."""
        return max(1, min(TOP, len(self) // 2))

    def _choose(self, state: ScheduleState, take: str | None) -> Question | None:
        return None if self._focus is None else next_duel(self._focus, state, take)

    def _refresh(self) -> None:
        """Fit anew, now and then, and when something was judged elsewhere or taken back."""
        version = self._history.version
        expected = self._version + len(self._learned)
        if self._focus is not None and version == expected and len(self._learned) < REFIT:
            return
        self._version, self._learned = version, []
        history = self._history
        rated = [self._takes[one] for one in history.rated() if one in self._takes]
        standing = RankedTakes.of(rated, history)
        ids = _contenders(self._takes, [str(row.key) for row in standing.rank(top=TOP)], history, self._take)
        if len(ids) <= 1:
            self._focus = None
            return
        if strangers := [self._takes[one] for one in ids if not history.ratings(one).rated]:
            standing = RankedTakes.of([*rated, *strangers], history)
        if standing.posterior is not None:
            self._focus = online_posterior(standing.posterior, ids, self._listener, self._log)


def _contenders(takes: Iterable[str], ranked: Sequence[str], history: History, wanted: str | None) -> list[str]:
    """The best of those judged that nobody rejected, and where they are few, others at random; `wanted` in any case."""
    chosen = [take for take in ranked if not history.ratings(take).rejected][:CONTENDERS]
    if len(chosen) < ENOUGH:
        unjudged = [one for one in takes if not history.ratings(one).rated]
        few = min(len(unjudged), ENOUGH - len(chosen))
        chosen += random.Random(len(unjudged)).sample(unjudged, few)  # noqa: S311 - an order, not a secret
    if len(chosen) <= 1:
        chosen += [take for take in ranked if take not in chosen]
    return chosen if wanted is None or wanted in chosen else [*chosen, wanted]
