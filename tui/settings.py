"""What the user chose and Earmark remembers: theme, volume, keys."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from library.errors import EarmarkError
from library.storage import make_folder, write_durably


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All settings; what is missing or nonsense falls back to these."""

    theme: str = "ink"
    volume_db: Annotated[float, Meta(ge=-60, le=0)] = 0.0
    keys: dict[str, str] = {}
    """Key maps: binding id to keys, as in Textual's keymaps."""
    blind: bool = True
    """Whether Rate hides prompt and seed until a take is judged."""
    until_end: bool = False
    """Whether what is hidden in Rate stays so until the session's end."""
    best: Annotated[int, Meta(ge=1, le=10_000)] = 10
    """How many takes a session is to find."""
    minutes: Annotated[float, Meta(gt=0, le=10_000)] | None = None
    """How much listening a session may take; None for as much as it needs."""


def load_settings(path: Path) -> Settings:
    """The settings at `path`; the defaults where there are none or they can't be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Settings()


def save_settings(path: Path, settings: Settings) -> None:
    """Keep `settings` at `path`; a folder that can't be written is no reason to stop.

    A file that makes no sense, perhaps by a slip of the user's own hand, is kept beside it.
    """
    with contextlib.suppress(EarmarkError, OSError):
        make_folder(path.parent)
        if path.exists() and not _is_readable(path):
            path.replace(path.with_name("settings.damaged.json"))
        write_durably(path, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")


def _is_readable(path: Path) -> bool:
    try:
        msgspec.json.decode(path.read_bytes(), type=Settings)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
