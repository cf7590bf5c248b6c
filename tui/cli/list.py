"""`earmark list`: the takes of the library."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from tui.cli.filtering import collection_option, filter_argument, read_filter
from tui.cli.options import json_option, library_of, library_option, listener_option


@click.command("list")
@filter_argument
@collection_option
@library_option
@listener_option
@click.option("--prompt", metavar="TEXT", help="Only takes whose prompt contains this text.")
@click.option("--seed", type=int, metavar="N", help="Only takes with this seed.")
@click.option("--unrated", is_flag=True, help="Only takes nobody has rated.")
@json_option
def command(
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    prompt: str | None,
    seed: int | None,
    unrated: bool,
    as_json: bool,
) -> None:
    """List the takes, newest batch last: all of them, or those that match FILTER.

    A filter is what you type in the app: words, seed:1-8, stars:'>=4', len:10-20, label:live, judged:me, is:picked …
    """
    from library.jobs.to_come import to_come
    from library.spelling import fold
    from library.store.catalog import Catalog
    from ratings.journal import Journal
    from tui.cli.output import complain, load_journal_if_readable, print_takes, take_line, warn_of_damages
    from tui.cli.resuming import coming_lines
    from tui.frame.formatting import plain

    gc.disable()  # nothing here is let go before the end: looking for it would take a fifth of the time
    opened = library_of(library)
    asked = read_filter(opened, words, collection, listener)
    catalog = Catalog.load(opened)
    journal = Journal.load(opened) if unrated or asked else load_journal_if_readable(opened)
    history = journal.history
    found = {take.id for take in asked.takes(catalog, history)} if asked else None
    text = fold(prompt) if prompt else None
    takes = [
        take
        for take in catalog
        if (found is None or take.id in found)
        and (text is None or text in fold(take.prompt or ""))
        and (seed is None or take.seed == seed)
        and not (unrated and history.ratings(take.id).rated)
    ]
    warn_of_damages(catalog, journal)
    coming = to_come(catalog)
    for damage in coming.damages:
        complain(f"Warning: {damage}")
    if as_json:
        print_takes(takes, catalog, history, coming.unmade)
        return
    if takes:
        # In one piece: click looks at the stream and flushes it for each, which for 100,000 lines takes half a second.
        click.echo("\n".join([take_line(take, history) for take in takes]))
    elif len(catalog):
        click.echo("No takes match.", err=True)
    else:
        click.echo(f"There are no takes in {plain(str(opened.root))} yet.", err=True)
    for line in coming_lines(coming):
        complain(line)
