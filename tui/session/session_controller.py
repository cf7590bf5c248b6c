"""The listening session behind Rate: begins or resumes it, takes answers to belief and disk, has fits worked out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from ratings.browse import Query
from ratings.filtering.named import filter_of
from ratings.judgement import AnyJudgement, Reject, Retraction, Stars
from ratings.session.plan import MOST_PASSED, Exploration, Reveal, SessionPlan, new_plan

if TYPE_CHECKING:
    from ratings.model.schedule import Question
    from ratings.session.progress import Progress
    from ratings.session.session import Session
    from ratings.session.summary import Summary
    from tui.workspace import Workspace

Judge = Callable[[Sequence[AnyJudgement], SessionPlan | None], None]
"""Has judgements written, after that version of the plan."""


@dataclass(frozen=True)
class SessionRequest:
    """What the listener asked a session to be; None for whatever it was before, or is by default."""

    selection: str | None = None
    best: int | None = None
    minutes: float | None = None
    usual: tuple[int, float | None] = (10, None)
    """How many takes to find, in how many minutes, where nothing else was asked."""
    reveal: Reveal = "verdict"
    first: tuple[str, ...] = ()
    """Takes to begin with."""
    explore: Exploration | None = None
    """What to keep making."""
    anew: bool = False
    """Not to go on with a session that was left."""

    def is_met_by(self, plan: SessionPlan) -> bool:
        return (
            not (self.anew or plan.ended or self.explore is not None)
            and self.selection in (None, plan.selection)
            and self.best in (None, plan.best)
            and self.minutes in (None, plan.minutes)
        )


class SessionController:
    """One app's listening session. `open`, `measure`, `sum_up` and `likely_next` are for threads; the rest is quick."""

    def __init__(self, workspace: Workspace, judge: Judge) -> None:
        self._workspace = workspace
        self._log, self.plans = workspace.log, workspace.plans
        self._judge = judge
        self.session: Session | None = None
        self.progress: Progress | None = None
        self.resumed = False
        """Whether it was begun before, by another process."""
        self.plan: SessionPlan | None = None
        """What the session is about, as it is to be; None before it stands."""
        self._version: SessionPlan | None = None
        """As this process has it on disk, or on its way there: every answer brings it along until it is."""
        self._since = ""
        """From when on the judgements of this process belong to the plan; "" as long as none does."""

    # Beginning

    def open(self, request: SessionRequest) -> Session | None:
        """Go on with the session that was left, or begin one; None where there is no take to hear. Heavy.

        Raises LibraryError or RatingError.
        """
        from ratings.session.session import Session

        records = self.plans.records()
        last = records[-1] if records else None
        fields: dict[str, object] = {"selection": request.selection or "", "reveal": request.reveal}
        fields["explore"] = request.explore
        fields["best"] = request.best or request.usual[0]
        fields["minutes"] = request.minutes or request.usual[1]
        plan, self.resumed = new_plan(datetime.now(UTC), **fields, first=request.first), False
        belongs: Callable[[AnyJudgement], bool] = lambda _: False  # noqa: E731  # nothing was judged for a new plan
        if last is not None and request.is_met_by(last.plan):
            plan, belongs, self.resumed = last.plan, last.holds, True
            plan = msgspec.structs.replace(plan, first=request.first or plan.first)
        if (selection := self.selection_with(request.first, plan.selection)) != plan.selection:
            fields |= {"selection": selection, "first": request.first}
            plan, belongs, self.resumed = new_plan(datetime.now(UTC), **fields), lambda _: False, False
        selected = self.selected_by(plan)
        if not selected:
            return None
        takes, judgements = list(self._workspace.catalog), self._workspace.history.live
        session = Session.begin(
            plan,
            takes=takes,
            selected=selected,
            judgements=judgements,
            listener=self._workspace.listener,
            belongs=belongs,
        )
        self.plan, self._version, self._since = plan, None, ""
        self.session, self.progress = session, None
        return session

    def selected_by(self, plan: SessionPlan) -> list[str]:
        """Ids of the takes of the plan's selection. Unrated means: not by this listener, before the plan."""
        takes = self._workspace.view.to_judge(Query.parse(plan.selection), self._workspace.listener, plan.begun)
        return [take.id for take in takes]

    def selection_with(self, first: Sequence[str], selection: str) -> str:
        """`selection` if all of these takes are in it, else these alone."""
        if not first:
            return selection
        selected = self._workspace.view.to_judge(Query.parse(selection), self._workspace.listener)
        if set(first).issubset(take.id for take in selected):
            return selection
        return filter_of([take for take in map(self._workspace.catalog.get, first) if take is not None])

    # Answers

    def answer(self, judgement: AnyJudgement) -> None:
        """Take in the answer to the question, and have it written. The next question stands when this returns."""
        self._begun.answer(judgement)
        self._pass(())
        self.judge([judgement])

    def judge(self, judgements: Sequence[AnyJudgement]) -> None:
        """Have judgements of this session written. Those that are no answers are learned from once they are on disk."""
        if self._version is None and self.plan is not None:
            self._since = judgements[0].at
            self._version = self.plans.stamp(self.plan, self._since)
        self._judge(judgements, self._version)

    def take_back(self, take: str) -> list[Retraction]:
        """The retraction of the last stars or reject of a take in this session, to be written with what replaces it."""
        ids = self._begun.belief.own.session_ids
        standing = [one for one in self._log.standing(take) if isinstance(one, Stars | Reject)]
        return [self._log.retract(one) for one in standing[-1:] if one.id in ids or self._is_here(one)]

    def begin_with(self, first: Sequence[str], **changes: object) -> None:
        """Ask about these next, whatever is asked now, which comes again later; `changes` are of the plan."""
        self.change(first=tuple(first), **changes)
        self._begun.ask_anew()

    def skip(self) -> None:
        """Ask something else; a resumed session begins with something else, too."""
        self._begun.skip()
        self._pass(self._begun.passed[-MOST_PASSED:])
        self._write_plan()

    def _pass(self, takes: Sequence[str]) -> None:
        if self._begun.plan.passed != tuple(takes):
            self._set(msgspec.structs.replace(self._begun.plan, passed=tuple(takes)))

    def undo(self) -> list[Retraction]:
        """Take back the last act of this process, or the session's last answer; empty if none is left."""
        if (retraction := self._log.undo()) is not None:
            act = [retraction, *self._log.rest_of(retraction)]
            self._judge(act, self._version)
            return act
        for answer in reversed(self._begun.answers):
            if answer in self._log.standing(answer.take):
                retraction = self._log.retract(answer)
                self.judge([retraction])
                return [retraction]
        return []

    def handle_written(self, judgements: Sequence[AnyJudgement], *, elsewhere: bool = False) -> Question | None:
        """These are on disk now, from whatever screen; the question that is asked again, where one was taken back.

        Those that another process wrote, `elsewhere`, change nothing of what is asked here: it is being heard.
        """
        session, again = self._begun, None
        corrected = len(judgements) > 1
        for judgement in judgements:
            if isinstance(judgement, Retraction):
                asked = session.question
                question = session.retract(judgement)
                if corrected or elsewhere:
                    session.question = asked
                else:
                    again = question or again
            else:
                session.learn(judgement, here=self._is_here(judgement))
        return again

    def withdraw(self, judgements: Sequence[AnyJudgement]) -> bool:
        """These could not be written, and count as never given; whether one was an answer."""
        answers = [judgement for judgement in judgements if self._begun.withdraw(judgement)]
        return bool(answers)

    def _is_here(self, judgement: AnyJudgement) -> bool:
        """Whether it was made for the plan in this process."""
        return judgement.session == self._log.name and "" < self._since <= judgement.at

    # The plan

    def change(self, **fields: object) -> None:
        self._set(msgspec.convert({**msgspec.structs.asdict(self._begun.plan), **fields}, SessionPlan))
        self._write_plan()

    def _set(self, plan: SessionPlan) -> None:
        self.plan = plan
        self._begun.change(plan)

    def _write_plan(self) -> None:
        """Nothing is written for a session that nobody has answered in."""
        if self._version is not None and self.plan is not None:
            self._version = self.plans.stamp(self.plan, self._log.moment())
            self._judge((), self._version)

    # Thinking

    async def think(self, run: Callable[..., Any]) -> None:
        """Have all fits that are due worked out by `run` (an awaitable way to run a function in a thread)."""
        session = self._begun
        while (task := session.due()) is not None:
            session.adopt(await run(task.run))

    def measure(self) -> Progress:
        """How far the session has come. Heavy."""
        from ratings.session.progress import measure_progress

        return measure_progress(self._begun.belief, self._begun.minutes_left)

    def sum_up(self) -> Summary | None:
        """What came of the session. Heavy. Raises RatingError."""
        from ratings.session.summary import sum_up

        session = self._begun
        ids = session.belief.own.session_ids
        return sum_up(
            session.plan,
            takes=session.takes,
            selected=session.selected,
            judgements=session.judgements(),
            listener=self._workspace.listener,
            belongs=lambda one: one.id in ids,
        )

    def likely_next(self) -> list[str]:
        """Takes that may come next. Heavy."""
        from ratings.session.belief import likely_next

        session = self._begun
        return likely_next(session.belief, session.question, self._log.name, datetime.now(UTC))

    @property
    def _begun(self) -> Session:
        assert self.session is not None  # noqa: S101  # callers have looked
        return self.session
