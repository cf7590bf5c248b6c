"""A session while it runs: the question that is asked, answers as they come, and fits that are swapped in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from library.take import Take
from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Retraction
from ratings.model.schedule import Question
from ratings.session.belief import Fit, Mine, Moment, Task, fitted, is_answer, is_evidence, moment_at, question_of
from ratings.session.plan import Plan


@dataclass
class Sitting:
    """One listener's session. Not for several threads: heavy work is handed out as a `Task` and its result adopted."""

    plan: Plan
    takes: Sequence[Take]
    """The whole library: what was said of other takes tells of prompts, seeds and the listener too."""
    wanted: frozenset[str]
    """Ids of the selection."""
    said: Callable[[], Sequence[AnyJudgement]]
    """Everybody's live judgements, as they are when asked for."""
    moment: Moment
    question: Question
    passed: list[str] = field(default_factory=list)
    """Takes passed over since the last answer."""
    since_s: float = 0.0
    """Seconds of listening since the last answer."""
    _pending: list[str] = field(default_factory=list)
    """Ids of the answers that are not written yet."""
    _stamp: int = 0
    """Grows with all that no fit so far knows of but by chance: takes that came, answers that went."""

    @staticmethod
    def begin(
        plan: Plan,
        *,
        takes: Iterable[Take],
        wanted: Iterable[str],
        said: Callable[[], Sequence[AnyJudgement]],
        listener: str,
        belongs: Callable[[AnyJudgement], bool],
    ) -> Sitting:
        """Begin or resume: the plan's judgements are those that `belongs` holds for. Heavy: for a thread.

        Raises RatingError when there is no take in the selection.
        """
        every, chosen = tuple(takes), frozenset(wanted)
        mine = Mine.of(listener, said(), belongs)
        fit = Task(plan, every, chosen, said, mine, fitted(len(mine.own))).run()
        moment = moment_at(plan, fit, mine)
        sitting = Sitting(plan, every, chosen, said, moment, moment.question())
        if not any(one.at > plan.at for one in mine.own):
            sitting._pass([take for take in plan.passed if take in chosen])
        return sitting

    # Answers

    def answer(self, judgement: AnyJudgement) -> Question:
        """Take in the answer to the question, written or about to be; the next question, at once."""
        self.moment = self.moment.after(judgement)
        self._pending.append(judgement.id)
        self.passed.clear()
        self.since_s = 0.0
        self.question = self.moment.question()
        return self.question

    def written(self, pending: str, judgement: AnyJudgement) -> None:
        """The answer that was taken in as `pending` is on disk, as `judgement`."""
        if pending in self._pending:
            self._pending.remove(pending)
            if pending != judgement.id and any(one.id == judgement.id for one in self.moment.mine.judgements):
                self._drop(pending)  # it was met on the disk already, and noted
            else:
                self.moment = replace(self.moment, mine=self.moment.mine.settled(pending, judgement))

    def lost(self, pending: str) -> None:
        """The answer `pending` could not be written: it was not given."""
        if pending in self._pending:
            self._pending.remove(pending)
            self._drop(pending)

    def retracted(self, retraction: Retraction) -> Question | None:
        """What was said is taken back: the question that it answered, which is asked again; None if there is none."""
        mine = self.moment.mine
        gone = next((one for one in mine.judgements if one.id == retraction.retracts), None)
        if gone is None or retraction.listener != gone.listener:
            return None
        if gone.id not in mine.here:
            self._drop(gone.id)
            return None
        self.since_s += gone.spent_s
        again = gone.take in {take for one in mine.judgements if one.at < gone.at for take in takes_of(one)}
        question = question_of(gone, again=again)
        if question is not None:
            self.question = question
        self._drop(gone.id)
        return question

    def noted(self, judgement: AnyJudgement, *, here: bool = True) -> None:
        """Something else that this listener said meanwhile: on another screen, as a pick, or not even `here`."""
        mine = self.moment.mine
        known = any(one.id == judgement.id for one in mine.judgements)
        if judgement.listener == mine.listener and is_evidence(judgement) and not known:
            said = mine.plus(judgement, here=here).settled(judgement.id, judgement)
            self.moment = replace(self.moment, mine=said)
            self._stamp += 1

    def skip(self) -> Question:
        """Ask something else; what is passed over comes again later."""
        self._pass([take for take in (self.question.take, self.question.other) if take is not None])
        return self.question

    def _pass(self, takes: Sequence[str]) -> None:
        self.passed += takes
        most = max(len(self.moment.focus) - 1, 0)
        if takes:
            self.question = self.moment.question(self.passed[-most:])

    def ask(self, question: Question) -> None:
        """Ask this, as it was asked before."""
        self.question = question

    def listen(self, seconds: float) -> None:
        """Count listening time."""
        self.since_s += seconds

    @property
    def used_s(self) -> float:
        """Seconds of listening so far, in all processes that the session ran in."""
        return self.moment.mine.spent_s + self.since_s

    @property
    def minutes_left(self) -> float | None:
        """Of the budget; None without one."""
        return None if self.plan.minutes is None else max(0.0, self.plan.minutes - self.used_s / 60)

    @property
    def answers(self) -> list[AnyJudgement]:
        """The answers of the session, by time."""
        return [one for one in self.moment.mine.own if is_answer(one)]

    @property
    def judged(self) -> int:
        """How many they are."""
        return len(self.answers)

    # Fits

    def due(self) -> Task | None:
        """The fit that is wanted: by the next answer at the latest, or as soon as can be. None while one is right.

        Until all that was answered is written, none is.
        """
        if self._pending:
            return None
        answers, fit = self.moment.answers, self.moment.fit
        wanted = fitted(answers) if fit.stamp != self._stamp else fitted(answers + 1)
        if (wanted, self._stamp) == (fit.answers, fit.stamp):
            return None
        return Task(self.plan, self.takes, self.wanted, self.said, self.moment.mine, wanted, self._stamp)

    def adopt(self, fit: Fit) -> None:
        """Go on from a fit, unless it has been overtaken. The question that is being asked stays."""
        if fit.stamp == self._stamp and fit.answers <= self.moment.answers:
            self.moment = moment_at(self.plan, fit, self.moment.mine)

    def choose_from(self, takes: Iterable[Take], wanted: Iterable[str]) -> None:
        """Another selection, or more takes."""
        self.takes, self.wanted = tuple(takes), frozenset(wanted)
        self._stamp += 1

    def change(self, plan: Plan) -> None:
        """Another version of the plan, with the same selection."""
        self.plan = plan
        self.moment = replace(self.moment, plan=plan)

    def _drop(self, judgement: str) -> None:
        self.moment = replace(self.moment, mine=self.moment.mine.without({judgement}))
        self._stamp += 1
