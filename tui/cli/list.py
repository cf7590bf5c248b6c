"""`earmark list`: the takes of the library."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from tui.cli.options import json_option, library_of, library_option


@click.command("list")
@library_option
@click.option("--prompt", metavar="TEXT", help="Only takes whose prompt holds this text.")
@click.option("--seed", type=int, metavar="N", help="Only takes of this seed.")
@click.option("--unrated", is_flag=True, help="Only takes that nobody has rated.")
@json_option
def command(library: Path | None, prompt: str | None, seed: int | None, unrated: bool, as_json: bool) -> None:
    """List the takes, newest batch last."""
    from library.spelling import fold
    from library.store.catalog import Catalog
    from ratings.journal import Journal
    from tui.cli.output import load_journal_if_readable, print_takes, take_line, warn_of_damages
    from tui.frame.formatting import plain

    gc.disable()  # nothing here is let go before the end: looking for it would take a fifth of the time
    opened = library_of(library)
    catalog = Catalog.load(opened)
    journal = Journal.load(opened) if unrated else load_journal_if_readable(opened)
    history = journal.history
    words = fold(prompt) if prompt else None
    takes = [
        take
        for take in catalog
        if (words is None or words in fold(take.prompt or ""))
        and (seed is None or take.seed == seed)
        and not (unrated and history.ratings(take.id).rated)
    ]
    warn_of_damages(catalog, journal)
    if as_json:
        print_takes(takes, catalog, history)
        return
    if takes:
        # In one piece: click looks at the stream and flushes it for each, which for 100,000 lines takes half a second.
        click.echo("\n".join([take_line(take, history) for take in takes]))
    elif len(catalog):
        click.echo("No take answers to that.", err=True)
    else:
        click.echo(f"No takes are in {plain(str(opened.root))} yet.", err=True)
