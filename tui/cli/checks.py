"""All that `doctor` looks at, in the order in which a user would mend it."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from library.errors import EarmarkError
from library.generators import registry
from library.library import Library
from library.mending.listing import folders_in
from library.mending.outcome import Outcome
from library.mending.repair import repair_library
from library.mending.shard_kinds import ShardKind
from library.store.catalog import TABLE as TAKES
from library.take import Take
from ratings.filtering.collections import TABLE as COLLECTIONS
from ratings.filtering.collections import Collection
from ratings.journal import LABELS
from ratings.journal import TABLE as JUDGEMENTS
from ratings.judgement import AnyJudgement, Label, Retraction
from ratings.session.plan import TABLE as PLANS
from ratings.session.plan import SessionPlan
from tui.check import Check
from tui.cli.library_checks import check_library
from tui.cli.settings_checks import check_settings
from tui.playing.player.diagnosis import check_sound


def shard_kinds(library: Library) -> list[ShardKind]:
    """The kinds of shards in a library: its takes, its judgements, and each listener's labels, collections
    and plans of sessions."""
    folders = list[Path]()
    with contextlib.suppress(OSError):  # the judgements' kind names it, as it does folders that are closed
        folders += folders_in(library, library.sessions)
    return [
        ShardKind(library, library.batches, "batch.json", TAKES, Take),
        ShardKind(library, library.sessions, "*.json", JUDGEMENTS, AnyJudgement),
        *(
            kind
            for folder in folders
            if os.access(folder, os.R_OK | os.X_OK)
            for kind in (
                ShardKind(library, folder, "*.json", LABELS, Label | Retraction, within=LABELS),
                ShardKind(library, folder, "*.json", COLLECTIONS, Collection, within=COLLECTIONS),
                ShardKind(library, folder, "*.json", PLANS, SessionPlan, within=PLANS, strict=True),
            )
        ),
    ]


def repair_all(
    library: Library, look_in: Sequence[Path] = (), *, wait: Callable[[float], None] = time.sleep
) -> list[Outcome]:
    return repair_library(library, shard_kinds(library), look_in, wait=wait)


def check_all(library: Library, *, sounds: bool = False) -> list[Check]:
    """Every check, none of which changes anything. Takes a second or two: the sound device is opened once.

    With `sounds` every sound file is read too.
    """
    python = Check("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    terminal = Check("terminal", True, f"{sys.stdout.encoding or 'unknown'} encoding")
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        terminal = Check("terminal", False, terminal.detail, "Set a UTF-8 locale, for example LANG=C.UTF-8.")
    listed = check_library(library, shard_kinds(library), sounds=sounds)
    generators = [_check_generator(name) for name in registry.names()]
    if faults := registry.faults():
        generators.append(Check("generators.toml", False, " ".join(faults), "Correct that file.", extra=True))
    return [
        python,
        terminal,
        check_settings(),
        *listed,
        *check_sound(),
        _check_formats(),
        _check_more_formats(),
        *generators,
        _check_samples(),
    ]


def _check_formats() -> Check:
    import soundfile

    known = {*soundfile.available_formats(), *soundfile.available_subtypes("OGG")}
    wanted = {"wav": "WAV", "flac": "FLAC", "aiff": "AIFF", "ogg": "VORBIS", "opus": "OPUS", "mp3": "MP3"}
    missing = [name for name, coding in wanted.items() if coding not in known]
    detail = f"libsndfile {soundfile.__libsndfile_version__}: " + ", ".join(wanted)
    if missing:
        return Check("formats", False, f"{detail}; not {', '.join(missing)}", "Install libsndfile 1.1 or newer.")
    return Check("formats", True, detail)


def _check_more_formats() -> Check:
    from library.sound.ffmpeg_decoders import REMEDY, decoder_at_hand

    at_hand = decoder_at_hand()
    if at_hand is None:
        return Check("more formats", False, "m4a, aac, webm and wma can't be read on this machine", REMEDY, extra=True)
    return Check("more formats", True, f"m4a, aac, webm, wma and others, by {at_hand}")


def _check_generator(name: str) -> Check:
    try:
        registry.spec(name).check_available()
    except EarmarkError as error:
        return Check(name, False, error.what, error.remedy, extra=True)
    return Check(name, True, "ready")


def _check_samples() -> Check:
    if find_spec("immich_memories_music") is None:
        detail = "the 28 sample takes aren't installed"
        return Check("samples", False, detail, "Run `make setup` in Earmark's folder.", extra=True)
    return Check("samples", True, "28 sample takes")
