"""`earmark label`: words and colours on takes."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import json_option, library_of, library_option, listener_option


class _Labelling(click.Command):
    """Takes `+NAME` and `-NAME` for labels, not for options: no label begins with two dashes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave the labels in the parameter `changes`."""
        values = {name for option in self.params if isinstance(option, click.Option) and not option.is_flag
                  for name in option.opts}  # fmt: skip
        help_names = self.get_help_option_names(ctx)
        rest: list[str] = []
        changes: list[str] = []
        left = iter(args)
        for word in left:
            if word == "--":
                for one in left:
                    (changes if one[:1] in ("+", "-") else rest).append(one)
            elif word in values:
                rest += [word, *([value] if (value := next(left, None)) is not None else [])]
            elif word[:1] == "+" or (word[:1] == "-" and word[:2] != "--" and word not in help_names):
                changes.append(word)
            else:
                rest.append(word)
        left_over = super().parse_args(ctx, rest)
        ctx.params["changes"] = changes
        return left_over

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """With the labels, which are no parameters of click's."""
        return [*super().collect_usage_pieces(ctx), "+NAME", "-NAME"]


@click.command("label", cls=_Labelling)
@click.argument("takes", nargs=-1, required=True, metavar="TAKE...")
@library_option
@listener_option
@json_option
def command(
    takes: tuple[str, ...], library: Path | None, listener: str | None, as_json: bool, changes: list[str]
) -> None:
    """Add labels to TAKEs (IDs or the starts of IDs) with +NAME, and remove them with -NAME.

    A label is a word or a few (in quotes: "+end credits"), or a colour: red, orange, yellow, green, blue, purple.
    Labels belong to the library: everybody sees them. `earmark list label:NAME` lists the takes.
    """
    from library.spelling import fold
    from library.store.catalog import Catalog
    from ratings.cli_log import in_turn
    from ratings.errors import LabelError
    from ratings.journal import Journal
    from ratings.labels.names import in_order, label_name
    from ratings.logs.listeners import default_listener
    from tui.cli.output import print_takes
    from tui.frame.formatting import counted, plain

    if not changes:
        raise click.UsageError("Say which labels: +NAME adds one, -NAME removes it.")
    try:
        add, remove = ([label_name(word[1:]) for word in changes if word[0] == sign] for sign in "+-")
    except LabelError as error:
        raise click.UsageError(str(error)) from error
    if both := {fold(name) for name in add} & {fold(name) for name in remove}:
        raise click.UsageError(f"{min(both)} can't be added and removed at once.")
    opened = library_of(library)
    catalog = Catalog.load(opened)
    subjects = list({take.id: take for take in map(catalog.find, takes)}.values())
    who = listener or default_listener()
    with in_turn() as machine:
        journal = Journal.load(opened)
        log = journal.log(who) if machine is None else journal.log_of_commands(who, machine)
        changed = log.write(log.label([take.id for take in subjects], add=add, remove=remove))
    if as_json:
        print_takes(subjects, catalog, journal.history)
        return
    for take in subjects:
        labels = ", ".join(in_order(journal.history.ratings(take.id).labels))
        click.echo(f"{take.id[:8]}: {plain(labels) if labels else 'no label'}", err=True)
    if not changed:
        click.echo(f"Nothing changed: {counted(len(subjects), 'take')} had these labels already.", err=True)
