"""The listening session behind Rate: begins or resumes it, writes answers and plan, has fits worked out in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from library.errors import EarmarkError
from library.store.shards import Damage
from ratings.browse import Query
from ratings.journal import JudgementLog
from ratings.judgement import AnyJudgement, Duel, Reject, Retraction, Stars
from ratings.session.plan import MOST_PASSED, Plan, PlanBook, Reveal, moment_of, new_plan
from tui.context import Write

if TYPE_CHECKING:
    from ratings.model.schedule import Question
    from ratings.session.progress import Outlook
    from ratings.session.session import Sitting
    from ratings.session.summary import Summary
    from tui.workspace import Workspace


@dataclass(frozen=True)
class Wish:
    """What the listener asked a session to be; None for whatever it was before, or is by default."""

    selection: str | None = None
    best: int | None = None
    minutes: float | None = None
    usual: tuple[int, float | None] = (10, None)
    """How many takes to find, in how many minutes, where nothing else was asked."""
    reveal: Reveal = "verdict"
    anew: bool = False
    """Not to go on with a session that was left."""

    def is_met_by(self, plan: Plan) -> bool:
        """Whether to go on with that plan."""
        return (
            not (self.anew or plan.ended)
            and self.selection in (None, plan.selection)
            and self.best in (None, plan.best)
            and self.minutes in (None, plan.minutes)
        )


@dataclass
class Pending:
    """An answer on its way to the disk."""

    id: str
    event: AnyJudgement | None = None
    failed: bool = False


class Listening:
    """One app's listening session. `open` and `look` are heavy, for threads; the rest is quick."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._book = PlanBook(workspace.library, workspace.listener, workspace.log.name)
        self.sitting: Sitting | None = None
        self.outlook: Outlook | None = None
        self.resumed = False
        """Whether it was begun before, by another process."""
        self._plan: Plan | None = None
        """As it is to be; on disk once `_joined`."""
        self._joined = False
        self._behind = False
        """Whether the plan changed since it was written last: the next answer brings it with it."""
        self._pending: list[Pending] = []
        self._count = 0

    @property
    def plan(self) -> Plan | None:
        """What the session is about; None before it stands."""
        return self._plan

    @property
    def damages(self) -> list[Damage]:
        """Files of plans, or entries in them, that could not be used."""
        return self._book.damages

    # Beginning

    def open(self, wish: Wish) -> Sitting | None:
        """Go on with the session that was left, or begin one; None where there is no take to hear. Heavy.

        Raises LibraryError or RatingError.
        """
        from ratings.session.session import Sitting

        records = self._book.records()
        last = records[-1] if records else None
        fields: dict[str, object] = {"selection": wish.selection or "", "reveal": wish.reveal}
        fields["best"] = wish.best or wish.usual[0]
        fields["minutes"] = wish.minutes or wish.usual[1]
        plan, self.resumed = new_plan(datetime.now(UTC), **fields), False
        belongs: Callable[[AnyJudgement], bool] = lambda _: False  # noqa: E731  # nothing was said for a new plan
        if last is not None and wish.is_met_by(last.plan):
            plan, belongs, self.resumed = last.plan, last.holds, True
        wanted = self.chosen_by(plan)
        if not wanted:
            return None
        takes, said = list(self._workspace.catalog), self._workspace.history.live
        listener = self._workspace.listener
        sitting = Sitting.begin(plan, takes=takes, wanted=wanted, said=said, listener=listener, belongs=belongs)
        self._plan, self._joined, self.sitting, self.outlook = plan, False, sitting, None
        return sitting

    def chosen_by(self, plan: Plan) -> list[str]:
        """Ids of the takes of the plan's selection. Unrated means: not by this listener, before the plan."""
        takes = self._workspace.view.to_judge(Query.parse(plan.selection), self._workspace.listener, plan.begun)
        return [take.id for take in takes]

    # Answers

    def answer(self, make: Callable[[JudgementLog, float], AnyJudgement], **said: Any) -> Write:  # noqa: ANN401  # fields
        """Take an answer in, and what is to be written: `make` notes it, given the seconds that it took.

        `said` are the fields of the judgement. The next question stands when this returns.
        """
        sitting = self._begun
        spent = round(sitting.since_s, 2)
        self._count += 1
        pending = Pending(f"~{self._count:06d}")
        sitting.answer(self._provisional(pending.id, spent, said))
        self._pending.append(pending)
        self._pass(())

        def write(session: JudgementLog) -> AnyJudgement:
            try:
                self._join()
                pending.event = make(session, spent)
                session.write([pending.event])
            except (EarmarkError, OSError):
                pending.failed = True
                raise
            return pending.event

        return write

    def _provisional(self, name: str, spent: float, said: dict[str, Any]) -> AnyJudgement:
        kind = Duel if "winner" in said else Stars if "stars" in said else Reject
        session = self._workspace.log
        at = moment_of(datetime.now(UTC))
        return kind(id=name, listener=session.listener, session=session.name, at=at, spent_s=spent, **said)

    def correct(self, make: Callable[[JudgementLog], AnyJudgement], take: str) -> Write:
        """What is to be written to give another verdict on a take of this session in the place of the last one."""
        before = next((one for one in reversed(self._begun.moment.mine.own) if _says(one, take)), None)
        pending = next((one for one in self._pending if before is not None and one.id == before.id), None)

        def write(session: JudgementLog) -> list[AnyJudgement]:
            self._join()
            said = before if pending is None else pending.event
            taken_back: list[AnyJudgement] = []
            if said is not None and said.id in self._workspace.history:
                taken_back.append(session.retract(said))
            return [*taken_back, make(session)]

        return write

    def skip(self) -> Write:
        """Ask something else; what is to be written so that a resumed session begins with something else, too."""
        self._begun.skip()
        self._pass(self._begun.passed[-MOST_PASSED:])
        return self._write_changed

    def _pass(self, takes: Sequence[str]) -> None:
        if self._begun.plan.passed != tuple(takes):
            self._set(msgspec.structs.replace(self._begun.plan, passed=tuple(takes)))

    def undo(self) -> Callable[[JudgementLog], AnyJudgement | None]:
        """What is to be written to take the last thing said back: in this process, or the session's last answer."""
        answers, history = self._begun.answers, self._workspace.history

        def write(session: JudgementLog) -> AnyJudgement | None:
            undone = session.undo()
            # An undo pressed just before may not have come back to the sitting yet: what stands, the files tell.
            standing = (one for one in reversed(answers) if one.id in history)
            if undone is None and (last := next(standing, None)) is not None:
                self._join()
                undone = session.retract(last)
            return undone

        return write

    def hear(self, judgements: list[AnyJudgement], *, elsewhere: bool = False) -> Question | None:
        """These are on disk now, from whatever screen; the question that is asked again, where one was taken back.

        Those that another process wrote, `elsewhere`, change nothing of what is asked here: it is being heard.
        """
        sitting, again = self._begun, None
        written = {pending.event.id: pending.id for pending in self._pending if pending.event is not None}
        corrected = len(judgements) > 1
        for event in judgements:
            if event.id in written:
                sitting.written(written[event.id], event)
            elif isinstance(event, Retraction):
                asked = sitting.question
                question = sitting.retracted(event)
                if corrected or elsewhere:
                    sitting.ask(asked)
                else:
                    again = question or again
            else:
                sitting.noted(event, here=self._joined and event.session == self._workspace.log.name)
        self._pending = [one for one in self._pending if one.event is None or one.event.id not in written]
        return again

    @property
    def writing(self) -> bool:
        """Whether answers are on their way to the disk."""
        return bool(self._pending)

    def lost(self) -> bool:
        """Whether answers could not be written since the last call: they are as if they had not been given."""
        failed = [pending for pending in self._pending if pending.failed]
        self._pending = [pending for pending in self._pending if not pending.failed]
        for pending in failed:
            self._begun.lost(pending.id)
        return bool(failed)

    # The plan

    def change(self, **fields: object) -> Write:
        """Change the plan at once; what is to be written so that it stays."""
        self._set(msgspec.convert({**msgspec.structs.asdict(self._begun.plan), **fields}, Plan))
        return self._write_changed

    def _set(self, plan: Plan) -> None:
        self._plan = plan
        self._begun.change(plan)

    def _write_changed(self, _: JudgementLog) -> None:
        if self._joined:
            self._write_plan()

    def _join(self) -> None:
        """Let what is noted from now on belong to the plan."""
        if self._behind or not self._joined:
            self._write_plan()
            self._joined = True

    def _write_plan(self) -> None:
        if self._plan is not None:
            self._behind = True
            self._book.write(self._plan)
            self._behind = False

    # Thinking

    async def think(self, run: Callable[..., Any]) -> None:
        """Have all fits that are due worked out by `run` (an awaitable way to run a function in a thread)."""
        sitting = self._begun
        while (task := sitting.due()) is not None:
            sitting.adopt(await run(task.run))

    def look(self) -> Outlook:
        """How far the session has come. Heavy."""
        from ratings.session.progress import look_ahead

        return look_ahead(self._begun.moment, self._begun.minutes_left)

    def sum_up(self) -> Summary | None:
        """What came of the session. Heavy. Raises RatingError."""
        from ratings.session.summary import sum_up

        sitting = self._begun
        here = sitting.moment.mine.here
        return sum_up(
            sitting.plan,
            takes=sitting.takes,
            wanted=sitting.wanted,
            said=sitting.said(),
            listener=self._workspace.listener,
            belongs=lambda one: one.id in here,
        )

    def likely_next(self) -> list[str]:
        """Takes that may come next. Heavy."""
        from ratings.session.lookahead import likely_next

        sitting = self._begun
        return likely_next(sitting.moment, sitting.question, self._workspace.log.name, datetime.now(UTC))

    @property
    def _begun(self) -> Sitting:
        assert self.sitting is not None  # noqa: S101  # callers have looked
        return self.sitting


def _says(one: AnyJudgement, take: str) -> bool:
    return isinstance(one, Stars | Reject) and one.take == take
