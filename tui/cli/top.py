"""`earmark top`: the ranking of takes, prompts, seeds, words and settings."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ratings.ranking.choices import FACTORS, LISTENER, RANKED_BY, SCALES, SET, Scale
from tui.cli.filtering import collection_option, filter_argument, read_filter
from tui.cli.options import json_option, library_of, library_option

if TYPE_CHECKING:
    from library.take import Take
    from ratings.ranking.listeners import RankedListener
    from ratings.ranking.ranking import RankedRow, RankedTakes


class RankedBy(click.ParamType[str]):
    """What can be ranked."""

    name = "factor"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As the ranking has it; a usage error for what can't be ranked."""
        known = (*RANKED_BY, *FACTORS, LISTENER)
        if value not in known and not (value.startswith(SET) and value != SET):
            self.fail(f"{value!r} can't be ranked. Choose one of: {', '.join(known)}, {SET}NAME.", param, ctx)
        return value.replace("-", "_")


@click.command("top")
@filter_argument
@collection_option
@library_option
@click.option("-n", "count", type=click.IntRange(min=1), default=10, show_default=True, metavar="N",
              help="How many to list.")  # fmt: skip
@click.option("--by", type=RankedBy(), default="take", show_default=True, metavar="take|prompt|seed|word|...",
              help="What to rank: also generator, model, set:NAME for a setting, or listener.")  # fmt: skip
@click.option("--scale", type=click.Choice(SCALES), default="composition", show_default=True,
              help="Rank by composition, or by production quality.")  # fmt: skip
@click.option("--listener", metavar="NAME", help="As this listener alone hears it. Default: as everyone does.")
@json_option
def command(
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    count: int,
    by: str,
    scale: Scale,
    as_json: bool,
) -> None:
    """Rank takes, prompts, seeds, words or settings, with how certain that is: all of them, or those that match FILTER.

    Of a filter the places are those among the takes that match; what was said of all others still counts.
    """
    gc.disable()  # nothing here is let go before the end
    from library.store.catalog import Catalog
    from ratings.history import sound_history
    from ratings.journal import Journal
    from ratings.model.stopping import places
    from ratings.ranking.listeners import known_listener, rank_listeners
    from ratings.ranking.ranking import RankedTakes
    from ratings.report import listener_json, row_json
    from tui.cli.output import print_json, warn_of_damages

    opened = library_of(library)
    asked = read_filter(opened, words, collection, listener)
    catalog, journal = Catalog.load(opened), Journal.load(opened)
    history = journal.history
    among = {take.id for take in asked.takes(catalog, history)} if asked else None
    name = None if listener is None else known_listener(listener, history)
    if name is not None and by != LISTENER:
        history = history.of(name)
    if scale == "sound":
        history = sound_history(history)
    ranked = RankedTakes.judged(catalog, history)
    whose = {"listener": name, "listeners": ranked.listeners}
    warn_of_damages(catalog, journal)
    if by == "listener":
        shown = [one for one in rank_listeners(ranked) if name in (None, one.listener)][:count]
        if as_json:
            print_json({"ranking": [listener_json(one) for one in shown], **whose})
        else:
            _print_listeners(shown)
        return
    found = ranked.rank(by=by, top=count, reach=count if as_json else None, among=among,
                        seedless=_seedless(ranked.takes) if by == "seed" else ())  # fmt: skip
    if by.startswith(SET) and not found and ranked.takes:
        raise click.UsageError(_unknown(by, ranked.takes))
    rows, reach = found[:count], places(count, len(found))
    if as_json:
        print_json({"ranking": [row_json(row, by) for row in rows], **whose})
        return
    _print_rows(rows, by, scale, ranked, reach)


def _print_rows(rows: Sequence[RankedRow], by: str, scale: Scale, ranked: RankedTakes, reach: int) -> None:
    """A line a row, and by whose judgements; or why there is none."""
    from library.generators.spec import show_value
    from tui.cli.output import cut
    from tui.frame.formatting import plain, stars_bar

    known = {take.id: take for take in ranked.takes} if by == "take" else {}
    itself = by in ("take", "prompt", "word")
    for row in rows:
        called = str(row.key) if itself else f"{by.removeprefix(SET)} {show_value(row.key)}"
        if (take := known.get(called)) is not None:
            seed = "" if take.seed is None else f"  seed {take.seed}"
            called = f"{take.id[:8]}  {cut(plain(take.prompt or '(no prompt)'), 60)}{seed}"
        click.echo(
            f"{row.rank:>3}  {stars_bar(row.score)}  {row.score:4.2f} [{row.low:4.2f} – {row.high:4.2f}]  "
            f"{row.p_top:4.0%} in the top {reach}  {cut(plain(called), 90)}"
        )
    if by == "word" and ranked.posterior is not None:
        shown = {row.key for row in rows}
        several = [word.name for word in ranked.posterior.layout.words.words if word.number > 1 and word.name in shown]
        if several:
            names = ", ".join(cut(plain(name), 40) for name in several)
            click.echo(f"Always together, so nothing tells which of the words it is: {names}.")
    if rows:
        click.echo(f"By what {_listed(list(map(plain, ranked.listeners)))} said.")
    elif by == "word" and ranked.takes:
        click.echo("No word stands in several of the judged prompts, and not in all of them.", err=True)
    elif scale == "sound":
        click.echo(
            "Production quality isn't rated yet: press `u` in the app, or run `earmark judge TAKE --sound N`.", err=True
        )
    else:
        click.echo("Nothing is judged yet. Run `earmark rate` to start.", err=True)


def _seedless(takes: Sequence[Take]) -> frozenset[str]:
    """The generators of which seeds mean nothing, said where they made some of these takes."""
    from library.generators.probed import seedless
    from tui.cli.output import complain
    from tui.frame.formatting import plain

    found = seedless()
    if left_out := sorted({take.generator for take in takes if take.generator in found and take.seed is not None}):
        names = _listed(list(map(plain, left_out)))
        complain(f"Note: takes of {names} are left out, because a seed means nothing there (`earmark probe`).")
    return found


def _unknown(by: str, takes: Sequence[Take]) -> str:
    from ratings.ranking.factors import factors_of

    known = [factor for factor in factors_of(takes) if factor.startswith(SET)]
    there = f"There are: {', '.join(known)}." if known else "None has any settings."
    return f"No judged take has the setting {by.removeprefix(SET)!r}. {there}"


def _listed(names: list[str]) -> str:
    """A few by name, many by their number."""
    if len(names) > 4:
        return f"{len(names)} listeners"
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _print_listeners(rows: list[RankedListener]) -> None:
    from tui.frame.formatting import counted, plain

    for row in rows:
        known = {"noise": row.noise, "drift": row.drift, "agreement": row.agreement}
        facts = "".join(f"  {name} {value:.2f}" for name, value in known.items() if value is not None)
        click.echo(f"{plain(row.listener)}  {counted(row.answers, 'answer')}{facts}")
    if not rows:
        click.echo("Nothing is judged yet. Run `earmark rate` to start.", err=True)
