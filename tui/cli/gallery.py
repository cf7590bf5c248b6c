"""`earmark gallery`: a web page of the best takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tui.cli.filtering import collection_option, filter_argument, read_filter
from tui.cli.options import TypedPath, json_option, library_of, library_option, listener_option


@click.command("gallery")
@click.argument("destination", metavar="DEST", type=TypedPath(path_type=Path))
@filter_argument
@collection_option
@library_option
@listener_option
@click.option("-n", "count", type=click.IntRange(min=1), default=20, metavar="N", show_default=True,
              help="The N best.")  # fmt: skip
@click.option("--min-stars", type=click.FloatRange(1, 5), metavar="S", help="Only takes rated S or more.")
@click.option("--picks", is_flag=True, help="Only picked takes.")
@click.option("--per-prompt", type=click.IntRange(min=1), metavar="N",
              help="At most N per prompt; takes without a prompt aren't limited.")  # fmt: skip
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
    from library.store.catalog import Catalog
    from ratings.export.request import ExportRequest
    from ratings.gallery.gallery import write_gallery
    from ratings.journal import Journal
    from tui.cli.output import complain, print_json, progress, warn_of_damages
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    opened = library_of(library)
    asked = read_filter(opened, words, collection, listener)
    catalog, journal = Catalog.load(opened), Journal.load(opened)
    history = journal.history if listener is None else journal.history.of(listener)
    warn_of_damages(catalog, journal)
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
