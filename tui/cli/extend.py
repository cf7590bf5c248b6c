"""`earmark extend`: the same take, longer."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import device_option, json_option, library_of, library_option


@click.command("extend")
@click.argument("take")
@click.option("--to", "to_s", type=float, required=True, metavar="S", help="The new length, in seconds.")
@device_option
@library_option
@json_option
def command(take: str, to_s: float, device: str, library: Path | None, as_json: bool) -> None:
    """Make TAKE longer, exactly.

    The result is exactly the take its recipe would have made at that length.
    """
    from library.generators.recipes import extend_recipe
    from library.store.catalog import Catalog
    from tui.cli.generate import make

    opened = library_of(library)
    subject = Catalog.load(opened).find(take)
    make(opened, (extend_recipe(subject, to_s),), as_json=as_json, parent=subject.id, single=True, device=device)
