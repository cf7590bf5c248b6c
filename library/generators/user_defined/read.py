"""generators.toml read and checked: what it defines, and each mistake in a sentence that names the table."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from library.files.reading import read_file
from library.generators.command.placeholders import PLACEHOLDERS, unknown_placeholders
from library.generators.user_defined.definition import KINDS, URLS, Definition, Fault
from library.generators.user_defined.fields import KEYS, NEEDED, ValueOfKeyError
from library.locations import generators_file

MAX_BYTES = 1 << 20
MAX_TABLES = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_SHOWN = 60


@dataclass(frozen=True)
class Found:
    """What a generators.toml says."""

    definitions: tuple[Definition, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_definitions(path: Path | None = None) -> Found:
    """What the user's generators.toml defines, nothing where there is none. A mistake costs only its own table."""
    path = generators_file() if path is None else path
    try:
        document = tomllib.loads(read_file(path, MAX_BYTES).decode())
    except FileNotFoundError:
        return Found()
    except OSError as error:
        return Found(faults=(Fault(None, f"{path} can't be read: {error.strerror or error}.", "Mend or remove it."),))
    except RecursionError:
        return Found(faults=(Fault(None, f"{path} can't be read: it is nested too deeply.", "Mend or remove it."),))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return Found(faults=(Fault(None, f"{path} is no TOML: {_reason(error)}.", "Correct that place."),))
    return read_document(document, path)


def read_document(document: Mapping[str, object], path: Path) -> Found:
    """What a TOML document defines; `path` is where it stands."""
    faults = [
        Fault(None, f"{path} has {name[:_SHOWN]!r}, which means nothing there.", "Tables begin with [generators.NAME].")
        for name in document
        if name != "generators"
    ]
    tables = document.get("generators", {})
    if not isinstance(tables, dict) or len(tables) > MAX_TABLES:
        what = f"{path}: generators must be tables, {MAX_TABLES} at most."
        return Found(faults=(*faults, Fault(None, what, "Begin each with [generators.NAME].")))
    definitions = []
    for name, table in tables.items():
        read = _read_table(name, table, path.parent)
        if isinstance(read, Definition):
            definitions.append(read)
        else:
            faults.append(read)
    return Found(tuple(definitions), tuple(faults))


def _read_table(name: str, table: object, folder: Path) -> Definition | Fault:
    head = f"[generators.{name[:_SHOWN]}]"
    if not _NAME.fullmatch(name):
        how = "Use small letters, digits, - and _, and up to 40 of them."
        return Fault(None, f"{head} has a name that can't be typed.", how)
    if not isinstance(table, dict):
        return Fault(name, f"{head} is no table.", f'Write {head}, and under it kind = "command" and so on.')
    kind = table.get("kind")
    if kind not in KINDS:
        near = get_close_matches(str(kind), KINDS, 1)
        what = f"{head} has no kind." if kind is None else f"{head} has the kind {str(kind)[:_SHOWN]!r}."
        return Fault(name, what, f"{f'Did you mean {near[0]}? ' if near else ''}There are: {', '.join(KINDS)}.")
    keys = KEYS[kind]
    for key in table:
        if key not in keys:
            near = get_close_matches(key, keys, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            what = f"{head} has {key[:_SHOWN]!r}, which means nothing there."
            return Fault(name, what, f"{hint}It may have: {', '.join(keys)}.")
    if (needed := NEEDED.get(kind)) is not None and needed not in table:
        return Fault(name, f"{head} has no {needed}.", f"Give {keys[needed].takes}.")
    values: dict[str, Any] = {}
    for key, value in table.items():
        try:
            values[key] = keys[key].read(value, folder)
        except (ValueError, TypeError) as error:
            takes = str(error) if isinstance(error, ValueOfKeyError) else keys[key].takes
            return Fault(name, f"{head}: {key} can't be {_shown(value)}.", f"Give {takes}.")
    return _check_placeholders(_define(name, values, folder), head)


def _define(name: str, values: dict[str, Any], folder: Path) -> Definition:
    settings, places = values.pop("settings", ((), {}))
    values["places"] = values.get("places", {}) | places
    values |= {
        new: values.pop(old) for old, new in (("timeout", "timeout_s"), ("format", "audio_format")) if old in values
    }
    url = values.pop("url", URLS.get(values["kind"], ""))
    return Definition(name=name, folder=folder, settings=settings, url=url, **values)


def _check_placeholders(definition: Definition, head: str) -> Definition | Fault:
    own = tuple(setting.name for setting in definition.settings)
    for word in definition.command:
        if unknown := unknown_placeholders(word, own):
            listed = ", ".join(f"{{{each}}}" for each in (*PLACEHOLDERS, *own))
            what = f"{head}: command has {{{unknown[0][:_SHOWN]}}}, which stands for nothing."
            return Fault(definition.name, what, f"There are {listed}; a brace itself is written twice.")
    return definition


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")[:200]
