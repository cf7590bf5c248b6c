"""`earmark explore`: the app, in a session that keeps making what is likely to win."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.options import library_of, library_option, listener_option

if TYPE_CHECKING:
    from library.library import Library

DEFAULT_LENGTH_S = 20.0
FEWEST_IDEAS = 4


@click.command("explore")
@click.argument("prompts", nargs=-1, metavar="[PROMPT]...")
@library_option
@listener_option
@click.option("--takes", type=click.IntRange(1, 100_000), required=True, metavar="N", help="How many takes to make.")
@click.option("--minutes", type=click.FloatRange(0.1, 100_000), metavar="M", help="How long you want to listen.")
@click.option("--best", type=click.IntRange(1, 10_000), metavar="K", help="How many of the best to find. Default: 10.")
@click.option("--ideas", is_flag=True, help="Add prompts that `earmark ideas` suggests: as many again, four or more.")
@click.option("--generator", metavar="NAME", help="What makes the takes. Default: the one that needs nothing else.")
@click.option("--model", metavar="NAME_OR_PATH", help="Model name or folder.")
@click.option(
    "--duration", type=float, default=DEFAULT_LENGTH_S, show_default=True, metavar="S", help="Length in seconds."
)
@click.option("--set", "written", multiple=True, metavar="NAME=VALUE", help="A setting of the generator's.")
def command(
    prompts: tuple[str, ...],
    library: Path | None,
    listener: str | None,
    takes: int,
    minutes: float | None,
    best: int | None,
    ideas: bool,
    generator: str | None,
    model: str | None,
    duration: float,
    written: tuple[str, ...],
) -> None:
    """Listen while takes are made: more of the prompts that do well, none of what you reject.

    The app opens, and goes on making until N takes are made or you stop. Quit when you like: `earmark rate` goes on.
    """
    from library.errors import GenerationError
    from library.generators import registry
    from library.generators.recipes import grid
    from library.take import utc_now
    from ratings.session.plan import Exploration
    from tui.cli.assigned import assigned
    from tui.cli.launch import open_app
    from tui.messages import Opening

    if not prompts and not ideas:
        raise click.UsageError("Give a prompt, or --ideas.")
    opened = library_of(library)
    if ideas:
        prompts = (*prompts, *_suggested(opened, prompts, max(len(prompts), FEWEST_IDEAS)))
    try:
        spec = registry.spec(generator) if generator is not None else registry.usual()
        kinds = grid(
            prompts,
            [0],
            generator=spec.name,
            duration_s=duration,
            model=model,
            settings=spec.read_settings(assigned("--set", written)),
        )
    except GenerationError as error:
        raise click.UsageError(str(error)) from error
    spec.check_available()
    exploration = Exploration(kinds=kinds, takes=takes, begun=utc_now())
    open_app(opened.root, listener, Opening("rate", minutes, best, explore=exploration))


def _suggested(library: Library, prompts: Sequence[str], count: int) -> list[str]:
    """Prompts that are not there yet, from what was liked and from the vocabulary."""
    import secrets

    from library.spelling import fold
    from library.store.catalog import Catalog
    from ratings.ideas.ideas import ideas, known_prompts
    from ratings.journal import Journal
    from ratings.ranking.ranking import RankedTakes

    catalog = Catalog.load(library)
    rows = RankedTakes.judged(catalog, Journal.load(library).history).rank(by="prompt")
    known = known_prompts(catalog) | set(map(fold, prompts))
    return [one.prompt for one in ideas(rows, "", count, known, secrets.randbits(32))]
