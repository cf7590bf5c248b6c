"""The command line in a folder of its own, as an action; and what it told."""

from __future__ import annotations

import gc
import json
import os
import sys
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import tests.mishap.actions  # noqa: F401 - loaded once, before the forks, as are the modules below
import tui.cli.main
from tests.mishap.faults import Action, Say
from tui.cli.main import Commands

for _name in (*Commands.MODULES.values(), "output", "launch"):
    import_module(f"tui.cli.{_name}")
for _name in ("tui.app", "ratings.cli_log", "ratings.export.run", "library.importing.known_sounds",
              "library.jobs.run_and_wait", "library.generators.recipes", "library.generators.registry"):  # fmt: skip
    import_module(_name)


@dataclass(frozen=True)
class Told:
    """What a command left behind for its user."""

    code: int | None
    """None if it was killed."""
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document it printed; an empty one where it printed none."""
        return json.loads(self.out) if self.out else {}


def command(*words: str, terminal: str = "") -> Action:
    """`earmark WORDS` by a user whose home, library (`library`) and working folder are in the folder.

    Where the path of a pseudo-terminal is given, in that; else what it prints is kept beside the folder.
    """
    return partial(_run, words=words, terminal=terminal)


def told(folder: Path) -> Told:
    """What the last command in `folder` told."""
    code, out, err = (_beside(folder, kind).read_text() for kind in ("code", "out", "err"))
    return Told(int(code) if code else None, out, err)


def _beside(folder: Path, kind: str) -> Path:
    return folder.with_name(f"{folder.name}.{kind}")


def _run(folder: Path, say: Say, words: tuple[str, ...], terminal: str) -> None:
    """Run a command in this process, which is its own, to its end."""
    sound = _beside(folder, "alsa")
    sound.write_text('pcm.default { type null hint { show on description "nothing" } }')  # takes all, is never heard
    for name in [name for name in os.environ if name.startswith(("XDG_", "EARMARK_"))]:
        del os.environ[name]
    os.environ |= {"HOME": str(folder / "home"), "EARMARK_LIBRARY": str(folder / "library"), "EARMARK_LISTENER": "ana",
                   "ALSA_CONFIG_PATH": str(sound), "PULSE_SERVER": f"unix:{sound}"}  # fmt: skip
    os.chdir(folder)
    _beside(folder, "code").write_text("")
    for kind, stream in (("out", sys.stdout), ("err", sys.stderr)):
        handle = os.open(_beside(folder, kind), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        if not terminal:
            os.dup2(handle, stream.fileno())
        os.close(handle)
    if terminal:
        os.setsid()
        handle = os.open(terminal, os.O_RDWR)
        for number in range(3):
            os.dup2(handle, number)
        os.close(handle)
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)  # multiprocessing has closed what was there
    sys.argv = ["earmark", *words]
    try:
        tui.cli.main.main()
    except SystemExit as left:
        if sys.stdout is not None:
            sys.stdout.flush()
        gc.collect()
        _beside(folder, "code").write_text(str(left.code or 0))
        say("exit")
