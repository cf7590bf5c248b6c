"""`earmark judge`: one judgement without the app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.options import json_option, library_of, library_option, listener_option

if TYPE_CHECKING:
    from library.take import Take
    from ratings.judgement import AnyJudgement


def _some_words(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    from ratings.judgement import MAX_NOTE

    if text is not None and not 0 < len(text) <= MAX_NOTE:
        raise click.BadParameter(f"write something, at most {MAX_NOTE:,} characters.")
    return text


def _check_place(take: Take, place_s: float | None) -> None:
    if place_s is not None and not place_s <= take.duration_s:
        raise click.BadParameter(f"{take.id[:8]} is {take.duration_s:.2f} s long.", param_hint="--mark")


@click.command("judge")
@click.argument("take")
@library_option
@listener_option
@click.option("--stars", type=click.IntRange(1, 5), metavar="N",
              help="1 to 5: would you call the composition good, played live?")  # fmt: skip
@click.option("--reject", is_flag=True, help="Not worth another hearing.")
@click.option("--pick", is_flag=True, help="One to take away.")
@click.option("--over", metavar="OTHER", help="Better than that take.")
@click.option("--tie", metavar="OTHER", help="As good as that take.")
@click.option("--sound", type=click.IntRange(1, 5), metavar="N", help="1 to 5: well produced? No part of the ranking.")
@click.option("--note", metavar="TEXT", callback=_some_words, help="Words about it.")
@click.option("--mark", type=click.FloatRange(min=0), metavar="S", help="A place in it, in seconds.")
@click.option("--retract", is_flag=True, help="Take back your last judgement of this take.")
@json_option
def command(
    take: str,
    library: Path | None,
    listener: str | None,
    stars: int | None,
    reject: bool,
    pick: bool,
    over: str | None,
    tie: str | None,
    sound: int | None,
    note: str | None,
    mark: float | None,
    retract: bool,
    as_json: bool,
) -> None:
    """Judge TAKE (an id, or the beginning of one)."""
    given = [one is not None for one in (stars, over, tie, sound, note, mark)]
    if sum([*given, reject, pick, retract]) != 1:
        raise click.UsageError(
            "Say one thing: --stars, --reject, --pick, --over, --tie, --sound, --note, --mark or --retract."
        )
    from library.store.catalog import Catalog
    from ratings.cli_log import in_turn
    from ratings.errors import JudgementError
    from ratings.journal import Journal, default_listener
    from ratings.report import judgement_json
    from tui.cli.output import print_json

    opened = library_of(library)
    catalog = Catalog.load(opened)
    subject = catalog.find(take)
    _check_place(subject, mark)
    who = listener or default_listener()
    with in_turn() as machine:
        journal = Journal.load(opened)
        log = journal.log(who) if machine is None else journal.log_of_commands(who, machine)
        judgement: AnyJudgement
        rival = tie if over is None else over
        if stars is not None:
            judgement = log.stars(subject.id, stars)
        elif reject:
            judgement = log.reject(subject.id)
        elif pick:
            judgement = log.pick(subject.id)
        elif rival is not None:
            judgement = log.duel(subject.id, catalog.find(rival).id, "tie" if over is None else "take")
        elif sound is not None:
            judgement = log.sound(subject.id, sound)
        elif note is not None:
            judgement = log.note(subject.id, note)
        elif mark is not None:
            judgement = log.mark(subject.id, mark)
        else:
            last = journal.history.last(log.listener, take=subject.id)
            if last is None:
                raise JudgementError(f"{log.listener} has no judgement of {subject.id[:8]} to take back.")
            judgement = log.retract(last)
        log.write([judgement])
    if as_json:
        print_json({"judgement": judgement_json(judgement)})
    else:
        click.echo(f"{subject.id[:8]}: {_words(judgement)}", err=True)


def _words(judgement: AnyJudgement) -> str:
    from ratings.judgement import Duel, Mark, Note, Pick, Reject, Retraction, Sound, Stars
    from tui.frame.formatting import counted

    match judgement:
        case Stars(stars=stars):
            return counted(stars, "star")
        case Sound(sound=stars):
            return f"{counted(stars, 'star')} for the sound"
        case Duel(other=other, winner=winner):
            return f"{'as good as' if winner == 'tie' else 'better than'} {other[:8]}"
        case Mark(position_s=position_s):
            return f"marked at {position_s:.2f} s"
        case Reject():
            return "rejected"
        case Pick():
            return "picked"
        case Note():
            return "note kept"
        case Retraction():
            return "last judgement taken back"
