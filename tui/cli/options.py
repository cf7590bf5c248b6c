"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from library.library import Library

WANTS_JSON = "earmark.wants_json"
"""Where a context notes that one JSON document is wanted and none is printed yet."""


class TypedPath(click.Path):
    """A path as the shell gives it, `file://` undone. Raises UnknownUserError."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """As a Path; a usage error where that can't be."""
        from library.locations import typed_path

        return super().convert(typed_path(os.fspath(value)) if value != "" else value, param, ctx)


class Folder(TypedPath):
    """A folder's path. Nothing, as a shell makes of a variable that isn't set, is none: not the one we are in."""

    def __init__(self, *, readable: bool = True) -> None:
        super().__init__(path_type=Path, file_okay=False, readable=readable)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """As a Path; a usage error where that can't be."""
        if value == "":
            self.fail("Give a folder.", param, ctx)
        return super().convert(value, param, ctx)


def _note_json(ctx: click.Context, _: click.Parameter, wanted: bool) -> bool:
    ctx.meta[WANTS_JSON] = wanted
    return wanted


library_option = click.option(
    "--library",
    type=Folder(readable=False),  # that is said when it is read
    metavar="DIR",
    help="Library folder. Default: $EARMARK_LIBRARY, or Earmark in your music folder.",
)
"""Before the command it holds for the command as well."""
listener_option = click.option(
    "--listener", metavar="NAME", help="Who is listening. Default: $EARMARK_LISTENER, or your user name."
)
device_option = click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto", show_default=True,
    help="What computes, where there's a choice. The CPU takes over from a device that fails.",
)  # fmt: skip
json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_note_json, help="Print one JSON document and nothing else."
)


def library_of(given: Path | None) -> Library:
    """The library that a command means: its own option, else the one before the command, else the default."""
    from library.library import Library
    from library.locations import default_library

    if given is None:
        context = click.get_current_context(silent=True)
        given = context.find_object(Path) if context is not None else None
    return Library(default_library() if given is None else given)
