"""A session while it runs: the question that is asked, answers as they come, and fits that are swapped in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from library.take import Take
from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Retraction
from ratings.model.schedule import Question
from ratings.session.belief import Belief, belief_at, question_of
from ratings.session.fit_task import Fit, FitTask, fitted
from ratings.session.own_judgements import OwnJudgements, is_answer, is_evidence
from ratings.session.plan import SessionPlan


@dataclass
class Session:
    """One listener's session. Not for several threads: heavy work is handed out as a `FitTask` and its result adopted.

    It goes by what the listener has answered, whether that is on disk yet or not; what could not be written is
    withdrawn.
    """

    plan: SessionPlan
    takes: Sequence[Take]
    """The whole library: judgements of other takes tell of prompts, seeds and the listener too."""
    selected: frozenset[str]
    """Ids of the takes that the session is about."""
    judgements: Callable[[], Sequence[AnyJudgement]]
    """Everybody's live judgements, as they are when asked for."""
    belief: Belief
    question: Question
    passed: list[str] = field(default_factory=list)
    """Takes passed over since the last answer."""
    since_s: float = 0.0
    """Seconds of listening since the last answer."""
    _stamp: int = 0
    """Grows with all that no fit so far knows of but by chance: takes that came, answers that went."""

    @staticmethod
    def begin(
        plan: SessionPlan,
        *,
        takes: Iterable[Take],
        selected: Iterable[str],
        judgements: Callable[[], Sequence[AnyJudgement]],
        listener: str,
        belongs: Callable[[AnyJudgement], bool],
    ) -> Session:
        """Begin or resume: `belongs` tells the plan's judgements. For a thread. Raises RatingError without takes."""
        every, chosen = tuple(takes), frozenset(selected)
        own = OwnJudgements.of(listener, judgements(), belongs)
        fit = FitTask(plan, every, chosen, judgements, own, fitted(len(own.of_session))).run()
        belief = belief_at(plan, fit, own)
        session = Session(plan, every, chosen, judgements, belief, belief.question())
        if not any(one.at > plan.at for one in own.of_session):
            session._pass([take for take in plan.passed if take in chosen])
        return session

    # Answers

    def answer(self, judgement: AnyJudgement) -> Question:
        """Take in the answer to the question; the next question, at once."""
        self.belief = self.belief.after(judgement)
        self.passed.clear()
        self.since_s = 0.0
        self.question = self.belief.question()
        return self.question

    def learn(self, judgement: AnyJudgement, *, here: bool = True) -> None:
        """Take in another judgement, unless it is known: made on another screen, as a pick, or not even `here`."""
        own = self.belief.own
        if judgement.listener == own.listener and is_evidence(judgement) and not own.get(judgement.id):
            self.belief = replace(self.belief, own=own.plus(judgement, here=here))
            self._stamp += 1

    def withdraw(self, judgement: AnyJudgement) -> bool:
        """It counts as never made, but the time that went into it was spent all the same; whether it was an answer."""
        answer = judgement.id in self.belief.own.session_ids
        if answer:
            self.since_s += judgement.spent_s
        self.belief = replace(self.belief, own=self.belief.own.minus(judgement))
        self._stamp += 1
        return answer

    def retract(self, retraction: Retraction) -> Question | None:
        """A judgement is taken back: the question that it answered, which is asked again; None if there is none."""
        own = self.belief.own
        gone = own.get(retraction.retracts)
        if gone is None or retraction.listener != gone.listener:
            return None
        question = None
        if gone.id in own.session_ids:
            again = gone.take in {take for one in own.judgements if one.at < gone.at for take in takes_of(one)}
            question = question_of(gone, again=again)
            self.question = question or self.question
        self.withdraw(gone)
        return question

    def ask_anew(self) -> Question:
        """Choose the question anew, where the plan has changed."""
        self.question = self.belief.question(self.passed)
        return self.question

    def skip(self) -> Question:
        """Ask something else; what is passed over comes again later."""
        self._pass([take for take in (self.question.take, self.question.other) if take is not None])
        return self.question

    def _pass(self, takes: Sequence[str]) -> None:
        self.passed += takes
        most = max(len(self.belief.focus) - 1, 0)
        if takes:
            self.question = self.belief.question(self.passed[-most:])

    # The time

    def listen(self, seconds: float) -> None:
        self.since_s += seconds

    @property
    def used_s(self) -> float:
        """Seconds of listening so far, in all processes that the session ran in."""
        return self.belief.own.spent_s + self.since_s

    @property
    def minutes_left(self) -> float | None:
        """Of the budget; None without one."""
        return None if self.plan.minutes is None else max(0.0, self.plan.minutes - self.used_s / 60)

    @property
    def answers(self) -> list[AnyJudgement]:
        """The answers of the session, by time."""
        return [one for one in self.belief.own.of_session if is_answer(one)]

    # Fits

    def due(self) -> FitTask | None:
        """The fit to make: by the next answer at the latest, or as soon as can be. None while one is right."""
        answers, fit = self.belief.answers, self.belief.fit
        known = fitted(answers) if fit.stamp != self._stamp else fitted(answers + 1)
        if (known, self._stamp) == (fit.answers, fit.stamp):
            return None
        return FitTask(self.plan, self.takes, self.selected, self.judgements, self.belief.own, known, self._stamp)

    def adopt(self, fit: Fit) -> None:
        """Go on from a fit, unless it has been overtaken. The question that is being asked stays."""
        if fit.stamp == self._stamp and fit.answers <= self.belief.answers:
            self.belief = belief_at(self.plan, fit, self.belief.own)

    def choose_from(self, takes: Iterable[Take], selected: Iterable[str]) -> None:
        """Another selection, or more takes."""
        self.takes, self.selected = tuple(takes), frozenset(selected)
        self._stamp += 1

    def change(self, plan: SessionPlan) -> None:
        self.plan = plan
        self.belief = replace(self.belief, plan=plan)
