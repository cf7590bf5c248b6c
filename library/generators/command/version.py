"""What a command says its version is, by the command that the user gave for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from library.files.file_stamp import stamp_of
from library.generators.user_defined.definition import Definition
from library.processes.other_program import is_there
from library.processes.user_command import CommandError, Keeper, run_command

LIMIT_S = 10.0
_LENGTH = 200


def never() -> bool:
    """For what is not to be stopped."""
    return False


@dataclass(frozen=True)
class Version:
    """What became of asking."""

    text: str = ""
    fault: str | None = None
    """A sentence that says why there is none."""


def version_of(definition: Definition, stop: Callable[[], bool] = never, keeper: Keeper | None = None) -> Version:
    """Run the version command of `definition`: the first line it writes. It is ended when `stop` says so."""
    try:
        end = run_command(definition.version, folder=definition.folder, limit_s=LIMIT_S, stop=stop, keeper=keeper)
    except CommandError as error:
        return Version(fault=f"The version command of {definition.name} doesn't run: {error}.")
    written = end.output.splitlines() or list(end.lines)
    first = next((line for line in map(_plain, written) if line), "")
    if end.cause != "ended":
        return Version(fault=f"The version command of {definition.name} took longer than {LIMIT_S:g} s.")
    if end.code != 0:
        said = f" It says: {_plain(end.lines[-1])}" if end.lines else ""
        return Version(fault=f"The version command of {definition.name} failed (exit code {end.code}).{said}")
    return Version(first)


def find_program(definition: Definition) -> str | None:
    """A sentence that says why the command can't be started, None where its program is there."""
    program = definition.command[0]
    path = definition.folder / program if "/" in program else program
    if is_there(str(path)):
        return None
    there = stamp_of(path) is not None
    return f"{program} {'isn’t a program that can be run' if there else 'isn’t there'}."


def _plain(line: str) -> str:
    return "".join(letter for letter in line if letter.isprintable()).strip()[:_LENGTH]
