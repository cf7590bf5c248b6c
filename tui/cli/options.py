"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from library.library import Library


Function = TypeVar("Function", bound=Callable[..., Any])


WANTS_JSON = "earmark.wants_json"
"""Where a context notes that one JSON document is wanted and none is printed yet."""


class Folder(click.Path):
    """A folder's path. Nothing, as a shell makes of a variable that isn't set, is none: not the one we are in."""

    def __init__(self, *, readable: bool = True) -> None:
        super().__init__(path_type=Path, file_okay=False, readable=readable)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """As a Path; a usage error where that can't be."""
        if value == "":
            self.fail("Name a folder.", param, ctx)
        return super().convert(value, param, ctx)


def library_option(function: Function) -> Function:
    """`--library DIR`; before the command it holds for the command as well."""
    return click.option(
        "--library",
        type=Folder(readable=False),  # that is said when it is read
        metavar="DIR",
        help="The library's folder. Default: $EARMARK_LIBRARY, else Earmark in your music folder.",
    )(function)


def listener_option(function: Function) -> Function:
    return click.option("--listener", metavar="NAME", help="Who listens. Default: $EARMARK_LISTENER, else your user.")(
        function
    )


def json_option(function: Function) -> Function:
    def note(ctx: click.Context, _: click.Parameter, wanted: bool) -> bool:
        ctx.meta[WANTS_JSON] = wanted
        return wanted

    return click.option(
        "--json", "as_json", is_flag=True, callback=note, help="One JSON document on standard output, nothing else."
    )(function)


def library_of(given: Path | None) -> Library:
    """The library that a command means: its own option, else the one before the command, else the default."""
    from library.library import Library
    from library.locations import default_library

    if given is None:
        context = click.get_current_context(silent=True)
        given = context.find_object(Path) if context is not None else None
    return Library(default_library() if given is None else given)
