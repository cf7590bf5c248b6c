"""`earmark rate`: the app, in a listening session."""

from __future__ import annotations

import math
from pathlib import Path

import click

from tui.cli.filtering import collection_option, filter_argument, read_filter
from tui.cli.options import library_of, library_option, listener_option


@click.command("rate")
@filter_argument
@collection_option
@library_option
@listener_option
@click.option("--minutes", type=click.FloatRange(0.1, 100_000), metavar="M", help="How long you want to listen.")
@click.option(
    "--best", type=click.IntRange(1, 10_000), metavar="K", help="How many of the best takes to find. Default: 10."
)
@click.option("--prompt", metavar="TEXT", default="", help="Only takes whose prompt contains this text.")
def command(
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    minutes: float | None,
    best: int | None,
    prompt: str,
) -> None:
    """Open the app and start rating: all takes, or those that match FILTER (see `earmark list --help`).

    Resumes your last session unless you ask for something else.
    """
    if minutes is not None and math.isnan(minutes):
        raise click.BadParameter("Minutes must be a number.", param_hint="--minutes")
    from tui.cli.launch import open_app
    from tui.messages import Opening

    opened = library_of(library)
    only = " ".join(f'prompt:"{part}"' for part in prompt.split('"') if part.strip())  # a quote would end the text
    only = f"{only} {read_filter(opened, words, collection, listener).text}".strip()
    open_app(opened.root, listener, Opening("rate", minutes, best, only))
