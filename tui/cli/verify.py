"""`earmark verify`: make takes again and compare."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import json_option, library_of, library_option


@click.command("verify")
@click.argument("takes", nargs=-1, required=True, metavar="TAKE...")
@library_option
@json_option
def command(takes: tuple[str, ...], library: Path | None, as_json: bool) -> None:
    """Make each TAKE again from its recipe and say whether it is the same, to the bit."""
    from library.catalog import Catalog
    from library.verifying import verify
    from tui.cli.output import print_json, progress

    root = library_of(library)
    catalog = Catalog.load(root)
    subjects = [catalog.find(take) for take in takes]
    with progress("Verifying") as bar:
        results = verify(catalog, subjects, progress=bar.show)
    if as_json:
        print_json({"results": [result.as_json() for result in results]})
    else:
        for result in results:
            click.echo(f"{result.take[:8]}  {result.words}")
    if not all(result.identical for result in results):
        raise click.exceptions.Exit(1)
