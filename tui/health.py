"""All that `doctor` looks at, in the order in which a user would mend it."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from library.health import Check, check_formats, check_generators, check_library, check_samples
from tui.player.diagnosis import check_sound


def check_all(library: Path) -> list[Check]:
    """Every check, none of which changes anything. Takes a second or two: the sound device is opened once."""
    python = Check("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    terminal = Check("terminal", True, f"{sys.stdout.encoding or 'unknown'} encoding")
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        terminal = Check("terminal", False, terminal.detail, "Set a UTF-8 locale, for example LANG=C.UTF-8.")
    sound = [Check(check.name, check.ok, check.detail, check.remedy) for check in check_sound()]
    return [python, terminal, *check_library(library), *sound, check_formats(), *check_generators(), check_samples()]
