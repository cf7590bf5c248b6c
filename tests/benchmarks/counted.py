"""The program itself, which says how many objects it holds when it is asked: `python -m tests.benchmarks.counted …`.

Asked by SIGUSR1, it writes the number to the file that $EARMARK_COUNT names. Linux and macOS only.
"""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from types import FrameType

from tui.cli.main import main

COUNT = "EARMARK_COUNT"


def _count(number: int, frame: FrameType | None) -> None:
    gc.collect()
    there = Path(os.environ[COUNT])
    part = there.with_suffix(".part")
    part.write_text(str(len(gc.get_objects()) + gc.get_freeze_count()))
    part.replace(there)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _count)
    main()
