"""`earmark top`: the ranking of takes, prompts or seeds."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from ratings.ranking.choices import RANKED_BY, SCALES, By, Scale
from tui.cli.filtering import collection_option, filter_argument, read_filter
from tui.cli.options import json_option, library_of, library_option, listener_option


@click.command("top")
@filter_argument
@collection_option
@library_option
@listener_option
@click.option("-n", "count", type=click.IntRange(min=1), default=10, show_default=True, metavar="N",
              help="How many to list.")  # fmt: skip
@click.option("--by", type=click.Choice(RANKED_BY), default="take", show_default=True,
              help="What to rank.")  # fmt: skip
@click.option("--scale", type=click.Choice(SCALES), default="composition", show_default=True,
              help="Rank by composition, or by production quality.")  # fmt: skip
@json_option
def command(
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    count: int,
    by: By,
    scale: Scale,
    as_json: bool,
) -> None:
    """Say which takes, prompts or seeds are the best, and how surely: all, or those of a FILTER.

    Of a filter the places are those among the takes that match; what was said of all others still counts.
    """
    gc.disable()  # nothing here is let go before the end
    from library.store.catalog import Catalog
    from ratings.history import sound_history
    from ratings.journal import Journal
    from ratings.ranking.ranking import rank
    from ratings.report import row_json
    from tui.cli.output import cut, print_json, warn_of_damages
    from tui.frame.formatting import plain, stars_bar

    opened = library_of(library)
    asked = read_filter(opened, words, collection, listener)
    catalog, journal = Catalog.load(opened), Journal.load(opened)
    history = journal.history
    among = {take.id for take in asked.takes(catalog, history)} if asked else None
    if scale == "sound":
        history = sound_history(history)
    rows = rank(catalog, history, by=by, top=count, reach=count if as_json else None, among=among)[:count]
    warn_of_damages(catalog, journal)
    if as_json:
        print_json({"ranking": [row_json(row, by) for row in rows]})
        return
    for row in rows:
        name = f"seed {row.key}" if by == "seed" else str(row.key)
        if by == "take" and (take := catalog.get(name)) is not None:
            seed = "" if take.seed is None else f"  seed {take.seed}"
            name = f"{take.id[:8]}  {cut(plain(take.prompt or '(no prompt)'), 60)}{seed}"
        click.echo(
            f"{row.rank:>3}  {stars_bar(row.score)}  {row.score:4.2f} [{row.low:4.2f} – {row.high:4.2f}]  "
            f"{row.p_top:4.0%} in the top {count}  {cut(plain(name), 90)}"
        )
    if not rows and scale == "sound":
        click.echo(
            "Production quality isn't rated yet: press `u` in the app, or run `earmark judge TAKE --sound N`.", err=True
        )
    elif not rows:
        click.echo("Nothing is judged yet. Run `earmark rate` to start.", err=True)
