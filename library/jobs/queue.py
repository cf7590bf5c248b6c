"""The generation queue: jobs in line, one worker process, events for its caller."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from library import locations
from library.errors import GenerationError
from library.files.temporary import TemporaryFolder
from library.jobs import events
from library.jobs.death import explain
from library.jobs.events import Command, Event, Order
from library.jobs.job import Job, JobState
from library.jobs.line import Line
from library.jobs.wishes import Held
from library.library import Library
from library.processes.child import Child, Ending
from library.processes.program import Program
from library.take import Recipe

if TYPE_CHECKING:
    from library.jobs.to_come import Unmade

CANCEL_S = 0.8
"""A worker that has not stopped this long after a cancellation is killed."""
END_S = 1.0
"""Time that a worker has to end by itself when the queue is closed."""

Worker = Child[Command, Event]


class _WarmUp:
    """Asks for a worker before there is work."""


@dataclass(frozen=True)
class _Pause:
    """Asks to stop that job for a while, or to go on with it."""

    job: int
    paused: bool


class _Close:
    """Asks the queue's thread to end."""


_Message = Command | _WarmUp | _Pause | _Close | tuple[Worker, Event | Ending]


class GenerationQueue:
    """Jobs are done one after the other by a worker process, which is started at the first and stays.

    `on_event` is called on the queue's own thread, in order, for every event of every job; a job's last is `JobEnded`.
    A job for the library is a wish in it before the worker hears of it, and until it is done.
    """

    def __init__(
        self,
        library: Library,
        on_event: Callable[[Event], object],
        *,
        previews: bool = False,
        program: Program[Command, Event] = events.WORKER,
    ) -> None:
        """A queue for takes of `library`. Starts nothing yet; `program` is for tests.

        With `previews` takes can be heard, as `PreviewReady`, while they are being made. Takes for a library that was
        founded and has gone since stumble, and begin no other in its place.
        """
        self._library = library
        self._on_event = on_event
        self._previews = previews
        self._program = program
        self._numbers = itertools.count(1)
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._line = Line()
        self._preview_folder: TemporaryFolder | None = None
        """Where the active job's previews go."""
        self._worker: Worker | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def submit(
        self,
        recipes: Sequence[Recipe],
        parent: str | Sequence[str] | None = None,
        *,
        scratch: Path | None = None,
        device: str = "auto",
    ) -> int:
        """Put a job in line; its number. `parent`: the take that these extend or continue, or one for each of them.

        With `scratch` the sounds go to that folder, as `TakeRemade`, and the library is left alone.
        Raises GenerationError when there is nothing to make or the queue is closed.
        """
        if not recipes:
            raise GenerationError("There's nothing to generate.", "Give a prompt and a seed.")
        if self._closed:
            raise GenerationError("The queue is closed.")
        order = self._order(
            recipes,
            parent if parent is None or isinstance(parent, str) else tuple(parent),
            device,
            str(scratch) if scratch is not None else None,
        )
        return self._put_in_line(Job(order))

    def resume(self, held: Held, unmade: Unmade) -> int:
        """Put in line what is still to come of a wish (see `take_up`); the job's number.

        Raises GenerationError when the queue is closed; the wish stays, for others.
        """
        if self._closed:
            held.release()
            raise GenerationError("The queue is closed.")
        order = self._order(unmade.recipes, unmade.parent, unmade.wish.device)
        order = msgspec.structs.replace(order, wish=unmade.wish.id, places=unmade.missing)
        return self._put_in_line(Job(order, held=held))

    def _order(
        self, recipes: Sequence[Recipe], parent: str | tuple[str, ...] | None, device: str, scratch: str | None = None
    ) -> Order:
        return Order(
            job=next(self._numbers),
            library=str(self._library.root),
            recipes=tuple(recipes),
            parent=parent,
            scratch=scratch,
            device=device,
            # A verification makes all of it anew.
            kept=str(locations.cache_folder() / "kept") if scratch is None else None,
        )

    def _put_in_line(self, job: Job) -> int:
        self._line.put(job)
        self._post(job.order)
        return job.order.job

    def warm_up(self) -> None:
        """Start the worker now, so that it has loaded by the time there is a job."""
        if not self._closed:
            self._post(_WarmUp())

    def cancel(self, job: int, *, keep: bool = False) -> None:
        """Stop that job within a second, or take it out of the line; its finished takes stay. Unknown: nothing.

        With `keep` the others stay asked for in the library: any Earmark can go on.
        """
        if (found := self._line.find(job)) is not None:
            found.keep = keep
        self._inbox.put(events.Cancel(job=job))

    def pause(self, job: int, *, paused: bool = True) -> None:
        """Have that job wait until it is to go on, which is `paused` of False; the others go on. Unknown: nothing.

        One that runs stops within a second: finished takes stay, what a generator has kept of others is not lost.
        """
        self._inbox.put(_Pause(job, paused))

    def move(self, job: int, by: int) -> bool:
        """Move a job that waits so many places towards the end of the line; whether that changed anything."""
        return self._line.move(job, by)

    def drop(self, job: int, index: int) -> None:
        """Stop making that take: `TakeDropped` is reported, or `TakeSaved` if it was done. Unknown: nothing."""
        self._inbox.put(events.Drop(job=job, index=index))

    def listen_to(self, job: int, index: int) -> None:
        """That take is being listened to: its preview, if there is one, grows with it. Unknown: nothing."""
        self._inbox.put(events.Listen(job=job, index=index))

    def close(self) -> None:
        """Stop everything and wait for the worker to end, at most about a second. Nothing is reported any more.

        What is not made stays asked for in the library.
        """
        self._closed = True
        if self._thread is not None:
            self._inbox.put(_Close())
            if self._thread is not threading.current_thread():
                self._thread.join()

    def jobs(self) -> tuple[JobState, ...]:
        """The active job, if any, then those in line."""
        return self._line.states()

    def _post(self, message: _Message) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="generation-queue", daemon=True)
                self._thread.start()
        self._inbox.put(message)

    def _run(self) -> None:
        while True:
            job = self._line.active
            timeout = None if job is None or job.kill_at is None else max(job.kill_at - time.monotonic(), 0.0)
            try:
                message = self._inbox.get(timeout=timeout)
            except queue.Empty:
                if self._worker is not None:
                    self._worker.kill()  # its death comes in as a message
                if job is not None:
                    job.kill_at = None
                continue
            if isinstance(message, _Close):
                if self._worker is not None:
                    self._worker.end(END_S)
                self._close_preview_folder()
                for job in self._line.all():
                    job.leave(stays=True)
                return
            self._handle(message)
            self._advance()

    def _handle(self, message: _Message) -> None:
        match message:
            case Order():
                self._record(message)
            case events.Cancel():
                self._cancel_job(message)
            case events.Drop() | events.Listen():
                self._forward(message)
            case _Pause():
                self._pause_job(message)
            case _WarmUp():
                with suppress(OSError):  # the first job reports it
                    self._start()
            case (worker, Ending() as ending):
                self._handle_death(worker, explain(ending))
            case (worker, event) if worker is self._worker:
                self._handle_event(event)

    def _record(self, order: Order) -> None:
        """Make a wish of a new job, so that it outlives this process, unless the disk refuses."""
        job = self._line.find(order.job)
        if job is not None and (words := job.record(self._library)):
            self._on_event(events.JobRemark(job=order.job, words=words))

    def _advance(self) -> None:
        """Give the worker the next job when it is free."""
        while self._line.active is None:
            job = self._line.take_next()
            if job is None:
                return
            try:
                job.order = msgspec.structs.replace(job.order, founded=self._library.was_founded())
                self._open_preview_folder(job)
                worker = self._start()
                worker.send(job.rest())
                for index in sorted(job.dropped):
                    worker.send(events.Drop(job=job.order.job, index=index))
            except OSError as error:
                what = f"The generator process couldn't be started: {error.strerror or error}."
                self._fail_job(job, GenerationError(what))

    def _open_preview_folder(self, job: Job) -> None:
        """A folder for the job's previews, where they are wanted. A disk without room for it costs only them."""
        if self._previews and job.order.scratch is None:
            with suppress(OSError):
                self._preview_folder = TemporaryFolder("previews")
                job.order = msgspec.structs.replace(job.order, previews=str(self._preview_folder.path))

    def _close_preview_folder(self) -> None:
        """Remove the active job's previews, whoever was to do it."""
        if self._preview_folder is not None:
            self._preview_folder.close()
            self._preview_folder = None

    def _start(self) -> Worker:
        if self._worker is None:
            worker: Worker = Child(
                self._program, on_report=self._post_from_worker, on_end=self._post_from_worker, own_session=True
            )
            worker.start()
            self._worker = worker
        return self._worker

    def _post_from_worker(self, worker: Worker, message: Event | Ending) -> None:
        self._inbox.put((worker, message))

    def _handle_event(self, event: Event) -> None:
        job = self._line.active
        if job is None or event.job != job.order.job:
            return
        self._library.founded = self._library.founded or isinstance(event, events.TakeSaved)
        if isinstance(event, events.JobEnded) and event.cancelled and job.halting:
            self._put_off(job)
            return
        job.settle(event)
        if isinstance(event, events.JobEnded):
            job.leave(stays=event.cancelled and job.keep)
        with self._line.lock:
            if isinstance(event, events.JobEnded):
                self._finish_job()
            elif not job.apply(event):
                return
        self._on_event(event)

    def _finish_job(self) -> None:
        self._close_preview_folder()
        self._line.active = None

    def _pause_job(self, asked: _Pause) -> None:
        job = self._line.find(asked.job)
        if job is None or (job.cancelling and not job.halting):
            return
        job.paused = asked.paused
        if job is self._line.active and asked.paused:
            job.halting = True
            self._stop_worker(job)

    def _put_off(self, job: Job) -> None:
        """A job has stopped that is to go on: first in line, as it was. It may have been told to go on meanwhile."""
        with self._line.lock:
            self._finish_job()
            job.put_off()
            self._line.put(job, first=True)

    def _stop_worker(self, job: Job) -> None:
        if not job.cancelling and self._worker is not None:
            job.cancelling = True
            job.kill_at = time.monotonic() + CANCEL_S
            self._worker.send(events.Cancel(job=job.order.job))

    def _forward(self, command: events.Drop | events.Listen) -> None:
        """Send the worker a request about a take that is being made; remember it for one that isn't yet."""
        with self._line.lock:
            job = self._line.find(command.job)
            if job is None or command.index not in job.missing:
                return
            if isinstance(command, events.Drop):
                job.drop(command.index)
        if job is self._line.active and self._worker is not None:
            self._worker.send(command)

    def _cancel_job(self, command: events.Cancel) -> None:
        job = self._line.find(command.job)
        if job is None:
            return
        if job is self._line.active:
            job.paused = job.halting = False
            self._stop_worker(job)
            return
        self._line.remove(job)
        job.leave(stays=job.keep)
        self._on_event(events.JobEnded(job=command.job, cancelled=True))

    def _handle_death(self, worker: Worker, error: GenerationError) -> None:
        """The worker is dead: report what became of its job. The next job starts a new one."""
        if worker is not self._worker:
            return
        self._worker = None
        job = self._line.active
        if job is None:
            return
        self._find_saved(job)
        if job.cancelling and job.halting:
            self._put_off(job)
        elif job.cancelling:
            job.leave(stays=job.keep)
            with self._line.lock:
                self._finish_job()
            self._on_event(events.JobEnded(job=job.order.job, cancelled=True))
        else:
            self._fail_job(job, error)

    def _find_saved(self, job: Job) -> None:
        """The worker may have died between a take's last byte and its report: then the take is there."""
        for index in sorted(job.missing & job.landing.keys()):
            from library.jobs.saving import is_saved  # heavy, and rarely needed

            if is_saved(self._library, job.landing[index]):
                self._handle_event(events.TakeSaved(job=job.order.job, index=index, take=job.landing[index]))

    def _fail_job(self, job: Job, error: GenerationError) -> None:
        with self._line.lock:
            self._finish_job()
        number = job.order.job
        for index in sorted(job.missing):
            dropped = events.TakeDropped(job=number, index=index)
            failed = events.TakeFailed.over(error, job=number, index=index, stays=True)
            event: Event = dropped if index in job.dropped else failed
            job.settle(event)
            self._on_event(event)
        job.leave(stays=False)
        self._on_event(events.JobEnded(job=number))
