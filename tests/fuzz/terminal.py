"""Commands run in a terminal of their own, where nothing is taken out of what they print."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pyte

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Printed:
    """What a command left on the terminal."""

    code: int
    out: str
    err: str


def run_in_terminal(words: list[str], environment: dict[str, str], folder: Path) -> Printed:
    """Run `earmark` with these words; standard output and error are a terminal each."""
    read = [b"", b""]
    terminals = [pty.openpty(), pty.openpty()]
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.cli.main", *words],
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=terminals[0][1],
        stderr=terminals[1][1],
    )

    def drain(number: int) -> None:
        while True:
            try:
                data = os.read(terminals[number][0], 65536)
            except OSError:  # the other end is closed
                return
            read[number] += data

    readers = [threading.Thread(target=drain, args=(number,)) for number in (0, 1)]
    for _, theirs in terminals:
        os.close(theirs)
    for reader in readers:
        reader.start()
    code = process.wait(timeout=120)
    for reader, (ours, _) in zip(readers, terminals, strict=True):
        reader.join()
        os.close(ours)
    out, err = (data.decode(errors="surrogateescape").replace("\r\n", "\n") for data in read)
    return Printed(code, out, err)


LINES, COLUMNS = 40, 140


class AppInTerminal:
    """The app in a terminal: every byte it sends there, and what then stands on it."""

    def __init__(self, words: list[str], environment: dict[str, str], folder: Path) -> None:
        self.raw = b""
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._draw = pyte.ByteStream(self._screen)
        self._drawn = 0
        self._here, there = pty.openpty()
        termios.tcsetwinsize(there, (LINES, COLUMNS))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui.cli.main", *words],
            env=environment | {"PYTHONPATH": str(ROOT)}, cwd=folder,
            stdin=there, stdout=there, stderr=there, start_new_session=True,
        )  # fmt: skip
        os.close(there)
        self._reader = threading.Thread(target=self._drain)
        self._reader.start()

    def _drain(self) -> None:
        while True:
            try:
                self.raw += os.read(self._here, 65536)
            except OSError:
                return

    @property
    def text(self) -> str:
        """What stands on the screen now."""
        new = self.raw[self._drawn :]
        self._drawn += len(new)
        self._draw.feed(new)
        return "\n".join(self._screen.display)

    def press(self, keys: str, *shows: str, gone: str = "", seconds: float = 90) -> None:
        """Press keys, and wait until all of these words stand on the screen, and `gone` does not.

        What is pressed next then goes to the screen that was waited for, not to a dialogue that is about to close.
        """
        os.write(self._here, keys.encode())
        deadline = time.monotonic() + seconds
        while not all(word in self.text for word in shows) or (gone and gone in self.text):
            assert self._process.poll() is None, self.raw[-2000:]
            assert time.monotonic() < deadline, f"{keys!r} was not answered by {shows}; the screen:\n{self.text}"
            time.sleep(0.02)

    def close(self) -> None:
        """End it if it hasn't ended."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        os.close(self._here)
