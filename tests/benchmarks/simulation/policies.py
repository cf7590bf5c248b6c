"""Ways to spend a listener's time, all judged with the same posterior."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ratings.judgement import Duel, Reject, Stars
from ratings.model.evidence import TIME_BIN_S, Evidence, EvidenceBuilder
from ratings.model.learn_scales import learn
from ratings.model.online import online_posterior
from ratings.model.posterior import Posterior, fit
from ratings.model.schedule import ScheduleSettings, ScheduleState, next_question
from tests.benchmarks.simulation.listeners import Listener
from tests.scoring import take_scores

K = 10


@dataclass
class Course:
    """One listener through one policy, at each checkpoint."""

    minutes: list[float] = field(default_factory=list)
    regret: list[float] = field(default_factory=list)
    predicted: list[float] = field(default_factory=list)
    covered: list[float] = field(default_factory=list)
    """Share of the 80 % intervals that hold the truth."""
    questions: dict[str, int] = field(default_factory=dict)
    ears: list[tuple[float, float]] = field(default_factory=list)


def true_regret(listener: Listener, picked: np.ndarray) -> float:
    """Mean shortfall of the picked from the true K best."""
    top = np.sort(listener.quality)[-K:].mean()
    return float(top - listener.quality[picked].mean())


class Sitting:
    """Asks the listener and gathers what is said."""

    def __init__(self, listener: Listener, *, may_reject: bool) -> None:
        listener.begin()
        self.listener, self.may_reject = listener, may_reject
        self.builder = EvidenceBuilder(listener.pool)
        self.count = 0

    def rate(self, take: int) -> Stars | Reject:
        at_s = self.listener.minutes * 60
        stars = self.listener.rate(take, may_reject=self.may_reject)
        self.count += 1
        common = {
            "id": str(self.count),
            "take": self.listener.pool.takes[take],
            "listener": "l",
            "session": "s",
            "at": "-",
        }
        said = Stars(stars=stars, **common) if stars else Reject(**common)
        self.builder.add(said, at_s)
        return said

    def compare(self, a: int, b: int) -> Duel:
        at_s = self.listener.minutes * 60
        outcome = self.listener.compare(a, b)
        self.count += 1
        takes = self.listener.pool.takes
        winner = {1: "take", 0: "tie", -1: "other"}[outcome]
        said = Duel(id=str(self.count), take=takes[a], other=takes[b], listener="l", session="s", at="-", winner=winner)
        self.builder.add(said, at_s)
        return said


def _note(course: Course, listener: Listener, scores, predicted: float = np.nan) -> None:
    picked = np.argsort(-scores.mean, kind="stable")[:K]
    course.minutes.append(listener.minutes)
    course.regret.append(true_regret(listener, picked))
    course.predicted.append(predicted)
    course.covered.append(float(np.mean((scores.low < listener.quality) & (listener.quality < scores.high))))


def fixed(
    listener: Listener,
    order: Order,
    *,
    until: float,
    every: float,
    may_reject: bool = False,
) -> Course:
    """A policy that asks step by step; the posterior is fitted at checkpoints, and where the policy wants it."""
    sitting, course = Sitting(listener, may_reject=may_reject), Course()
    latest = Latest(sitting)
    due = every
    for _ in order(sitting, latest):
        if listener.minutes >= due:
            _note(course, listener, take_scores(latest.posterior()))
            due += every * (1 + int((listener.minutes - due) // every))
        if listener.minutes >= until:
            break
    return course


class Latest:
    """The posterior of all that was gathered, fitted when asked for; its scales are learned ever less often."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._posterior: Posterior | None = None
        self._learned = 0

    def posterior(self) -> Posterior:
        evidence = self._sitting.builder.build()
        if self._posterior is not None and len(evidence) == len(self._posterior.evidence):
            return self._posterior
        if len(evidence) >= max(50, 1.6 * self._learned):
            self._learned = len(evidence)
            self._posterior = learn(evidence, rounds=1)
        else:
            scales = None if self._posterior is None else self._posterior.scales
            self._posterior = fit(evidence, scales)
        return self._posterior


Order = Callable[[Sitting, Latest], Iterator[None]]
"""Asks question after question, pausing after each."""


def passes(rng: np.random.Generator, count: int | None) -> Order:
    """Stars for every take in random order, `count` times over (None: for ever)."""

    def order(sitting: Sitting, latest: Latest) -> Iterator[None]:
        done = 0
        while count is None or done < count:
            for take in rng.permutation(len(sitting.listener.pool)):
                sitting.rate(int(take))
                yield
            done += 1

    return order


def shortlist(rng: np.random.Generator, length: int = 20) -> Order:
    """One pass, then rounds of stars for the `length` best so far."""

    def order(sitting: Sitting, latest: Latest) -> Iterator[None]:
        yield from passes(rng, 1)(sitting, latest)
        while True:
            mean = take_scores(latest.posterior()).mean
            for take in rng.permutation(np.argsort(-mean, kind="stable")[:length]):
                sitting.rate(int(take))
                yield

    return order


def swiss(rng: np.random.Generator) -> Order:
    """Rounds of duels between neighbours by points (a win 1, a tie a half), no rematches while there are others."""

    def order(sitting: Sitting, latest: Latest) -> Iterator[None]:
        count = len(sitting.listener.pool)
        points, met = np.zeros(count), np.eye(count, dtype=bool)
        while True:
            waiting = list(np.lexsort((rng.random(count), -points)))
            while len(waiting) > 1:
                a = waiting.pop(0)
                at = next((i for i, b in enumerate(waiting) if not met[a, b]), 0)
                b = waiting.pop(at)
                met[a, b] = met[b, a] = True
                said = sitting.compare(int(a), int(b))
                gain = {"take": 1.0, "tie": 0.5, "other": 0.0}[said.winner]
                points[a] += gain
                points[b] += 1 - gain
                yield

    return order


def earmark(
    listener: Listener, *, until: float, every: float, may_reject: bool = True,
    settings: ScheduleSettings | None = None,
    refit_every: int = 15, learn_from: int = 50, chooser: Callable = next_question, number: int = 0,
) -> Course:  # fmt: skip
    """A session as the app runs it."""
    sitting, course = Sitting(listener, may_reject=may_reject), Course()
    state = ScheduleState(settings=settings or ScheduleSettings(k=K), seed=number)
    names = listener.pool.takes
    posterior = fit(sitting.builder.build())
    view = online_posterior(posterior, names, "l", "s")
    fitted = learned = 0
    due = every
    while listener.minutes < until:
        part = int(listener.minutes * 60 // TIME_BIN_S)
        view = view.advance(part)
        question = chooser(view, state)
        state = state.after(question)
        course.questions[question.kind] = course.questions.get(question.kind, 0) + 1
        take = view.index[question.take]
        said = sitting.rate(take) if question.other is None else sitting.compare(take, view.index[question.other])
        view = view.update(said)
        if sitting.count - fitted >= min(refit_every, 3 + fitted // 5):  # more often while little is known
            fitted = sitting.count
            evidence: Evidence = sitting.builder.build()
            if sitting.count >= max(learn_from, 1.6 * learned):
                learned = sitting.count
                posterior = learn(evidence, rounds=1)
            else:
                posterior = fit(evidence, posterior.scales)
            view = online_posterior(posterior, names, "l", "s", int(listener.minutes * 60 // TIME_BIN_S))
        if listener.minutes >= due:
            _note(course, listener, take_scores(view), view.doubt(K, 300).regret)
            due += every * (1 + int((listener.minutes - due) // every))
    course.ears.append((view.noise.star, view.noise.duel))
    return course
