"""What the user chose and Earmark remembers: theme, volume, keys."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from library.errors import EarmarkError, LibraryError
from library.files.decoding import NotJsonError, decode_json
from library.files.durable import make_folder, write_durably
from library.files.folder import Folder
from library.files.reading import UnfitFileError, read_file

Start = Literal["beginning", "strongest", "place"]
"""Where takes begin to play: at their beginning, at their strongest passage, or where the one before stood."""

_HOLDS = "Your changes last until you quit."


class SettingsError(EarmarkError):
    title = "Your settings weren't saved"


class IgnoredSettingError(SettingsError):
    title = "A setting was ignored"


class ExportAs(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an export goes and as what, as it was the last time; texts as they are typed."""

    folder: str = "~/earmark-export"
    format: str = "wav"
    subtype: str = "as"
    """`as` for the take's own."""
    normalize: str = ""
    name: str = ""


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All settings; what is missing or nonsense falls back to these."""

    theme: str = "ink"
    volume_db: Annotated[float, Meta(ge=-60, le=0)] = 0.0
    keys: dict[str, object] = {}
    """Keys by binding id, as in Textual's keymaps; they are checked when the app starts."""
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
    export: ExportAs = ExportAs()
    more: Annotated[int, Meta(ge=1, le=1000)] = 4
    """How many fresh seeds `more like this` makes."""
    generator: str = ""
    """What made takes last in Generate; empty for the usual one."""
    generators: dict[str, dict[str, str]] = {}
    """By generator, what was written in its fields in Generate: its settings, `model` and `device`."""
    favourites: tuple[str, ...] = ()
    """Prompts as they are written in Generate, the latest first."""
    filters: tuple[str, ...] = ()
    """What was looked for in the library, the latest first."""


@dataclass(frozen=True)
class Found:
    """What a file of settings says."""

    settings: Settings
    """What makes sense in it, and the defaults for the rest."""
    problems: tuple[SettingsError, ...] = ()


def load_settings(path: Path) -> Settings:
    """The settings at `path`; the default of each that is not there, or makes no sense."""
    return read_settings(path).settings


def read_settings(path: Path) -> Found:
    """The settings at `path`, and what makes no sense in it."""
    try:
        fields = decode_json(read_file(path, _MAX_BYTES), _FIELDS)
    except FileNotFoundError:
        return Found(Settings())
    except (OSError, NotJsonError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Found(Settings(), (IgnoredSettingError(f"{path} can't be read: {reason}.", _DEFAULTS),))
    known, found, problems = _types(), dict[str, object](), list[SettingsError]()
    for name, text in fields.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean “{near[0]}”?" if near else f"The settings are {', '.join(known)}."
            problems.append(IgnoredSettingError(f"There's no setting “{name[:40]}”.", hint))
            continue
        try:
            found[name] = msgspec.json.decode(text, type=known[name])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            what = f"The setting “{name}” can't be used: {str(error)[:200]}."
            problems.append(IgnoredSettingError(what, "Correct it in the file; until then the default applies."))
    return Found(msgspec.structs.replace(Settings(), **found), tuple(problems))


def _types() -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(Settings)}


_DEFAULTS = "The defaults apply until you correct or remove the file."
_MAX_BYTES = 1 << 20
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class SettingsFile:
    """The settings of a user, which several running apps may share: each writes what was changed in it, no more."""

    def __init__(self, path: Path | None) -> None:
        """Read what is at `path`, or the defaults; without a path nothing is ever kept."""
        self._path = path
        found = read_settings(path) if path is not None else Found(Settings())
        self.kept, self.problems = found.settings, found.problems
        """As they were read or written last; and what made no sense when they were read."""

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
        """What is in the file as it is written there, with what only a newer Earmark knows, and slips of the pen."""
        try:
            return dict(decode_json(read_file(path, _MAX_BYTES), _FIELDS).items())
        except FileNotFoundError:
            return {}
        except (NotJsonError, UnfitFileError):
            with Folder.at(path.parent) as folder:
                folder.rename(path.name, "settings.damaged.json")
            return msgspec.structs.asdict(self.kept)
