"""A child process: spoken to both ways, through every kind of noise, and gone when it is to be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from library.processes.child import Child, Ending
from library.processes.pipes import GRACE_S
from tests.library.processes.messages import Add, Ready, Report, Shout, Sum, adding, running
from tests.processes import await_end, children_of, is_running

PATIENCE_S = 60.0
ROOT = Path(__file__).parents[3]


class Started:
    """A child, what it reported and how it ended."""

    def __init__(self, program, **options) -> None:
        self.reports: list[Report] = []
        self.endings: list[Ending] = []
        self.on: Callable[[Report], object] = lambda report: None
        self._news = threading.Condition()
        before = set(children_of(os.getpid()))
        self.child = Child(program, on_report=self._report, on_end=self._end, **options)
        self.child.start()
        (self.pid,) = {*children_of(os.getpid())} - before or {None}

    def _report(self, child: Child, report: Report) -> None:
        assert child is self.child
        self.on(report)
        with self._news:
            self.reports.append(report)
            self._news.notify_all()

    def _end(self, child: Child, ending: Ending) -> None:
        assert child is self.child
        self.endings.append(ending)

    def wait_for(self, count: int) -> list[Report]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.reports) >= count, PATIENCE_S), self.reports
        return self.reports

    def ending(self) -> Ending:
        ending = self.child.wait(PATIENCE_S)
        assert ending is not None
        assert self.endings == [ending]
        return ending


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    all_started: list[Started] = []

    def begin(program, **options) -> Started:
        all_started.append(Started(program, **options))
        return all_started[-1]

    yield begin
    for one in all_started:
        one.child.kill()
        assert one.child.wait(PATIENCE_S)


def test_both_speak_in_types_and_in_order(start):
    started = start(adding())
    for note in ("é\n", "two"):
        started.child.send(Add((1, 2), note))
    assert started.wait_for(3) == [Ready(), Sum(3, "é\n"), Sum(3, "two")]
    started.child.end(PATIENCE_S)
    assert started.endings == [Ending(0)]


def test_what_was_sent_before_the_start_arrives_too():
    reports: list[Report] = []
    child = Child(adding(), on_report=lambda _, report: reports.append(report))
    child.send(Add((4, 5)))
    child.end(0.0)  # not there yet: nothing to end
    child.kill()
    child.start()
    child.end(PATIENCE_S)
    assert reports == [Ready(), Sum(9)]


def test_all_commands_and_reports_go_through_before_a_polite_end(start):
    started = start(adding())
    for number in range(500):
        started.child.send(Add((number,), "x" * 1000))
    started.child.end(PATIENCE_S)
    assert len(started.reports) == 501
    assert started.endings == [Ending(0)]


NOISE = """
import ctypes, os, subprocess, sys
print("a library prints")
os.write(1, b"and its C code, beneath Python\\n")
ctypes.CDLL(None).puts(b"and puts, which waits in a buffer of its own")
ctypes.CDLL(None).fflush(None)
subprocess.run(["echo", "and what it starts"])
sys.stderr.write("and says why\\n")
assert sys.stdin.read() == "" and os.read(0, 1) == b""
"""


def test_what_libraries_print_and_read_does_not_reach_the_pipes(start):
    started = start(adding(NOISE))
    started.child.send(Add((1,)))
    assert started.wait_for(2) == [Ready(), Sum(1)]
    started.child.end(PATIENCE_S)
    (ending,) = started.endings
    assert ending.stderr[-2:] == ("and what it starts", "and says why")
    assert "and its C code, beneath Python" in ending.stderr


@pytest.mark.parametrize(
    "line", ['{"type":"product"}', '{"type":"sum","total":"three"}', "[]", "junk", "\\xff", '{"type":"sum"}']
)
def test_what_is_no_report_ends_it_and_is_named(start, line):
    started = start(running(f"import os, time; os.write(1, {line!r}.encode('latin-1') + b'\\n'); time.sleep(3600)"))
    ending = started.ending()
    assert ending.nonsense
    assert ending.code == -signal.SIGKILL
    assert started.reports == []


def test_what_is_no_command_ends_it_and_is_named(start):
    started = start(adding())
    started.child.send(Sum(1))  # type: ignore[arg-type]
    ending = started.ending()
    assert ending.code == 1
    assert "no command" in ending.last_words
    assert not ending.nonsense


def test_one_whose_report_breaks_something_here_can_be_ended_all_the_same(start, monkeypatch):
    raised: SimpleQueue = SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", raised.put)
    started = start(adding())

    def fail(report: Report) -> None:
        raise ValueError(report)

    started.on = fail
    started.child.send(Shout(1000))  # more than a pipe holds, to nobody
    started.child.end(PATIENCE_S)
    assert started.ending() == Ending(0)
    assert raised.get(timeout=PATIENCE_S).exc_type is ValueError


def test_one_that_dies_at_once_says_why(start):
    ending = start(running("raise SystemExit('out of luck')")).ending()
    assert ending == Ending(1, ("out of luck",))
    assert ending.last_words == "out of luck"


def test_one_that_is_cut_off_in_mid_report_is_no_nonsense(start):
    started = start(running('import os; os.write(1, b\'{"type":"ready"}\\n{"ty\'); os.kill(os.getpid(), 9)'))
    assert started.ending() == Ending(-signal.SIGKILL)
    assert started.reports == [Ready()]


def test_one_that_cannot_be_started_is_told_at_once(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    child = Child(adding(), on_report=lambda *_: None)
    with pytest.raises(OSError, match="No such file"):
        child.start()
    child.end(1.0)


@pytest.mark.parametrize("own_session", [False, True])
def test_one_that_hangs_is_killed(start, own_session):
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
    started = start(running(code), own_session=own_session)
    started.child.end(0.1)
    assert started.ending().code == -signal.SIGKILL
    assert not is_running(started.pid)


def test_one_with_a_session_of_its_own_takes_its_children_with_it(start):
    code = "import subprocess, time; subprocess.Popen(['sleep', '3600']); print('{\"type\":\"ready\"}', flush=True)"
    started = start(running(f"{code}; time.sleep(3600)"), own_session=True)
    started.wait_for(1)
    (grandchild,) = children_of(started.pid)
    started.child.kill()
    assert started.ending().code == -signal.SIGKILL
    await_end(grandchild)


def test_one_that_floods_stderr_is_heard_and_its_last_lines_are_kept(start):
    flood = "import sys\nfor number in range(20000): sys.stderr.write(f'{number} ' + 'x' * 5000 + '\\n')"
    started = start(adding(flood))
    started.child.send(Add((1,)))
    assert started.wait_for(2)[-1] == Sum(1)
    started.child.end(PATIENCE_S)
    (ending,) = started.endings
    assert any(line.startswith("19999 ") for line in ending.stderr)
    assert sum(map(len, ending.stderr)) <= 20 * 1000


def test_one_that_reads_nothing_holds_nobody_up(start):
    started = start(running("import time; time.sleep(3600)"))
    before = time.monotonic()
    for _ in range(1000):
        started.child.send(Add((1,), "x" * 10_000))  # 10 MB, where a pipe holds 64 KB
    assert time.monotonic() - before < PATIENCE_S / 4
    started.child.end(0.1)
    assert started.ending().code == -signal.SIGKILL


def test_two_full_pipes_do_not_lock_each_other(start):
    """Reports that nobody takes fill one pipe, commands the other; all go through once somebody does."""
    listening = threading.Event()
    started = start(adding())
    started.on = lambda report: listening.wait(PATIENCE_S)
    started.child.send(Shout(1000))
    for number in range(1000):
        started.child.send(Add((number,), "x" * 1000))
    listening.set()
    reports = started.wait_for(2001)
    assert reports[1:1001] == [Sum(number, "x" * 1000) for number in range(1000)]
    assert [report.total for report in reports[1001:]] == list(range(1000))


PARENT = """
import signal, sys, threading
from library.processes.child import Child
from tests.library.processes.messages import Add, adding
child = Child(
    adding(sys.argv[1]),
    on_report=lambda _, report: print(type(report).__name__, flush=True),
    on_end=lambda _, ending: print("gone", flush=True),
    own_session={own_session},
)
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *_: child.send(Add((1,))))
child.start()
while True:
    threading.Event().wait()
"""


@pytest.fixture
def parent() -> Iterator[Callable[..., tuple[subprocess.Popen[str], int]]]:
    """Starts a process with a child, in a process group of its own; both run when they are returned."""
    started: list[subprocess.Popen[str]] = []

    def begin(first: str = "", *, own_session: bool = False) -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, "-c", PARENT.format(own_session=own_session), first],
            stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "Ready\n"
        (child,) = children_of(process.pid)
        return process, child

    yield begin
    for process in started:
        with process:
            process.kill()


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("own_session", [False, True])
@pytest.mark.parametrize("busy", ["", "import time; time.sleep(3600)", "while True: pass"])
def test_it_ends_with_its_parent_whatever_it_is_doing(parent, busy, own_session):
    process, child = parent(busy, own_session=own_session)
    process.kill()
    process.wait()
    assert gone_within(child, GRACE_S + 10)  # the machine may be busy


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_the_terminal_sends_to_all_is_the_parents_to_answer(parent, number):
    process, child = parent()
    os.killpg(process.pid, number)  # both of them
    assert process.stdout.readline() == "Sum\n"
    assert is_running(child)


SLOW_START = """
import os, signal, sys
os.write(1, b'{"type":"ready"}\\n')
sys.stdin.readline()
from library.processes.pipes import Pipes
from tests.library.processes.messages import Sum, running
Pipes(running("")).send(Sum(1))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_nor_does_it_end_one_that_has_not_begun_to_listen(start, number):
    started = start(running(SLOW_START))
    started.wait_for(1)
    os.kill(started.pid, number)
    started.child.send(Add((1,)))
    assert started.wait_for(2) == [Ready(), Sum(1)]
    assert started.ending() == Ending(0)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ()), "our own are as they were"
