"""`earmark gallery`: a web page of the best takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tui.cli.filtering import choice_options, open_shelf
from tui.cli.options import TypedPath, json_option


@click.command("gallery")
@click.argument("destination", metavar="DEST", type=TypedPath(path_type=Path))
@choice_options(20)
@json_option
def command(
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 - by an ExportRequest's fields
) -> None:
    """Make a web page to listen to the best takes: one file if DEST ends in .html, else a folder.

    It plays offline and on any web server, equally loud, and asks nobody for anything. With FILTER (see
    `earmark list --help`) the best of those that match.
    """
    from ratings.export.request import ExportRequest
    from ratings.gallery.gallery import write_gallery
    from tui.cli.output import complain, print_json, progress
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    shelf = open_shelf(library, words, collection, listener)
    catalog, history, asked = shelf.catalog, shelf.history, shelf.asked
    request = ExportRequest(**wanted, filter=asked.text)
    if asked:
        request = replace(request, takes=asked.to_export(catalog, history))
    with progress("Making the page") as bar, stoppable() as stopped:
        done = write_gallery(catalog, history, request, progress=bar.count, cancelled=stopped)
    if as_json:
        failed = [{"take": take, "reason": reason} for take, reason in done.failed]
        print_json({"files": [str(path) for path in done.files], "failed": failed})
    elif done.takes and not done.cancelled:
        click.echo(f"{counted(done.takes, 'take')} on {plain(str(done.files[-1]))}.")
    if done.cancelled:
        complain("Stopped before the end.")
    elif not done.takes and not done.failed:
        complain("No takes match." if asked else "No judged takes match. Rate some first: earmark rate")
    for take, reason in done.failed:
        complain(f"{take[:8]}: {reason}")
    if done.failed or done.cancelled:
        raise click.exceptions.Exit(1)
