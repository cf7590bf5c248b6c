"""SIGTERM and a closed terminal end the program as `q` does: terminal restored, children gone, what is done kept."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from library.generators.recipes import grid
from library.jobs.events import Order, TakeFailed
from library.jobs.executor import OrderExecutor
from library.jobs.inbox import Inbox
from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from ratings.judgement import Stars
from tests.e2e.conftest import PATIENCE_S, PROGRAM, until

pytestmark = pytest.mark.e2e

BLOCKED = """
import sys, time
from pathlib import Path
from ratings.journal import JudgementLog
write, begun, free = JudgementLog.write, *map(Path, sys.argv[1:3])
def blocked(self, judgements):
    begun.touch()
    while not free.exists():
        time.sleep(0.01)
    write(self, judgements)
JudgementLog.write = blocked
sys.argv[1:3] = []
from tui.cli.main import main
main()
"""
"""The program on a disk that does not answer before a file is there."""


def descendants(process: int) -> set[int]:
    """Its children, and theirs."""
    found: set[int] = set()
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found.update(map(int, thread.read_text().split()))
    return found.union(*map(descendants, found))


class OnTerminal:
    """The program as the leader of a terminal's session, as in a window of its own."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self._ours, self._its = pty.openpty()
        termios.tcsetwinsize(self._its, (40, 120))
        self._before = termios.tcgetattr(self._its)
        self._output = bytearray()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *words], env=environment, stdin=self._its, stdout=self._its, stderr=self._its
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._children: set[int] = set()

    def _read(self) -> None:
        with suppress(OSError):
            while data := os.read(self._ours, 65536):
                self._output += data

    def press(self, keys: str) -> None:
        """Type these letters."""
        os.write(self._ours, keys.encode())

    def wait_for(self, words: str) -> None:
        """Until these were drawn, since the last of this."""
        until(lambda: words.encode() in self._output, words)
        self._output.clear()

    def send(self, number: int) -> None:
        """A signal, to the program alone."""
        self._children = descendants(self._process.pid)
        self._process.send_signal(number)

    def close(self) -> None:
        """The window is closed."""
        self._children = descendants(self._process.pid)
        os.close(self._its)
        os.close(self._ours)  # which the reader notices when something is drawn
        self._its = self._ours = -1

    def left(self) -> int:
        """Its exit code, with all its children gone."""
        code = self._process.wait(PATIENCE_S)
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in self._children), "its children to go")
        return code

    @property
    def has_children(self) -> bool:
        """Whether it has started any."""
        return bool(descendants(self._process.pid))

    @property
    def is_restored(self) -> bool:
        """Whether the terminal is as it was: settings, screen, cursor, mouse, paste."""
        output = bytes(self._output)
        modes = ("1049", "1000", "1003", "1006", "2004", "1004")
        off = all(output.rfind(f"\x1b[?{mode}l".encode()) > output.rfind(f"\x1b[?{mode}h".encode()) for mode in modes)
        cursor = output.rfind(b"\x1b[?25h") > output.rfind(b"\x1b[?25l")
        return off and cursor and termios.tcgetattr(self._its) == self._before

    def end(self) -> None:
        """Whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for descriptor in (self._ours, self._its):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def on_terminal(environment) -> Iterator[Callable[..., OnTerminal]]:
    """Starts the program, or another one, on a terminal."""
    opened: list[OnTerminal] = []

    def start(*words: object, program: tuple[str, ...] = PROGRAM) -> OnTerminal:
        opened.append(OnTerminal([*program, *map(str, words)], environment))
        return opened[-1]

    yield start
    for one in opened:
        one.end()


def playing(app: OnTerminal) -> None:
    """A take is on."""
    app.press("\r")
    app.wait_for("▮▮")


def generating(app: OnTerminal) -> None:
    """Takes are being made, which `q` would ask about."""
    app.press("g")
    app.wait_for("Seeds")
    app.press("long rain")
    app.press("\x07")  # ctrl+g
    app.wait_for("queued")


def in_a_dialog(app: OnTerminal) -> None:
    """Another screen is over the one in front."""
    app.press("e")
    app.wait_for("LUFS")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A library of two takes."""
    library = tmp_path_factory.mktemp("made") / "library"
    executor, failed = OrderExecutor(), list[TakeFailed]()
    recipes = grid(["calm"], (1, 2), generator="sketch", duration_s=3.0)
    executor.carry_out(
        Order(job=1, library=str(library), recipes=tuple(recipes)),
        lambda event: failed.append(event) if isinstance(event, TakeFailed) else None,
        Inbox(),
    )
    assert failed == []
    return library


@pytest.fixture
def takes(made, library) -> list[str]:
    """The ids of two takes in this test's library."""
    shutil.copytree(made, library)
    return [take.id for take in Catalog.load(Library(library))]


@pytest.mark.parametrize(
    ("number", "busy"),
    [(signal.SIGTERM, playing), (signal.SIGTERM, generating), (signal.SIGTERM, in_a_dialog), (signal.SIGHUP, playing)],
)
def test_a_signal_ends_the_app_as_q_does(on_terminal, takes, library, number, busy):
    app = on_terminal()
    app.wait_for("2 takes")
    app.press("4")
    app.wait_for("1 judged")
    busy(app)
    assert app.has_children
    app.send(number)
    assert app.left() == 128 + number
    assert app.is_restored
    assert [event.stars for event in Journal.load(Library(library)).history.live() if isinstance(event, Stars)] == [4]


@pytest.mark.parametrize("busy", [playing, generating, in_a_dialog])
def test_closing_the_terminal_ends_it_too(on_terminal, takes, library, busy):
    app = on_terminal()
    app.wait_for("2 takes")
    app.press("4")
    app.wait_for("1 judged")
    busy(app)
    app.close()
    assert app.left() == 128 + signal.SIGHUP
    assert len(Journal.load(Library(library)).history.live()) == 1


def test_what_waits_to_be_written_is_written_first(on_terminal, takes, library, tmp_path):
    begun, free = tmp_path / "begun", tmp_path / "free"
    app = on_terminal(program=(sys.executable, "-c", BLOCKED, str(begun), str(free)))
    app.wait_for("2 takes")
    app.press("45")
    until(begun.exists, "the first judgement")
    app.wait_for("0:0")  # the second take plays: its stars are asked for as well
    app.send(signal.SIGTERM)
    free.touch()
    assert app.left() == 128 + signal.SIGTERM
    assert app.is_restored
    assert {event.stars for event in Journal.load(Library(library)).history.live() if isinstance(event, Stars)} == {
        4,
        5,
    }


def test_a_disk_that_never_answers_does_not_hold_it(on_terminal, takes, tmp_path):
    begun = tmp_path / "begun"
    app = on_terminal(program=(sys.executable, "-c", BLOCKED, str(begun), str(tmp_path / "never")))
    app.wait_for("2 takes")
    app.press("4")
    until(begun.exists, "the judgement")
    app.send(signal.SIGTERM)
    assert app.left() == 128 + signal.SIGTERM
    assert app.is_restored


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_keeps_what_it_has_made(on_terminal, library, number):
    made = on_terminal("generate", "slow rain", "--seeds", "1-500", "--duration", 2)
    until(lambda: library.exists() and len(Catalog.load(Library(library))) > 2, "the first takes")
    made.send(number)
    assert made.left() == 128 + number
    assert 2 < len(Catalog.load(Library(library))) < 500


def test_playing_ends_with_a_signal(on_terminal, takes):
    plays = on_terminal("play", takes[0])
    plays.wait_for("Playing")
    plays.send(signal.SIGTERM)
    assert plays.left() == 128 + signal.SIGTERM
