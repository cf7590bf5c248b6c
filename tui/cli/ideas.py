"""`earmark ideas`: prompts to try."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from tui.cli.options import json_option, library_of, library_option

_TOLD = 12
"""Prompts that are sent to a server as liked, and as many as disliked."""


@click.command("ideas")
@click.argument("words", nargs=-1, metavar="[TEXT]...")
@library_option
@click.option("-n", "count", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N",
              help="How many; at most so many from a server.")  # fmt: skip
@click.option(
    "--server", metavar="URL", help="Ask an OpenAI-compatible server, like http://127.0.0.1:11434 for Ollama."
)
@click.option("--model", metavar="NAME", help="The server's model. Default: the first one that it names.")
@click.option("--tell", is_flag=True, help="Tell the server which prompts you liked and disliked.")
@json_option
def command(
    words: tuple[str, ...],
    library: Path | None,
    count: int,
    server: str | None,
    model: str | None,
    tell: bool,
    as_json: bool,
) -> None:
    """Suggest prompts to try that aren't in the library, with TEXT in them.

    They come from what you liked, changed in one place, and from a vocabulary of musical terms, without a network. With
    --server a language model suggests them; $EARMARK_IDEAS_KEY is its key if it wants one.
    """
    from library.spelling import one_spelling
    from library.store.catalog import Catalog
    from ratings.ideas.ideas import ideas, known_prompts, liked_and_disliked
    from ratings.ranking.ranking import RankedTakes
    from tui.cli.output import load_journal_if_readable, print_json, warn_of_damages
    from tui.frame.formatting import plain

    if server is None and (model is not None or tell):
        raise click.UsageError(f"{'--model' if model is not None else '--tell'} needs --server.")
    text = one_spelling(" ".join(words))
    opened = library_of(library)
    catalog, journal = Catalog.load(opened), load_journal_if_readable(opened)
    warn_of_damages(catalog, journal)
    known = known_prompts(catalog)
    rows = RankedTakes.judged(catalog, journal.history).rank(by="prompt") if server is None or tell else []
    if server is not None:
        from ratings.ideas.server import ask_server

        liked, disliked = liked_and_disliked(rows, _TOLD) if tell else ((), ())
        found = ask_server(server, model, text, count, known, liked=liked, disliked=disliked)
    else:
        found = ideas(rows, text, count, known, secrets.randbits(32))
    if as_json:
        print_json({"ideas": [{"prompt": one.prompt, "source": one.source, "because": one.because} for one in found]})
        return
    for one in found:
        click.echo(f"{plain(one.prompt)}\n    {plain(one.because)}")
    if not found:
        click.echo("No new ideas. Try another text.", err=True)
