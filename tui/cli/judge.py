"""`earmark judge`: one judgement without the app."""

from __future__ import annotations

from pathlib import Path

import click

from library.errors import EarmarkError
from tui.cli.options import json_option, library_of, library_option, listener_option


@click.command("judge")
@click.argument("take")
@library_option
@listener_option
@click.option("--stars", type=click.IntRange(1, 5), help="1 to 5: would you call the composition good, played live?")
@click.option("--reject", is_flag=True, help="Not worth another hearing.")
@click.option("--pick", is_flag=True, help="One to take away.")
@click.option("--over", metavar="OTHER", help="Better than that take.")
@click.option("--tie", metavar="OTHER", help="As good as that take.")
@click.option("--sound", type=click.IntRange(1, 5), help="1 to 5: well produced? No part of the ranking.")
@click.option("--note", metavar="TEXT", help="Words about it.")
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
    from library.catalog import Catalog
    from ratings.commands import in_turn
    from ratings.journal import Journal, default_listener
    from ratings.judgement import AnyJudgement
    from ratings.report import judgement_json
    from tui.cli.output import print_json

    root = library_of(library)
    catalog = Catalog.load(root)
    subject = catalog.find(take)
    who = listener or default_listener()
    with in_turn() as machine:
        journal = Journal.load(root)
        session = journal.session(who) if machine is None else journal.session_of_commands(who, machine)
        judgement: AnyJudgement
        rival = tie if over is None else over
        if stars is not None:
            judgement = session.stars(subject.id, stars)
        elif reject:
            judgement = session.reject(subject.id)
        elif pick:
            judgement = session.pick(subject.id)
        elif rival is not None:
            judgement = session.duel(subject.id, catalog.find(rival).id, "tie" if over is None else "take")
        elif sound is not None:
            judgement = session.sound(subject.id, sound)
        elif note is not None:
            judgement = session.note(subject.id, note)
        elif mark is not None:
            judgement = session.mark(subject.id, mark)
        else:
            last = journal.history.last(session.listener, take=subject.id)
            if last is None:
                raise EarmarkError(f"{session.listener} has no judgement of {subject.id[:8]} to take back.")
            judgement = session.retract(last)
    if as_json:
        print_json({"judgement": judgement_json(judgement)})
    else:
        click.echo(f"{subject.id[:8]}: {judgement.__struct_config__.tag}", err=True)
