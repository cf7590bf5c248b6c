"""A library of made-up takes and a listener with a taste, who answers without being played anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from library.take import Take, digest_of, make_id, time_text
from ratings.judgement import AnyJudgement, Duel, Reject, Retraction, Stars
from ratings.session.session import Session

START = datetime(2026, 3, 1, tzinfo=UTC)


def make_takes(prompts: int, seeds: int) -> list[Take]:
    return [
        Take(
            id=make_id(digest_of(f"{p} {s}".encode())),
            batch="b",
            file=f"{p}-{s}.flac",
            duration_s=20.0,
            sample_rate=32000,
            channels=1,
            created_at="2026-01-01T00:00:00.000000Z",
            prompt=f"prompt {p}",
            seed=s,
        )
        for p in range(prompts)
        for s in range(seeds)
    ]


class Person:
    """Knows what each take is worth, and says it with some noise; the n-th answer depends on n and the question."""

    def __init__(self, takes, number=0, *, name="ann", session="one", noise=0.5, line=-np.inf):
        """Of two that are worth less than `line`, neither is good."""
        rng = np.random.default_rng((77, number))
        self.line = line
        prompts = {take.prompt: rng.normal(0, 0.5) for take in takes}
        self.worth = {take.id: prompts[take.prompt] + rng.normal(0, 0.85) for take in takes}
        self.name, self.session, self.noise = name, session, noise
        self.now = START + timedelta(seconds=1)
        self.said: list[AnyJudgement] = []
        self._rng = np.random.default_rng((78, number))

    def common(self, seconds):
        """Fields of the next judgement, after `seconds` of listening."""
        self.now += timedelta(seconds=seconds)
        return {
            "id": f"{self.session}-{len(self.said):06d}",
            "listener": self.name,
            "session": self.session,
            "at": time_text(self.now),
            "heard_s": seconds,
            "spent_s": seconds,
            "blind": True,
        }

    def answer(self, question) -> AnyJudgement:
        """What this person says to `question`."""
        feels = self.worth[question.take] + self.noise * self._rng.normal()
        if question.kind == "duel":
            gap = feels - self.worth[question.other]
            neither = max(feels, self.worth[question.other]) < self.line
            winner = "tie" if neither or abs(gap) < 0.2 else "take" if gap > 0 else "other"
            sides = {"side": question.side, "first": question.first, "neither": neither}
            event = Duel(take=question.take, other=question.other, winner=winner, **sides, **self.common(14))
        elif question.kind == "star" and feels < -0.8:
            event = Reject(take=question.take, **self.common(4))
        else:
            stars = 1 + int(np.searchsorted([-1.0, -0.3, 0.4, 1.1], feels))
            event = Stars(take=question.take, stars=stars, **self.common(11))
        self.said.append(event)
        return event

    def take_back(self, event) -> Retraction:
        common = self.common(1)
        return Retraction(take=event.take, retracts=event.id, **{**common, "heard_s": 0.0, "spent_s": 0.0})


def begin(plan, takes, said, name="ann", sessions=("one", "two")) -> Session:
    """The session, begun or resumed."""
    return Session.begin(
        plan,
        takes=takes,
        selected=[take.id for take in takes],
        judgements=lambda: list(said),
        listener=name,
        belongs=lambda one: one.session in sessions,
    )


def settle(session) -> None:
    """Let all fits that are due come in."""
    while (task := session.due()) is not None:
        session.adopt(task.run())


def go_on(session, person, answers) -> list:
    """Ask and answer so many questions, fits coming in at once; the questions."""
    asked = []
    for _ in range(answers):
        asked.append(session.question)
        event = person.answer(session.question)
        session.answer(event)
        settle(session)
    return asked
