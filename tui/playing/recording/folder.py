"""Where recordings wait until they are kept: what was never decided about is found again."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

_NAME = re.compile(r"recording-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(\d{1,9})\.wav")


def new_path(folder: Path) -> Path:
    """Where the next recording goes; makes the folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"recording-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.wav"


def leftover(folder: Path) -> Path | None:
    """The newest recording that nobody decided about: it was left, or its Earmark ended. None if there is none."""
    found = sorted((path for path in folder.glob("recording-*.wav") if _is_left(path)), reverse=True)
    return found[0] if found else None


def name_of(path: Path) -> str:
    """What a recording is called in the library: when it was made."""
    match = _NAME.fullmatch(path.name)
    return f"Recording of {match[1]}-{match[2]}-{match[3]} {match[4]}:{match[5]}:{match[6]}" if match else path.stem


def _is_left(path: Path) -> bool:
    match = _NAME.fullmatch(path.name)
    if match is None or path.stat().st_size == 0:
        return False
    pid = int(match[7])
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)  # asks only whether it runs
    except ProcessLookupError:
        return True
    except OSError:  # it does, and is another user's
        return False
    return False
