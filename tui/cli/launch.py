"""Opening the app from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from library import locations
from tui.cli.options import library_of


def open_app(
    library: Path | None,
    *,
    listener: str | None = None,
    start: str = "library",
    minutes: float | None = None,
    best: int | None = None,
    only: str = "",
) -> None:
    """Open the app on a library and stay until it is left."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise click.UsageError("The app needs a terminal. `earmark --help` lists the commands that don't.")
    from tui.app import make_app

    app = make_app(
        library_of(library),
        listener=listener,
        settings_path=locations.settings_file(),
        start=start,
        minutes=minutes,
        best=best,
        only=only,
    )
    try:
        app.run()
    finally:
        app.close_down()
    if app.return_code:
        sys.exit(app.return_code)
