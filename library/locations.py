"""Every path that Earmark reads or writes of its own accord."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from library.errors import UnknownUserError

LIBRARY_VARIABLE = "EARMARK_LIBRARY"


def typed_path(text: str | Path) -> Path:
    """A path as somebody typed it, `~` and `~user` being their homes. Raises UnknownUserError."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # which is all that tells of it
        user = Path(text).parts[0]
        raise UnknownUserError(
            f"{text} begins with {user}, the home of a user who is not known here.",
            f"Write the path in full, or ./{user} for a file or folder of that name.",
        ) from None


def default_library() -> Path:
    """The library to open when none is named: $EARMARK_LIBRARY, else `Earmark` in the user's music folder.

    Raises UnknownUserError.
    """
    named = os.environ.get(LIBRARY_VARIABLE)
    return typed_path(named) if named else Path(platformdirs.user_music_dir()) / "Earmark"


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
