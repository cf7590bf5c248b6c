"""The cause of a worker's death, in words for the user."""

from __future__ import annotations

import signal

from library.errors import GenerationError
from library.processes.child import Ending

_LESS = "Close other programs, or ask for fewer or shorter takes."


def explain(ending: Ending) -> GenerationError:
    if ending.nonsense:
        return GenerationError(f"The generator process sent something Earmark can't read ({ending.nonsense}).")
    words = ending.last_words
    if "MemoryError" in words or "out of memory" in words.lower():
        return GenerationError(f"The generator process ran out of memory ({words}).", _LESS)
    quoted = f" Its last words: {words}" if words else ""
    if ending.code == -signal.SIGKILL:
        return GenerationError(
            f"The generator process was killed, probably because the machine ran out of memory.{quoted}", _LESS
        )
    if ending.code < 0:
        names = {each.value: each.name for each in signal.Signals}
        name = names.get(-ending.code, f"signal {-ending.code}")
        return GenerationError(f"The generator process crashed ({name}).{quoted}")
    return GenerationError(f"The generator process quit unexpectedly (exit code {ending.code}).{quoted}")
