"""The thread that writes judgements, in the order of the keys, and reports when each is safe on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from textual.message import Message

from library.errors import EarmarkError, LibraryError, UnconfirmedError
from ratings.journal import JudgementLog
from ratings.judgement import AnyJudgement
from ratings.session.plan import SessionPlan, SessionPlans


class NotSavedError(EarmarkError):
    """What was asked for is not on disk, nothing of it."""

    title = "Not saved"


@dataclass
class WriteOutcome(Message):
    """What became of judgements that were to be written together: all of them are on disk, or with an error none."""

    judgements: list[AnyJudgement]
    withdrawn: list[AnyJudgement]
    error: BaseException | None = None


class JudgementWriter:
    """A queue of judgements, and of the session's plan where that is to be on disk before them.

    What was put is written, come what may: the process does not end before.
    """

    def __init__(self, log: JudgementLog, plans: SessionPlans, done: Callable[[WriteOutcome], object]) -> None:
        """`done` is called in the writer's thread, for each `put` in turn."""
        self._log, self._plans = log, plans
        self._done = done
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judgements")

    def put(self, judgements: Sequence[AnyJudgement], plan: SessionPlan | None = None) -> None:
        """Have them written, all or none; returns at once."""
        writing = self._thread.submit(self._write, judgements, plan)
        writing.add_done_callback(lambda future: self._report(judgements, future))

    def _write(self, judgements: Sequence[AnyJudgement], plan: SessionPlan | None) -> list[AnyJudgement]:
        try:
            if plan is not None:
                self._plans.write(plan)
            return self._log.write(judgements)
        except UnconfirmedError:
            raise
        except LibraryError as error:
            raise NotSavedError(error.what, error.remedy) from error
        except OSError as error:
            what = f"Your judgement couldn't be saved: {error.strerror or error}."
            raise NotSavedError(what, "Judge it again once the library is writable.") from error

    def _report(self, judgements: Sequence[AnyJudgement], writing: Future[list[AnyJudgement]]) -> None:
        error = writing.exception()
        if error is None:
            self._done(WriteOutcome(writing.result(), []))
        else:
            self._log.withdraw(judgements)  # they are still unwritten where it was the plan that failed
            self._done(WriteOutcome([], list(judgements), error))

    async def finish(self, within_s: float | None = None) -> bool:
        """Wait until all that was put is written, or could not be; whether it is by then."""
        behind_all = self._thread.submit(lambda: None)
        await asyncio.wait([asyncio.wrap_future(behind_all)], timeout=within_s)
        return behind_all.done()

    def close(self) -> None:
        """End the thread once all that was put is written; nothing is to be put any more."""
        self._thread.shutdown(wait=False)
