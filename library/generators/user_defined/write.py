"""Adds a table to generators.toml, and leaves all else in it as the user wrote it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from library.errors import EarmarkError, LibraryError
from library.files.durable import make_folder, write_durably
from library.files.reading import read_file
from library.generators.user_defined.definition import Definition
from library.generators.user_defined.read import MAX_BYTES, read_document
from library.locations import generators_file

Written = str | Sequence[str] | Mapping[str, str]


class GeneratorsFileError(EarmarkError):
    """Nothing was added: the table makes no sense, or the file can't be written."""

    title = "Your generators weren't changed"


def table_text(name: str, values: Mapping[str, Written]) -> str:
    """A table of generators.toml as text; values that are empty are left out."""
    lines = [f"[generators.{name}]"]
    lines += [f"{key} = {_value(value)}" for key, value in values.items() if value]
    return "\n".join(lines) + "\n"


def check_table(name: str, text: str, path: Path | None = None) -> Definition:
    """What the table of that text defines. Raises GeneratorsFileError, which says what is wrong in it."""
    path = generators_file() if path is None else path
    try:
        found = read_document(tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        raise GeneratorsFileError(f"{name or 'Nothing'!r} can't be a generator's name.", _NAMES) from error
    for fault in found.faults:
        raise GeneratorsFileError(fault.what, fault.remedy)
    return found.definitions[0]


def add_table(name: str, text: str, path: Path | None = None) -> Definition:
    """Add a table to generators.toml, durably: what it defines. Raises GeneratorsFileError, with nothing changed."""
    path = generators_file() if path is None else path
    definition = check_table(name, text, path)
    try:
        make_folder(path.parent)
        before = _read(path)
        if name in tomllib.loads(before).get("generators", {}):
            raise GeneratorsFileError(
                f"There is a generator called {name} already.", f"Choose another name, or edit {path}."
            )
        gap = "\n" if before and not before.endswith("\n\n") else ""
        whole = f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{gap}{text}"
        tomllib.loads(whole)
        write_durably(path, whole.encode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GeneratorsFileError(f"{path} has a mistake: {str(error)[:200]}.", "Correct that first.") from error
    except OSError as error:
        raise GeneratorsFileError(f"{path} can't be used: {error.strerror or error}.") from error
    except LibraryError as error:
        raise GeneratorsFileError(error.what, error.remedy) from error
    return definition


_NAMES = "Use small letters, digits, - and _, and up to 40 of them."


def _read(path: Path) -> str:
    try:
        return read_file(path, MAX_BYTES).decode()
    except FileNotFoundError:
        return ""


def _value(value: Written) -> str:
    if isinstance(value, str):
        return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")  # whose escapes TOML has, too
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    return f"[{', '.join(map(_value, value))}]"
