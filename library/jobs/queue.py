"""The generation queue: jobs in line, one worker process, events for its caller."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from library import locations
from library.errors import GenerationError, LibraryError
from library.files.temporary import TemporaryFolder
from library.jobs import events
from library.jobs.death import explain
from library.jobs.events import Command, Event, Order
from library.jobs.job import Job, JobState
from library.jobs.wishes import Held, record
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


class _Close:
    """Asks the queue's thread to end."""


_Message = Command | _WarmUp | _Close | tuple[Worker, Event | Ending]


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
        self._pending: deque[Job] = deque()
        self._active: Job | None = None
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
        order = Order(
            job=next(self._numbers),
            library=str(self._library.root),
            recipes=tuple(recipes),
            parent=parent if parent is None or isinstance(parent, str) else tuple(parent),
            scratch=str(scratch) if scratch is not None else None,
            device=device,
            # A verification makes all of it anew.
            kept=str(locations.cache_folder() / "kept") if scratch is None else None,
        )
        return self._put_in_line(Job(order))

    def resume(self, held: Held, unmade: Unmade) -> int:
        """Put in line what is still to come of a wish (see `take_up`); the job's number.

        Raises GenerationError when the queue is closed; the wish stays, for others.
        """
        if self._closed:
            held.release()
            raise GenerationError("The queue is closed.")
        order = Order(
            job=next(self._numbers),
            library=str(self._library.root),
            recipes=unmade.recipes,
            parent=unmade.parent,
            device=unmade.wish.device,
            kept=str(locations.cache_folder() / "kept"),
            wish=unmade.wish.id,
            places=unmade.missing,
        )
        return self._put_in_line(Job(order, held=held))

    def _put_in_line(self, job: Job) -> int:
        with self._lock:
            self._pending.append(job)
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
        with self._lock:
            for each in (self._active, *self._pending):
                if each is not None and each.order.job == job:
                    each.keep = keep
        self._inbox.put(events.Cancel(job=job))

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
        with self._lock:
            active = [] if self._active is None else [self._active.state(active=True)]
            return (*active, *(job.state(active=False) for job in self._pending))

    def _post(self, message: _Message) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="generation-queue", daemon=True)
                self._thread.start()
        self._inbox.put(message)

    def _run(self) -> None:
        while True:
            job = self._active
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
                self._leave_all()
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
            case _WarmUp():
                with suppress(OSError):  # the first job reports it
                    self._start()
            case (worker, Ending() as ending):
                self._handle_death(worker, explain(ending))
            case (worker, event) if worker is self._worker:
                self._handle_event(event)

    def _record(self, order: Order) -> None:
        """Make a wish of a new job, so that it outlives this process, unless the disk refuses."""
        with self._lock:
            job = next((each for each in self._pending if each.order.job == order.job), None)
        if job is None or job.held is not None or order.scratch is not None:
            return
        try:
            job.held = record(self._library, order.recipes, order.parent, order.device)
        except LibraryError as error:
            if self._library.is_there():  # else its takes say so
                words = f"What was asked for won't outlive Earmark: {error.what} {error.remedy}".strip()
                self._on_event(events.JobRemark(job=order.job, words=words))
            return
        job.order = msgspec.structs.replace(order, wish=job.held.wish.id)

    def _settle(self, job: Job, event: Event) -> None:
        with suppress(LibraryError):  # then that is made once more
            job.settle(event)

    def _leave(self, job: Job, *, stays: bool) -> None:
        with suppress(LibraryError):  # then the next start finds that nothing is to come of it
            job.leave(stays=stays)

    def _leave_all(self) -> None:
        with self._lock:
            left = [job for job in (self._active, *self._pending) if job is not None]
        for job in left:
            self._leave(job, stays=True)

    def _advance(self) -> None:
        """Give the worker the next job when it is free."""
        while self._active is None:
            with self._lock:
                if not self._pending:
                    return
                job = self._active = self._pending.popleft()
            try:
                job.order = msgspec.structs.replace(job.order, founded=self._library.was_founded())
                self._open_preview_folder(job)
                worker = self._start()
                worker.send(job.order)
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
        job = self._active
        if job is None or event.job != job.order.job:
            return
        self._library.founded = self._library.founded or isinstance(event, events.TakeSaved)
        self._settle(job, event)
        if isinstance(event, events.JobEnded):
            self._leave(job, stays=event.cancelled and job.keep)
        with self._lock:
            if isinstance(event, events.JobEnded):
                self._finish_job()
            elif not job.apply(event):
                return
        self._on_event(event)

    def _finish_job(self) -> None:
        self._close_preview_folder()
        self._active = None

    def _forward(self, command: events.Drop | events.Listen) -> None:
        """Send the worker a request about a take that is being made; remember it for one that isn't yet."""
        active = self._active
        with self._lock:
            job = next((job for job in (active, *self._pending) if job and job.order.job == command.job), None)
            if job is None or command.index not in job.missing:
                return
            if isinstance(command, events.Drop):
                job.drop(command.index)
        if job is active and self._worker is not None:
            self._worker.send(command)

    def _cancel_job(self, command: events.Cancel) -> None:
        job = self._active
        if job is not None and job.order.job == command.job:
            if not job.cancelling and self._worker is not None:
                job.cancelling = True
                job.kill_at = time.monotonic() + CANCEL_S
                self._worker.send(command)
            return
        with self._lock:
            waiting = next((job for job in self._pending if job.order.job == command.job), None)
            if waiting is None:
                return
            self._pending.remove(waiting)
        self._leave(waiting, stays=waiting.keep)
        self._on_event(events.JobEnded(job=command.job, cancelled=True))

    def _handle_death(self, worker: Worker, error: GenerationError) -> None:
        """The worker is dead: report what became of its job. The next job starts a new one."""
        if worker is not self._worker:
            return
        self._worker = None
        job = self._active
        if job is None:
            return
        self._find_saved(job)
        if job.cancelling:
            self._leave(job, stays=job.keep)
            with self._lock:
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
        with self._lock:
            self._finish_job()
        number = job.order.job
        for index in sorted(job.missing):
            dropped = events.TakeDropped(job=number, index=index)
            failed = events.TakeFailed.over(error, job=number, index=index, stays=True)
            event: Event = dropped if index in job.dropped else failed
            self._settle(job, event)
            self._on_event(event)
        self._leave(job, stays=False)
        self._on_event(events.JobEnded(job=number))
