"""The real program for tests: as a subprocess, and in a real terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.needs import TMUX, require

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tui.cli.main")
PATIENCE_S = 90.0
"""So long what must come may take where much else runs; nothing is measured by it."""


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A new user's environment: no settings, no library, no sound device."""
    silent = tmp_path / "silent-asound.conf"
    silent.write_text("pcm.none { type hw card 99 }")  # PortAudio aborts on one that is quite empty
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    home = tmp_path / "home"
    home.mkdir()
    return kept | {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
        "ALSA_CONFIG_PATH": str(silent),
        "PULSE_SERVER": f"unix:{tmp_path}/no-pulse",
        "EARMARK_LIBRARY": str(tmp_path / "library"),
        "EARMARK_LISTENER": "ana",
    }


@pytest.fixture
def library(environment: dict[str, str]) -> Path:
    """Where this test's library is; not there until something writes."""
    return Path(environment["EARMARK_LIBRARY"])


@pytest.fixture
def earmark(environment: dict[str, str], tmp_path: Path) -> Callable[..., Done]:
    """Runs a command of the program to its end."""

    def run(*words: object, **more: Any) -> Done:
        done = subprocess.run(
            [*PROGRAM, *map(str, words)],
            env=environment | more.pop("env", {}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
            **more,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


class Terminal:
    """The program in a tmux of its own."""

    def __init__(self, words: list[str], environment: dict[str, str], size: tuple[int, int], cwd: Path) -> None:
        self._sockets = tempfile.mkdtemp(prefix="earmark-tmux-")  # in a short path: a socket's has to be
        self._environment = environment
        command = ["env", "-i", *(f"{name}={value}" for name, value in environment.items()), *PROGRAM, *words]
        quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in command)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-c", str(cwd),
                   f"stty susp undef; {quoted}; echo left with $?; sleep 600")  # fmt: skip

    def _tmux(self, *words: str) -> str:
        require(TMUX)
        done = subprocess.run(
            ["tmux", *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False,
            env=self._environment | {"PATH": os.environ["PATH"], "TMUX_TMPDIR": self._sockets},
        )  # fmt: skip
        return done.stdout

    @property
    def screen(self) -> str:
        """What is on the screen now."""
        return self._tmux("capture-pane", "-p")

    @property
    def pane_pid(self) -> str:
        """The process id of the shell that the program runs in."""
        return self._tmux("display-message", "-p", "#{pane_pid}").strip()

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._tmux("send-keys", *keys)

    def write(self, text: str) -> None:
        """Type text."""
        self._tmux("send-keys", "-l", text)

    def mouse(self, button: int, column: int, line: int, *, up: bool = False) -> None:
        """A button goes down, or up, at a cell: as a terminal tells of it (xterm's SGR mode)."""
        self.send(f"\x1b[<{button};{column + 1};{line + 1}{'m' if up else 'M'}".encode())

    def send(self, told: bytes) -> None:
        """Have the program read these bytes."""
        self._tmux("send-keys", "-H", *(f"{byte:x}" for byte in told))

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def wait_for(self, *texts: str, seconds: float = PATIENCE_S) -> str:
        """The screen, as soon as it shows every one of `texts`."""
        return self.wait_until(lambda screen: all(text in screen for text in texts), f"{texts} on screen", seconds)

    def wait_until(self, holds: Callable[[str], bool], what: str, seconds: float = PATIENCE_S) -> str:
        """The screen, as soon as `holds` is true of it."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen
            if holds(screen):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s in vain for {what}; the screen:\n{screen}")
            time.sleep(0.05)

    def close(self) -> None:
        """End it."""
        self._tmux("kill-server")
        shutil.rmtree(self._sockets, ignore_errors=True)


@pytest.fixture
def terminal(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens the app in a terminal: terminal("--library", …, size=(120, 40), env={…})."""
    opened: list[Terminal] = []

    def start(*words: object, size: tuple[int, int] = (120, 40), env: dict[str, str] | None = None) -> Terminal:
        terminal = Terminal([*map(str, words)], environment | (env or {}), size, tmp_path)
        opened.append(terminal)
        return terminal

    yield start
    for one in opened:
        one.close()


def until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    """Wait until `holds`, or fail."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)
