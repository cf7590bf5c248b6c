"""Ways to spend a listener's time: the app's own session, and plain ones with paper and pencil or with our model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from library.take import time_text
from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from ratings.model.arrays import Floats, Ints
from ratings.model.evidence import TakePool
from ratings.model.learn_scales import fit_judgements
from ratings.model.posterior import Scores
from ratings.session.plan import SessionPlan
from ratings.session.progress import measure_progress
from ratings.session.session import Session
from tests.benchmarks.simulation.listeners import BEGUN, Mind, Sitting
from tests.scoring import take_scores

K = 10
GOAL = 0.10


@dataclass(frozen=True)
class Look:
    """Where a listener stands at a time."""

    minute: float
    answers: int
    regret: float
    """True mean shortfall of the K picked, in units of the spread of quality."""
    told: float = np.nan


@dataclass
class Course:
    """One listener through one way, minute by minute."""

    looks: list[Look] = field(default_factory=list)
    stop: Look | None = None
    """Where the app first said that it was done."""
    covered: float = np.nan
    """Share of the 80 % intervals that held the truth of the 20 that looked best at the stop, or at the end."""
    noise: tuple[float, float] = (np.nan, np.nan)
    """Of stars: learned at the end, true."""

    def at(self, minute: float) -> Look:
        """The last look not after that minute."""
        return max((look for look in self.looks if look.minute <= minute + 1e-9), key=lambda look: look.minute)


Way = Callable[[Mind, int, tuple[int, ...]], Course]
"""For a listener, a number that settles what is left to chance, and the minutes at which it is looked at."""


def shortfall(mind: Mind, picked: Ints) -> float:
    """Of the `picked` takes from the best as many."""
    return float(np.sort(mind.quality)[-len(picked) :].mean() - mind.quality[picked].mean())


def earmark(mind: Mind, number: int, minutes: tuple[int, ...]) -> Course:
    """A session as the app runs it, fits and all that is learned included. It goes on after the stop is told."""
    sitting, course = Sitting(mind), Course()
    begun = time_text(BEGUN)
    session = Session.begin(
        SessionPlan(id="plan", begun=begun, at=begun, best=K, goal=GOAL, seed=number),
        takes=mind.takes,
        selected=[take.id for take in mind.takes],
        judgements=lambda: sitting.said,
        listener="l",
        belongs=lambda _: True,
    )
    while sitting.minutes < minutes[-1]:
        question = session.question
        take = int(question.take, 16)
        if question.other is None:
            said: AnyJudgement = sitting.rate(take)
        else:
            said = sitting.compare(take, int(question.other, 16), side=question.side, first=question.first)
        session.answer(said)
        if (task := session.due()) is not None:
            session.adopt(task.run())
        due = len(course.looks) + 1
        if sitting.minutes >= due:
            _look(course, sitting, session, until=int(min(sitting.minutes, minutes[-1])))
    return course


def _look(course: Course, sitting: Sitting, session: Session, until: int) -> None:
    """At each minute that the last answer ended, as with the plain ways."""
    view, progress = session.belief.focus, measure_progress(session.belief, None)
    places = np.array([int(name, 16) for name in view.names])
    regret = shortfall(sitting.mind, places[np.argsort(-view.quality, kind="stable")[:K]])
    look = Look(sitting.minutes, len(sitting.said), regret, progress.regret)
    course.looks += [replace(look, minute=float(due)) for due in range(len(course.looks) + 1, until + 1)]
    if course.stop is None:
        best = np.argsort(-view.quality, kind="stable")[:20]
        told, true = Scores(view.quality, np.sqrt(np.diag(view.quality_covariance))), sitting.mind.quality[places]
        course.covered = float(np.mean(((told.low <= true) & (true <= told.high))[best]))
        course.stop = look if progress.reason == "settled" else None
    course.noise = view.noise.star, getattr(sitting.mind, "star_noise", np.nan)


# Plain ways

Order = Callable[[Sitting, np.random.Generator], Iterator[None]]
"""Asks question after question, pausing after each."""
Score = Callable[[Sitting], Floats]
"""(takes,) what each take is worth by what was said."""


def plain(order: Order, score: Score, *, may_reject: bool = True) -> Way:
    """One that asks in its own order, and is looked at in between."""

    def way(mind: Mind, number: int, minutes: tuple[int, ...]) -> Course:
        sitting, course, rng = Sitting(mind, may_reject=may_reject), Course(), np.random.default_rng((5, number))
        asked = order(sitting, rng)
        for due in range(1, minutes[-1] + 1):
            while sitting.minutes < due and next(asked, asked) is None:
                pass
            if sitting.said and (course.looks == [] or len(sitting.said) > course.looks[-1].answers):
                picked = np.argsort(-score(sitting), kind="stable")[:K]
            course.looks.append(Look(float(due), len(sitting.said), shortfall(mind, picked)))
        return course

    return way


def mean_stars(sitting: Sitting) -> Floats:
    """A reject counts as no star; a take nobody heard as the mean; one rating as half of what many would say."""
    total, count = np.zeros(len(sitting.times)), np.zeros(len(sitting.times))
    for one in sitting.said:
        if isinstance(one, Stars | Reject):
            total[int(one.take, 16)] += one.stars if isinstance(one, Stars) else 0
            count[int(one.take, 16)] += 1
    middle = total.sum() / max(count.sum(), 1)
    out: Floats = (total + middle) / (count + 1)
    return out


def our_model(sitting: Sitting) -> Floats:
    """By the model as the app learns it."""
    return take_scores(fit_judgements(TakePool.of(sitting.mind.takes), sitting.said)).mean


def bradley_terry(sitting: Sitting) -> Floats:
    """Of duels alone, a tie half a win of either; each take also drew one duel with a take of mean worth.

    By minorisation (Hunter 2004, MM algorithms for generalized Bradley-Terry models).
    """
    count = len(sitting.times)
    wins, met = np.zeros(count), np.zeros((count, count))
    for one in sitting.said:
        if isinstance(one, Duel):
            a, b = int(one.take, 16), int(one.other, 16)
            met[a, b] += 1
            met[b, a] += 1
            share = {"take": 1.0, "tie": 0.5, "other": 0.0}[one.winner]
            wins[a] += share
            wins[b] += 1 - share
    worth = np.ones(count)
    for _ in range(200):
        worth = (wins + 0.5) / ((met / (worth[:, None] + worth)).sum(axis=1) + 1 / (worth + 1))
    return worth


def passes(count: int | None) -> Order:
    """All takes in random order, `count` times over (None: for ever)."""

    def order(sitting: Sitting, rng: np.random.Generator) -> Iterator[None]:
        done = 0
        while count is None or done < count:
            for take in rng.permutation(len(sitting.times)):
                sitting.rate(int(take))
                yield
            done += 1

    return order


def shortlist(score: Score, length: int = 20) -> Order:
    """One pass, then rounds of stars for the best so far."""

    def order(sitting: Sitting, rng: np.random.Generator) -> Iterator[None]:
        yield from passes(1)(sitting, rng)
        while True:
            for take in rng.permutation(np.argsort(-score(sitting), kind="stable")[:length]):
                sitting.rate(int(take))
                yield

    return order


def swiss(sitting: Sitting, rng: np.random.Generator) -> Iterator[None]:
    """Rounds of duels between neighbours by points (a win 1, a tie a half), no rematches while there are others."""
    count = len(sitting.times)
    points, met = np.zeros(count), np.eye(count, dtype=bool)
    while True:
        waiting = list(np.lexsort((rng.random(count), -points)))
        while len(waiting) > 1:
            a = waiting.pop(0)
            b = waiting.pop(next((i for i, one in enumerate(waiting) if not met[a, one]), 0))
            met[a, b] = met[b, a] = True
            gain = {"take": 1.0, "tie": 0.5, "other": 0.0}[sitting.compare(int(a), int(b)).winner]
            points[a] += gain
            points[b] += 1 - gain
            yield


WAYS: dict[str, Way] = {
    "Earmark": earmark,
    "pass with X, shortlist, our model": plain(shortlist(our_model), our_model),
    "pass with X, shortlist, mean stars": plain(shortlist(mean_stars), mean_stars),
    "the same without X": plain(shortlist(mean_stars), mean_stars, may_reject=False),
    "passes with X, mean stars": plain(passes(None), mean_stars),
    "Swiss duels, Bradley-Terry": plain(swiss, bradley_terry),
}
RIVALS = tuple(name for name in WAYS if name != "Earmark")
