"""Every path that Earmark reads or writes of its own accord."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

LIBRARY_VARIABLE = "EARMARK_LIBRARY"


def default_library() -> Path:
    """The library to open when none is named: $EARMARK_LIBRARY, else `Earmark` in the user's music folder."""
    named = os.environ.get(LIBRARY_VARIABLE)
    return Path(named).expanduser() if named else Path(platformdirs.user_music_dir()) / "Earmark"


def settings_file() -> Path:
    """The user's settings: theme, key map, volume, listener."""
    return Path(platformdirs.user_config_dir("earmark")) / "settings.json"


def cache_folder() -> Path:
    """What can be made again: decoded sound for playing."""
    return Path(platformdirs.user_cache_dir("earmark"))


def recordings_folder() -> Path:
    """Recordings from the microphone that nobody has decided about yet."""
    return Path(platformdirs.user_data_dir("earmark")) / "recordings"


def log_file() -> Path:
    """Where details of failures go that the screen only sums up."""
    return Path(platformdirs.user_log_dir("earmark")) / "earmark.log"


def format_file(library: Path) -> Path:
    """The library's marker and format number."""
    return library / "library.json"


def batches_folder(library: Path) -> Path:
    """One folder a batch."""
    return library / "batches"


def batch_file(library: Path, batch: str) -> Path:
    """The documents of a batch's takes."""
    return library / "batches" / batch / "batch.json"


def sessions_folder(library: Path) -> Path:
    """One folder a listener."""
    return library / "sessions"


def set_aside_folder(library: Path) -> Path:
    """Sounds that no take names, a folder a batch; nothing reads it but `doctor`."""
    return library / "set-aside"
