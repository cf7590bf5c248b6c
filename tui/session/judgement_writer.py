"""Writing judgements one after the other, off the input path, and telling when each is safe on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from library.errors import EarmarkError, LibraryError, UnconfirmedError
from ratings.journal import JudgementLog
from ratings.judgement import AnyJudgement
from tui.context import Write


class NotSavedError(EarmarkError):
    """What was asked for is not on disk, nothing of it."""

    title = "This was not saved"


@dataclass(frozen=True)
class Written:
    """What became of one request."""

    judgements: list[AnyJudgement]
    error: EarmarkError | None = None


class JudgementWriter:
    """One thread, so that judgements land in the order of the keys; what was asked for is written, come what may."""

    def __init__(self, log: JudgementLog, done: Callable[[Written], None]) -> None:
        """`done` is called on the event loop after each request."""
        self._log = log
        self._done = done
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judgements")
        self._requests: asyncio.Queue[Future[list[AnyJudgement]]] = asyncio.Queue()
        self._last: Future[list[AnyJudgement]] | None = None

    def put(self, write: Write) -> None:
        """Ask for `write`; returns at once."""
        self._last = self._thread.submit(self._write, write)
        self._requests.put_nowait(self._last)

    async def run(self) -> None:
        """Tell what becomes of the requests, until cancelled."""
        while True:
            request = await self._requests.get()
            try:
                result = await asyncio.shield(asyncio.wrap_future(request))
            except UnconfirmedError as error:
                self._done(Written([], error))
            except LibraryError as error:
                self._done(Written([], NotSavedError(error.what, error.remedy)))
            except EarmarkError as error:
                self._done(Written([], error))
            except OSError as error:
                what = f"The judgement could not be written: {error.strerror or error}."
                self._done(Written([], NotSavedError(what, "Give it again once the library can be written to.")))
            else:
                self._done(Written(result))
            finally:
                self._requests.task_done()

    def _write(self, write: Write) -> list[AnyJudgement]:
        judgements = _as_list(write(self._log))
        self._log.write(judgements)
        return judgements

    async def drain(self) -> None:
        """Wait until everything asked for is on disk, and told."""
        await self._requests.join()

    async def finish(self, within_s: float | None = None) -> bool:
        """Wait until everything asked for is on disk, told or not; whether it is by then."""
        if self._last is None:
            return True
        await asyncio.wait([asyncio.wrap_future(self._last)], timeout=within_s)
        return self._last.done()


def _as_list(result: AnyJudgement | Sequence[AnyJudgement] | None) -> list[AnyJudgement]:
    if result is None:
        return []
    return list(result) if isinstance(result, Sequence) else [result]
