"""`earmark judge`: one judgement without the app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.options import json_option, library_of, library_option, listener_option

if TYPE_CHECKING:
    from ratings.judgement import AnyJudgement, Winner


def _some_words(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    from ratings.judgement import MAX_NOTE

    if text is not None and not 0 < len(text) <= MAX_NOTE:
        raise click.BadParameter(f"write something, up to {MAX_NOTE:,} characters.")
    return text


@click.command("judge")
@click.argument("take")
@library_option
@listener_option
@click.option("--stars", type=click.IntRange(1, 5), metavar="N",
              help="1 to 5: played live, would you call it good?")  # fmt: skip
@click.option("--reject", is_flag=True, help="Not worth hearing again.")
@click.option("--pick", is_flag=True, help="Pick it as a keeper.")
@click.option("--over", metavar="OTHER", help="It's better than OTHER.")
@click.option("--tie", metavar="OTHER", help="It's as good as OTHER.")
@click.option("--neither", metavar="OTHER", help="Neither this one nor that take is good.")
@click.option(
    "--sound", type=click.IntRange(1, 5), metavar="N", help="1 to 5: production quality. Doesn't affect the ranking."
)
@click.option("--note", metavar="TEXT", callback=_some_words, help="Add a note.")
@click.option("--mark", type=click.FloatRange(min=0), metavar="S", help="Mark a spot, in seconds.")
@click.option("--retract", is_flag=True, help="Undo your last judgement of this take.")
@json_option
def command(take: str, library: Path | None, listener: str | None, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - by their names
    """Judge TAKE (an ID or the start of one)."""
    given = [(kind, value) for kind, value in options.items() if value is not None and value is not False]
    if len(given) != 1:
        raise click.UsageError(
            "Choose one of --stars, --reject, --pick, --over, --tie, --neither, --sound, --note, --mark or --retract."
        )
    ((kind, value),) = given
    from library.store.catalog import Catalog
    from ratings.cli_log import in_turn
    from ratings.errors import JudgementError
    from ratings.journal import Journal
    from ratings.logs.listeners import default_listener
    from ratings.report import judgement_json
    from tui.cli.output import print_json

    opened = library_of(library)
    catalog = Catalog.load(opened)
    subject = catalog.find(take)
    if kind == "mark" and not value <= subject.duration_s:
        raise click.BadParameter(f"{subject.id[:8]} is {subject.duration_s:.2f} s long.", param_hint="--mark")
    who = listener or default_listener()
    with in_turn() as machine:
        journal = Journal.load(opened)
        log = journal.log(who) if machine is None else journal.log_of_commands(who, machine)
        judgement: AnyJudgement
        match kind:
            case "over" | "tie" | "neither":
                winner: Winner = "take" if kind == "over" else "tie"
                judgement = log.duel(subject.id, catalog.find(value).id, winner, neither=kind == "neither")
            case "retract":
                last = journal.history.last(log.listener, take=subject.id)
                if last is None:
                    raise JudgementError(f"{log.listener} has no judgement of {subject.id[:8]} to undo.")
                judgement = log.retract(last)
            case "reject" | "pick":
                judgement = getattr(log, kind)(subject.id)
            case _:
                judgement = getattr(log, kind)(subject.id, value)
        log.write([judgement])
    if as_json:
        print_json({"judgement": judgement_json(judgement)})
    else:
        click.echo(f"{subject.id[:8]}: {_words(judgement)}", err=True)


def _words(judgement: AnyJudgement) -> str:
    from ratings.judgement import Duel, Label, Mark, Note, Pick, Reject, Retraction, Sound, Stars
    from tui.frame.formatting import counted

    match judgement:
        case Stars(stars=stars):
            return counted(stars, "star")
        case Sound(sound=stars):
            return f"{counted(stars, 'star')} for production"
        case Duel(other=other, neither=True):
            return f"not good, nor is {other[:8]}"
        case Duel(other=other, winner=winner):
            return f"{'as good as' if winner == 'tie' else 'better than'} {other[:8]}"
        case Mark(position_s=position_s):
            return f"marked at {position_s:.2f} s"
        case Reject():
            return "rejected"
        case Pick():
            return "picked"
        case Note():
            return "note saved"
        case Label(name=name):
            return f"label {name}"
        case Retraction():
            return "last judgement undone"
