"""What the user chose and Earmark remembers: theme, volume, keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from library.errors import EarmarkError, LibraryError
from library.files.decoding import NotJsonError, decode_json
from library.files.durable import make_folder, write_durably
from library.files.folder import Folder
from library.files.reading import UnfitFileError, read_file

Start = Literal["beginning", "strongest", "place"]
"""Where takes begin to play: at their beginning, at their strongest passage, or where the one before stood."""

_HOLDS = "What you changed holds until you leave."


class SettingsError(EarmarkError):
    title = "Your settings are not kept"


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All settings; what is missing or nonsense falls back to these."""

    theme: str = "ink"
    volume_db: Annotated[float, Meta(ge=-60, le=0)] = 0.0
    keys: dict[str, str] = {}
    """Key maps: binding id to keys, as in Textual's keymaps."""
    starts: Start = "beginning"
    blind: bool = True
    """Whether Rate hides prompt and seed until a take is judged."""
    until_end: bool = False
    """Whether what is hidden in Rate stays so until the session's end."""
    best: Annotated[int, Meta(ge=1, le=10_000)] = 10
    """How many takes a session is to find."""
    minutes: Annotated[float, Meta(gt=0, le=10_000)] | None = None
    """How much listening a session may take; None for as much as it needs."""
    sort: str = "newest"
    """The order of the library, as the column's heading or `newest`."""
    reverse: bool = False
    columns: tuple[str, ...] | None = None
    """Which the library shows where there is room; None for the usual ones."""
    folded: bool = False
    """Whether the library is folded by prompt."""
    details: bool = True
    """Whether the library shows the take's details where there is room."""
    play_on: str = "off"
    """What plays when a take of the library has ended: `off`, `order`, `shuffle`."""
    libraries: tuple[str, ...] = ()
    """The libraries that were open, the last one first."""


def load_settings(path: Path) -> Settings:
    """The settings at `path`; the defaults where there are none or they can't be read."""
    try:
        return decode_json(read_file(path, _MAX_BYTES), _SETTINGS)
    except (OSError, NotJsonError):
        return Settings()


_MAX_BYTES = 1 << 20
_SETTINGS = msgspec.json.Decoder(Settings)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class SettingsFile:
    """The settings of a user, which several running apps may share: each writes what was changed in it, no more."""

    def __init__(self, path: Path | None) -> None:
        """Read what is at `path`, or the defaults; without a path nothing is ever kept."""
        self._path = path
        self.kept = load_settings(path) if path is not None else Settings()
        """As they were read or written last."""

    def keep(self, settings: Settings) -> None:
        """Write what is different in `settings`; durable on return. Raises SettingsError: they are as they were then.

        A file that makes no sense, perhaps by a slip of the user's own hand, is kept beside the new one.
        """
        names = Settings.__struct_fields__
        changes = {name: now for name in names if (now := getattr(settings, name)) != getattr(self.kept, name)}
        if not changes or self._path is None:
            return
        try:
            make_folder(self._path.parent)
            written = self._read(self._path) | changes
            write_durably(self._path, msgspec.json.format(msgspec.json.encode(written)) + b"\n")
        except OSError as error:
            raise SettingsError(f"{self._path} can't be used: {error.strerror or error}.", _HOLDS) from error
        except LibraryError as error:
            raise SettingsError(error.what, _HOLDS) from error
        self.kept = settings

    def _read(self, path: Path) -> dict[str, object]:
        """What is in the file, with what only a newer Earmark knows, as it is written there."""
        try:
            data = read_file(path, _MAX_BYTES)
            decode_json(data, _SETTINGS)
            return dict(decode_json(data, _FIELDS).items())
        except FileNotFoundError:
            return {}
        except (NotJsonError, UnfitFileError):
            with Folder.at(path.parent) as folder:
                folder.rename(path.name, "settings.damaged.json")
            return msgspec.structs.asdict(self.kept)
