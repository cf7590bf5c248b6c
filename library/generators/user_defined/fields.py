"""The keys that a table of generators.toml may have: what each takes, in words and as a check."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from library.errors import GenerationError, UnknownUserError
from library.generators.spec import Kind, Seeded, Setting
from library.locations import typed_path
from library.take import MAX_DURATION_S, MAX_NAME, DraftUse

MAX_WORDS = 200
MAX_WORD = 10_000
MAX_JOBS = 64
_PLACE = re.compile(r"[^.\s]{1,100}\.[^\s]{1,200}")
_NODE = re.compile(r"[^.\s]{1,100}")
_SEEDED: dict[object, Seeded] = {"yes": "yes", "no": "no", "unknown": "unknown", True: "yes", False: "no"}
_KINDS: tuple[Kind, ...] = ("number", "whole", "choice", "text", "yes-no", "file")
FORMATS = ("flac", "wav", "wav32")
SETTING_KEYS = ("kind", "help", "default", "low", "high", "choices", "place")


class ValueOfKeyError(ValueError):
    """The value can't be that key's. What the key takes, in words."""


@dataclass(frozen=True)
class Field:
    """What one key takes."""

    takes: str
    read: Callable[[object, Path], object]
    """The value as a definition has it; the path is the folder of generators.toml. Raises ValueError."""


def text(value: object, _: Path) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME or not value.isprintable():
        raise ValueError
    return value.strip()


def texts(value: object, folder: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_WORDS:
        raise ValueError
    return tuple(text(each, folder) for each in value)


def words(value: object, _: Path) -> tuple[str, ...]:
    """A command: each word may be empty but the first."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_WORDS:
        raise ValueError
    if not all(isinstance(word, str) and len(word) <= MAX_WORD and "\0" not in word for word in value) or not value[0]:
        raise ValueError
    try:
        first = str(typed_path(value[0])) if value[0].startswith("~") else value[0]
    except UnknownUserError as error:
        raise ValueOfKeyError(error.what) from error
    return (first, *value[1:])


def number(low: float, high: float) -> Callable[[object, Path], float]:
    def read(value: object, _: Path) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low < value <= high:
            raise ValueError
        return float(value)

    return read


def jobs(value: object, _: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_JOBS:
        raise ValueError
    return value


def seeded(value: object, _: Path) -> Seeded:
    if not isinstance(value, str | bool) or value not in _SEEDED:
        raise ValueError
    return _SEEDED[value]


def drafts(value: object, folder: Path) -> tuple[DraftUse, ...]:
    found = texts(value, folder)
    uses: tuple[DraftUse, ...] = ("melody", "continuation")
    if set(found) - set(uses):
        raise ValueError
    return tuple(use for use in uses if use in found)


def audio_format(value: object, _: Path) -> str:
    if not isinstance(value, str) or value not in FORMATS:
        raise ValueError
    return value


def url(value: object, folder: Path) -> str:
    address = text(value, folder)
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ValueOfKeyError("an address whose port is a number up to 65535") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or port == 0:
        raise ValueError
    if parts.username or parts.password:
        raise ValueOfKeyError("an address without a user and password in it")
    return address.rstrip("/")


def file(value: object, folder: Path) -> Path:
    try:
        return folder / typed_path(text(value, folder))
    except UnknownUserError as error:
        raise ValueOfKeyError(error.what) from error


def places(value: object, _: Path) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or set(value) - set(PLACES):
        raise ValueOfKeyError(f"a table with any of {', '.join(PLACES)}")
    return {name: one_place(each, node_only=name == "output") for name, each in value.items()}


def one_place(value: object, *, node_only: bool = False) -> tuple[str, ...]:
    """One place of a workflow or several, as `node.input`; of the output only the node."""
    listed = value if isinstance(value, list) else [value]
    pattern = _NODE if node_only else _PLACE
    if not listed or not all(isinstance(each, str) and pattern.fullmatch(each) for each in listed):
        raise ValueOfKeyError('a node’s number, like "9"' if node_only else 'a node and its input, like "6.text"')
    return tuple(listed)


def settings(value: object, _: Path) -> tuple[tuple[Setting, ...], dict[str, tuple[str, ...]]]:
    """The settings that a table declares, and their places in a workflow, if they have any."""
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise ValueError
    found = [one_setting(name, table) for name, table in value.items()]
    return tuple(setting for setting, _ in found), {setting.name: place for setting, place in found if place}


def one_setting(name: str, table: Mapping[str, object]) -> tuple[Setting, tuple[str, ...]]:
    def fail(reason: str) -> ValueOfKeyError:
        return ValueOfKeyError(f"settings that make sense; {name[:40]!r} {reason}")

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name in _TAKEN:
        raise fail("can't be a setting's name: use small letters, digits and _, and none of " + ", ".join(_TAKEN))
    if unknown := [key for key in table if key not in SETTING_KEYS]:
        raise fail(f"has a key {unknown[0][:40]!r}, which isn't one of {', '.join(SETTING_KEYS)}")
    default, choices = table.get("default"), table.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(each, str) and each for each in choices):
        raise fail("needs its choices as a list of texts")
    kind = table.get("kind", "choice" if choices else _kind_of(default))
    if kind not in _KINDS or (kind == "choice") != bool(choices):
        raise fail(f"needs a kind that is one of {', '.join(_KINDS)}, and choices if it is a choice")
    low, high = table.get("low"), table.get("high")
    if any(end is not None and (isinstance(end, bool) or not isinstance(end, int | float)) for end in (low, high)):
        raise fail("needs numbers for low and high")
    told = table.get("help", "")
    if not isinstance(told, str) or not told.isprintable() or len(told) > MAX_NAME:
        raise fail("needs a line of text for its help")
    if default is not None and not isinstance(default, str | int | float | bool):
        raise fail("needs a number, a text, or true or false as its default")
    setting = Setting(name=name, kind=kind, help=told, low=low, high=high, choices=tuple(choices))  # type: ignore[arg-type]
    if default is not None:
        try:
            default = setting.check(default)
        except GenerationError as error:
            raise fail(f"has a default that it can't have: {error.remedy}") from error
        setting = Setting(**{**vars(setting), "default": default})
    place = one_place(table["place"]) if "place" in table else ()
    return setting, place


def _kind_of(default: object) -> str:
    match default:
        case bool():
            return "yes-no"
        case int() | float():
            return "number"
        case _:
            return "text"


PLACES = ("prompt", "negative", "seed", "duration", "draft", "output")
_TAKEN = ("prompt", "seed", "duration", "out", "draft", "json", "model", "output")
_EVERYBODY = {
    "kind": Field("command, ace-step-server, acestep-cpp or comfyui", text),
    "about": Field("a line of text", text),
    "licence": Field("a line of text", text),
    "seeded": Field('"yes", "no" or "unknown"', seeded),
    "max_seconds": Field(f"a number of seconds above 0, up to {MAX_DURATION_S:,.0f}", number(0, MAX_DURATION_S)),
    "timeout": Field("a number of seconds above 0, up to a day", number(0, 86_400)),
    "jobs": Field(f"a whole number from 1 to {MAX_JOBS}", jobs),
}
_SERVERS = {
    "url": Field('an address like "http://127.0.0.1:8001"', url),
}
KEYS: dict[str, dict[str, Field]] = {
    "command": _EVERYBODY
    | {
        "command": Field('a list of texts, like ["make-music", "--prompt={prompt}"]', words),
        "version": Field('a list of texts, like ["make-music", "--version"]', words),
        "models": Field('a list of names, like ["small", "large"]', texts),
        "drafts": Field('a list with "melody", "continuation" or both', drafts),
        "settings": Field("tables like [generators.NAME.settings.guidance]", settings),
    },
    "ace-step-server": _EVERYBODY
    | _SERVERS
    | {
        "api_key": Field("the text that the server was started with", text),
        "format": Field(f"one of {', '.join(FORMATS)}", audio_format),
        "models": Field('a list of names, like ["acestep-v15-turbo"]', texts),
    },
    "acestep-cpp": _EVERYBODY | _SERVERS | {"models": Field('a list of names, like ["acestep-v15-turbo-Q8_0"]', texts)},
    "comfyui": _EVERYBODY
    | _SERVERS
    | {
        "workflow": Field("the path of a workflow, exported in API format", file),
        "places": Field('a table like prompt = "6.text"', places),
        "settings": Field("tables like [generators.NAME.settings.steps]", settings),
    },
}
NEEDED = {"command": "command", "comfyui": "workflow"}
"""What a table of that kind can't do without."""
