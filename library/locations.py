"""Every path that Earmark reads or writes of its own accord."""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import platformdirs

from library.errors import UnknownUserError

LIBRARY_VARIABLE = "EARMARK_LIBRARY"


def typed_path(text: str | Path) -> Path:
    """A path as an argument gives it: `~` and `~user` are their homes, and file:// is undone (RFC 8089).

    Raises UnknownUserError.
    """
    url = _URL.fullmatch(str(text))
    if url is not None and not os.path.lexists(text):
        text = unquote(url[1], errors="surrogateescape")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # which is all that tells of it
        user = Path(text).parts[0]
        raise UnknownUserError(
            f"{text} starts with {user}, but there's no such user on this machine.",
            f"Write the full path, or ./{user} for a file or folder of that name.",
        ) from None


def typed_paths(text: str) -> list[Path]:
    """The paths in what was typed or pasted, one or several a line.

    Terminals paste a dropped file in quotes, with backslashes before its blanks, or as a URL, most with a blank at the
    end, and behind the `~/` that a field begins with. What is there as it is typed is never read otherwise; of the
    readings the first is right whose paths are all there. Raises UnknownUserError.
    """
    return [path for line in text.splitlines() if line.strip() for path in _paths_in(line)]


def is_whole(text: str) -> bool:
    """Whether `text` begins as a path does that needs nothing before it."""
    return _WHOLE.match(text) is not None


_URL = re.compile(r"file:(?://[^/]*)?(/(?:(?!%00).)*)", re.IGNORECASE)
_WHOLE = re.compile(r"""\s*["']?(?:/|~|file:/)""", re.IGNORECASE)
_BETWEEN_WHOLE = re.compile(r"\s+(?=/|~/|file:/)", re.IGNORECASE)


def _paths_in(line: str) -> list[Path]:
    typed = line.strip()
    readings, likeliest = _read_line(line)
    behind = typed.removeprefix("~/")
    if behind != typed and is_whole(behind):
        behind_readings, likeliest = _read_line(behind)
        readings = behind_readings + readings
    for words in readings:
        with suppress(UnknownUserError):
            paths = [_find(typed_path(word)) for word in words]
            if paths and all(paths):
                return [path for path in paths if path]
    return [typed_path(word) for word in likeliest]


def _read_line(line: str) -> tuple[list[list[str]], list[str]]:
    """The ways to read it, and the likeliest of them for paths that are not there yet."""
    typed = line.strip()
    try:
        words = [word for word in shlex.split(line) if word]
    except ValueError:  # a quote is left open
        words = []
    unquoted = len(words) == 1 or (words and all(map(is_whole, words)))
    return [[line], [typed], words, _BETWEEN_WHOLE.split(typed)], words if unquoted else [typed]


def _find(path: Path) -> Path | None:
    """What is there under that name, whether its accents are composed or not (macOS decomposes them)."""
    spellings = (str(path), *(unicodedata.normalize(form, str(path)) for form in ("NFC", "NFD")))
    return next((Path(spelling) for spelling in spellings if os.path.lexists(spelling)), None)


def default_library() -> Path:
    """The library to open when none is named: $EARMARK_LIBRARY, else `Earmark` in the user's music folder.

    Raises UnknownUserError.
    """
    named = os.environ.get(LIBRARY_VARIABLE)
    return typed_path(named) if named else Path(platformdirs.user_music_dir()) / "Earmark"


def settings_file() -> Path:
    """The user's settings: theme, key map, volume, listener."""
    return Path(platformdirs.user_config_dir("earmark")) / "settings.json"


def generators_file() -> Path:
    """The generators that the user defines: commands and servers. Nowhere else is one read from."""
    return settings_file().with_name("generators.toml")


def probes_file() -> Path:
    """What probes found of generators on this machine: whether a seed means something."""
    return Path(platformdirs.user_state_dir("earmark")) / "probes.json"


def cache_folder() -> Path:
    """What can be made again: decoded sound for playing."""
    return Path(platformdirs.user_cache_dir("earmark"))


def recordings_folder() -> Path:
    """Recordings from the microphone that nobody has decided about yet."""
    return Path(platformdirs.user_data_dir("earmark")) / "recordings"


def log_file() -> Path:
    """Where details of failures go that the screen only sums up."""
    return Path(platformdirs.user_log_dir("earmark")) / "earmark.log"


def pictures_folder() -> Path:
    """Pictures of the screen: the user's downloads, or their home where there is no such folder."""
    downloads = Path(platformdirs.user_downloads_dir())
    return downloads if downloads.is_dir() else Path.home()
