"""The measuring process: reads and measures the sounds it is told, one after the other."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from library.errors import AudioError
from library.importing.measuring.measured_sound import MeasuredSound, measure_sound
from library.processes.pipes import Pipes
from library.processes.program import Program
from library.sound.file_bytes import never

NO_MEMORY = "It needs more memory than this machine has."


class Measure(Struct, frozen=True, tag="measure"):
    """Read and measure that file."""

    path: str


class Measured(Struct, frozen=True, tag="measured"):
    """What was found."""

    found: MeasuredSound


class Unreadable(Struct, frozen=True, tag="unreadable"):
    """Nothing can be heard of it."""

    what: str
    remedy: str


Report: TypeAlias = Measured | Unreadable
MEASURING = Program[Measure, Report](("-m", "library.importing.measuring.process"), Measure, Report)


def main() -> None:
    """Serve commands until there will be no more."""
    pipes = Pipes(MEASURING)
    inbox: queue.SimpleQueue[Measure | None] = queue.SimpleQueue()
    pipes.listen(inbox.put, lambda: inbox.put(None))
    while (command := inbox.get()) is not None:
        try:
            pipes.send(Measured(measure_sound(Path(command.path), never)))
        except AudioError as error:
            pipes.send(Unreadable(error.what, error.remedy))
        except MemoryError:
            pipes.send(Unreadable(NO_MEMORY, ""))


if __name__ == "__main__":
    main()
