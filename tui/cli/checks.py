"""All that `doctor` looks at, in the order in which a user would mend it."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from library import locations
from library.mending.health import Check, check_formats, check_generators, check_library, check_samples
from library.mending.repair import repair_library
from library.mending.shard_kinds import Repair, Shelf
from library.store.catalog import TABLE as TAKES
from library.take import Take
from ratings.journal import TABLE as JUDGEMENTS
from ratings.judgement import AnyJudgement
from ratings.session.plan import TABLE as PLANS
from ratings.session.plan import Plan
from tui.playing.player.diagnosis import check_sound


def shelves_of(library: Path) -> list[Shelf]:
    """The kinds of shards in a library: its takes, its judgements, and each listener's plans of sessions."""
    sessions = locations.sessions_folder(library)
    try:
        listeners = sorted(sessions.glob("*/")) if os.access(sessions, os.R_OK | os.X_OK) else []
    except OSError:
        listeners = []  # the judgements' shelf names it
    return [
        Shelf(locations.batches_folder(library), "batch.json", TAKES, Take),
        Shelf(sessions, "*.json", JUDGEMENTS, AnyJudgement),
        *(
            Shelf(folder, "*.json", PLANS, Plan, strict=True)
            for folder in listeners
            if not folder.is_symlink() and os.access(folder, os.R_OK | os.X_OK)  # else the judgements' shelf names it
        ),
    ]


def repair_all(
    library: Path, look_in: Sequence[Path] = (), *, wait: Callable[[float], None] = time.sleep
) -> list[Repair]:
    """Mend what can be mended, as `library.mending.repair` says."""
    return repair_library(library, shelves_of(library), look_in, wait=wait)


def check_all(library: Path, *, sounds: bool = False) -> list[Check]:
    """Every check, none of which changes anything. Takes a second or two: the sound device is opened once.

    With `sounds` every sound file is read too.
    """
    python = Check("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    terminal = Check("terminal", True, f"{sys.stdout.encoding or 'unknown'} encoding")
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        terminal = Check("terminal", False, terminal.detail, "Set a UTF-8 locale, for example LANG=C.UTF-8.")
    sound = [Check(check.name, check.ok, check.detail, check.remedy) for check in check_sound()]
    listed = check_library(library, shelves_of(library), sounds=sounds)
    return [python, terminal, *listed, *sound, check_formats(), *check_generators(), check_samples()]
