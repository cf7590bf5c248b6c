"""Best to worst, by take, prompt, seed and word: the posterior of the rating model, on the scale of stars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from library.take import Take
from ratings.history import UNJUDGED, History, TakeRatings
from ratings.model.arrays import Floats
from ratings.model.chances import NewTakes, chances
from ratings.model.evidence import TakePool
from ratings.model.learn_scales import fit_judgements
from ratings.model.posterior import FactorName, LinearPredictor, Posterior, Scores
from ratings.model.stars import StarScale
from ratings.model.stopping import places
from ratings.ranking.choices import RANKED_BY, By
from ratings.ranking.factors import Key, value_of

_FEW_DRAWS = 200
"""Of the line of the k-th place, in a large library: enough for the chances of new takes."""
_MOST_FREE = 5000
"""Of more empty cells nobody looks at each."""


class RankedRow(Struct, frozen=True, gc=False):
    """A place in the ranking. Scores are on the scale of stars, 1 to 5, intervals hold 80 %.

    A take's score is what its listeners would give it on average, heard often; a prompt's (seed's) what they would give
    new takes of it; a word's what they would give new takes of an average prompt with that word in it; the value of any
    other factor has the mean of those that were judged.
    """

    rank: int
    key: Key
    """Id of the take, the prompt, the seed, or the value of another factor."""
    score: float
    low: float
    high: float
    p_top: float
    """Probability of being among the best n."""
    stars: float | None
    """Mean of the stars as given; None where there are none."""
    judgements: int
    takes: tuple[str, ...]
    """Ids of the takes behind it, all of them judged."""
    count: int
    """How many takes there are of it, judged or not."""
    p_new_top: float | None = None
    """Probability that one more take of it would be among the best takes; None for a take, and where nobody asked."""
    factor: str = ""
    """Of what it is a value; empty for takes, prompts and seeds."""


class Cell(Struct, frozen=True, gc=False):
    """The takes of one prompt and one seed. Without judgements the score is what prompt and seed let expect."""

    takes: tuple[str, ...]
    score: float
    low: float
    high: float
    judgements: int


class Grid(Struct, frozen=True):
    """Prompts × seeds."""

    prompts: tuple[str, ...]
    """In the order in which they first came."""
    seeds: tuple[int, ...]
    """Upwards."""
    cells: dict[tuple[str, int], Cell]
    """Where there are takes."""
    free: dict[tuple[str, int], float] = {}
    """Where there are none: the probability that a new take would be among the best. Empty where nobody asked."""


@dataclass(frozen=True)
class RankedTakes:
    """What is known of some takes now: one fit, from which rankings and the grid are read off."""

    takes: tuple[Take, ...]
    all_ratings: dict[str, TakeRatings]
    posterior: Posterior | None
    """None without takes."""

    @staticmethod
    def of(takes: Iterable[Take], history: History) -> RankedTakes:
        """Fit the model to the judgements of `takes`. Safe in a thread. Raises RatingError if the fit fails."""
        chosen = tuple({take.id: take for take in takes}.values())
        all_ratings = {take: history.ratings(take) for take in history.judged()}
        return RankedTakes(chosen, all_ratings, fit_judgements(TakePool.of(chosen), history.live()) if chosen else None)

    @staticmethod
    def judged(takes: Iterable[Take], history: History) -> RankedTakes:
        """Of the takes that somebody judged: those that nobody did change nothing for the others."""
        rated = set(history.rated())
        return RankedTakes.of([take for take in takes if take.id in rated], history)

    def rank(
        self,
        *,
        by: By | str = "take",
        top: int = 10,
        reach: int | None = None,
        among: Collection[str] | None = None,
        seedless: Collection[str] = (),
    ) -> list[RankedRow]:
        """All takes (prompts, seeds, values of a factor) with judgements, best first; of those `among` these ids.

        Takes without a prompt (seed) have no part in that ranking. `top` is the n of p_top, among those ranked; `reach`
        is that of p_new_top, among takes, which is not worked out without. Of few, n is half of them (`places`).
        Takes of generators that are `seedless` have no part in the ranking of seeds, which mean nothing there.
        """
        at = self._rated if among is None else [i for i in self._rated if self.takes[i].id in among]
        if by == "seed" and seedless:
            at = [i for i in at if self.takes[i].generator not in seedless]
        if self.posterior is None or not at:
            return []
        posterior, pool = self.posterior, self.posterior.evidence.pool
        chosen, spread = np.array(at, dtype=np.int64), 0.0
        more: NewTakes | None = None
        if by == "take":
            keys: list[Key] = [self.takes[i].id for i in at]
            members: list[list[str]] = [[self.takes[i].id] for i in at]
            sizes = [1] * len(at)
            predictor = posterior.take_predictor(chosen)
        elif by == "word":
            keys, members, sizes, here = self._words(at)
            if not keys:
                return []
            every = posterior.word_predictor()
            predictor = LinearPredictor(every.fitted[here], every.prior_only[here])
            spread = posterior.scales.take + posterior.scales.seed + posterior.scales.prompt
            more = NewTakes(predictor, np.full(len(keys), spread))
        elif by not in RANKED_BY:
            keys, groups_of, sizes = self._values(at, by)
            if not keys:
                return []
            members = [[self.takes[i].id for i in group] for group in groups_of]
            predictor = _means(posterior, groups_of)
        else:
            name = cast("FactorName", by)
            of_all = pool.prompt_of if by == "prompt" else pool.seed_of
            of = of_all[chosen]
            groups: dict[int, list[str]] = {}
            for i, group in zip(at, of.tolist(), strict=True):
                groups.setdefault(group, []).append(self.takes[i].id)
            groups.pop(-1, None)
            if not groups:
                return []
            wanted, members = np.array(list(groups), dtype=np.int64), list(groups.values())
            sizes = np.bincount(of_all[of_all >= 0])[wanted].tolist()
            keys = [pool.prompts[group] if by == "prompt" else pool.seeds[group] for group in groups]
            predictor = posterior.effect_predictor(name, wanted)
            scales = posterior.scales
            spread = scales.take + (scales.seed if by == "prompt" else scales.prompt)
            more = NewTakes.of(posterior, name, wanted)
        scores = posterior.scores(predictor)
        new: NDArray[Any] = np.full(len(keys), None)
        if more is not None and reach is not None:
            reach = places(reach, len(at))
            new = chances(posterior, posterior.take_predictor(chosen), reach, new=more, least=_FEW_DRAWS).new
        numbers = _in_stars(posterior, scores, spread)
        # Equal qualities stay in the order of the takes, whatever the last digits say.
        order = np.argsort(-np.round(scores.mean, 9), kind="stable")
        columns = (*numbers, chances(posterior, predictor, places(top, len(keys)), scores=scores).there, new)
        rows = zip(order.tolist(), *(values[order].tolist() for values in columns), strict=True)
        return [
            RankedRow(
                place,
                keys[i],
                score,
                low,
                high,
                p_top,
                *self._given(members[i]),
                tuple(members[i]),
                sizes[i],
                p_new,
                "" if by in RANKED_BY else by,
            )
            for place, (i, score, low, high, p_top, p_new) in enumerate(rows, 1)
        ]

    def _values(self, at: Sequence[int], factor: str) -> tuple[list[Key], list[list[int]], list[int]]:
        """The values of a factor, which of the takes `at` these places have each, and how many takes do."""
        kinds: dict[Key, list[int]] = {}
        for i in at:
            if (value := value_of(self.takes[i], factor)) is not None:
                kinds.setdefault(value, []).append(i)
        there = Counter(value_of(take, factor) for take in self.takes)
        return list(kinds), list(kinds.values()), [there[key] for key in kinds]

    def _words(self, at: Sequence[int]) -> tuple[list[Key], list[list[str]], list[int], list[int]]:
        """The words that judged prompts share, of those in takes `at` these places; the ids of these with each, how
        many takes have it, and its number. Words that always come together are one.
        """
        assert self.posterior is not None  # noqa: S101  # callers have looked
        words, pool = self.posterior.layout.words, self.posterior.evidence.pool
        members: list[list[str]] = [[] for _ in words.words]
        for i in at:
            for number in words.of_prompt[pool.prompt_of[i]].tolist() if pool.prompt_of[i] >= 0 else ():
                if number >= 0:
                    members[number].append(self.takes[i].id)
        known = words.of_prompt[pool.prompt_of[pool.prompt_of >= 0]]
        sizes = np.bincount(known[known >= 0], minlength=len(words.words)).tolist()
        here = [number for number, ids in enumerate(members) if ids]
        names: list[Key] = [words.words[number].name for number in here]
        return names, [members[number] for number in here], [sizes[number] for number in here], here

    @property
    def listeners(self) -> list[str]:
        """Whose judgements it goes by: who said most first."""
        if self.posterior is None:
            return []
        evidence = self.posterior.evidence
        answers = np.bincount(evidence.listener, minlength=len(evidence.listeners)).tolist()
        return [name for _, name in sorted(zip((-count for count in answers), evidence.listeners, strict=True))]

    @cached_property
    def _rated(self) -> list[int]:
        """Where the takes are whose quality somebody judged."""
        return [i for i, take in enumerate(self.takes) if self.all_ratings.get(take.id, UNJUDGED).rated]

    def grid(self, reach: int | None = None) -> Grid:
        """The takes that have both prompt and seed, as a grid; a cell of several takes shows their mean.

        With `reach`, also how likely a take of each empty cell is to be among that many best (of few, half of them).
        """
        there: dict[tuple[str, int], list[int]] = {}
        for i, take in enumerate(self.takes):
            if take.prompt is not None and take.seed is not None:
                there.setdefault((take.prompt, take.seed), []).append(i)
        if self.posterior is None or not there:
            return Grid((), (), {})
        predictor = _means(self.posterior, list(there.values()))
        numbers = _in_stars(self.posterior, self.posterior.scores(predictor))
        cells = {}
        rows = zip(*(values.tolist() for values in numbers), strict=True)
        for (key, group), (score, low, high) in zip(there.items(), rows, strict=True):
            ids = tuple(self.takes[i].id for i in group)
            cells[key] = Cell(ids, score, low, high, self._given(ids)[1])
        prompts, seeds = tuple(dict.fromkeys(p for p, _ in there)), tuple(sorted({s for _, s in there}))
        free = [(p, s) for p in prompts for s in seeds if (p, s) not in there] if reach is not None else []
        return Grid(prompts, seeds, cells, self._chances(self.posterior, free, reach or 0))

    def _chances(self, posterior: Posterior, free: list[tuple[str, int]], reach: int) -> dict[tuple[str, int], float]:
        if not free or not self._rated or len(free) > _MOST_FREE:
            return {}
        pool, rated = posterior.evidence.pool, np.array(self._rated, dtype=np.int64)
        prompts, seeds = ({key: i for i, key in enumerate(keys)} for keys in (pool.prompts, pool.seeds))
        levels = np.array([(prompts[p], seeds[s]) for p, s in free], dtype=np.int64)
        new = NewTakes.of_cells(posterior, levels[:, 0], levels[:, 1])
        top = places(reach, len(rated))
        found = chances(posterior, posterior.take_predictor(rated), top, new=new, least=_FEW_DRAWS).new
        return dict(zip(free, found.tolist(), strict=True))

    def _given(self, takes: Sequence[str]) -> tuple[float | None, int]:
        """Mean stars and number of judgements over some takes."""
        known = [self.all_ratings[take] for take in takes if take in self.all_ratings]
        stars = [ratings.stars for ratings in known if ratings.stars is not None]
        return (sum(stars) / len(stars) if stars else None), sum(ratings.judgements for ratings in known)


def rank(
    takes: Iterable[Take],
    history: History,
    *,
    by: By | str = "take",
    top: int = 10,
    reach: int | None = None,
    among: Collection[str] | None = None,
) -> list[RankedRow]:
    """One ranking, as of `RankedTakes.rank`; for several of the same takes, keep the `RankedTakes`."""
    return RankedTakes.judged(takes, history).rank(by=by, top=top, reach=reach, among=among)


def _in_stars(posterior: Posterior, scores: Scores, spread: float = 0.0) -> tuple[Floats, ...]:
    """Score, low and high on the scale of stars."""
    scale = StarScale.of(posterior)
    return tuple(scale.stars(values, spread) for values in (scores.mean, scores.low, scores.high))


def _means(posterior: Posterior, groups: Sequence[Sequence[int]]) -> LinearPredictor:
    """The mean quality of each group of takes."""
    sizes = np.array([len(group) for group in groups])
    takes = np.array([i for group in groups for i in group], dtype=np.int64)
    rows = np.repeat(np.arange(len(groups)), sizes)
    mean = sparse.coo_array((1 / sizes[rows], (rows, np.arange(len(takes)))), shape=(len(groups), len(takes))).tocsr()
    predictor = posterior.take_predictor(takes)
    return LinearPredictor((mean @ predictor.fitted).tocsr(), (mean @ predictor.prior_only).tocsr())
