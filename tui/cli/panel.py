"""`earmark panel`: a page on which a friend rates blind; and what friends send back."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tui.cli.filtering import choice_options, open_shelf
from tui.cli.options import json_option, library_of


@click.command("panel")
@click.argument("destination", metavar="DEST.html|FILE...")
@choice_options(20, of="The N takes that more ears would tell most about.")
@click.option("--minutes", type=click.FloatRange(0, 600, min_open=True), metavar="M",
              help="So much of a friend's time. Default: 1.5 times as many questions as takes.")  # fmt: skip
@click.option("--format", "kind", type=click.Choice(["html", "webmushra"]), default="html", show_default=True,
              help="webmushra: a test for a webMUSHRA of your own; DEST is its folder.")  # fmt: skip
@click.option("--collect", is_flag=True, help="Take in answers: files that friends sent, or - for pasted text.")
@json_option
def command(
    destination: str,
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    minutes: float | None,
    kind: str,
    collect: bool,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 - by an ExportRequest's fields
) -> None:
    """Make one HTML file in which a friend rates takes blind, offline, and bring the answers back.

    Send DEST.html to anybody. It asks for stars and compares pairs, tells nothing of what made a take, and gives
    them a small file or a text to send back: `earmark panel --collect FILE...` takes any number of those in, each
    friend a listener of their own, and so it does with the CSVs of a webMUSHRA's results. With FILTER (see
    `earmark list --help`) it asks about takes that match, else about all but rejected ones.
    """
    from library.locations import typed_path

    if not destination:
        raise click.UsageError("Name a file.")
    if collect:
        _collect(library, (destination, *words), as_json=as_json)
        return
    from ratings.export.request import ExportRequest
    from ratings.panel.panel import MAILED_BYTES, write_panel
    from ratings.panel.webmushra import write_webmushra
    from tui.cli.output import complain, print_json, progress
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    request = ExportRequest(destination=typed_path(destination), **wanted)
    shelf = open_shelf(library, words, collection, listener, as_heard=False)
    if shelf.asked:
        request = replace(request, takes=shelf.asked.to_export(shelf.catalog, shelf.history))
    with progress("Making the page") as bar, stoppable() as stopped:
        how: dict[str, Any] = {"progress": bar.count, "cancelled": stopped}
        if kind == "webmushra":
            done = write_webmushra(shelf.catalog, shelf.history, request, **how)
        else:
            done = write_panel(shelf.catalog, shelf.history, request, minutes, **how)
    if as_json:
        failed = [{"take": take, "reason": reason} for take, reason in done.failed]
        print_json({"files": [str(path) for path in done.files], "failed": failed})
    elif done.files:
        asks = f"{counted(done.questions, 'question')} about {counted(done.takes, 'take')}, some {done.minutes:.0f} min"
        further = "Send it to a friend." if kind == "html" else f"Open webMUSHRA with ?config={done.files[-1].name}"
        click.echo(f"{asks}: {plain(str(done.files[-1]))}. {further}")
    if kind == "html" and done.files and (size := done.files[0].stat().st_size) > MAILED_BYTES:
        complain(f"It has {size / 1e6:.0f} MB, more than most mail programs send: share it another way, or use -n.")
    if done.cancelled:
        complain("Stopped before the end.")
    elif not done.files:
        complain("A panel needs two takes or more, and no others match." if not done.failed else "There is no page.")
    for take, reason in done.failed:
        complain(f"{take[:8]}: {reason}")
    if done.failed or done.cancelled or not done.files:
        raise click.exceptions.Exit(1)


def _collect(library: Path | None, names: tuple[str, ...], *, as_json: bool) -> None:
    from library.locations import typed_path
    from ratings.journal import Journal
    from ratings.panel.answers import MOST_BYTES
    from ratings.panel.collect import collect
    from tui.cli.output import complain, print_json
    from tui.frame.formatting import counted, plain

    journal = Journal.load(library_of(library))
    files = [
        (name, sys.stdin.buffer.read(MOST_BYTES) if name == "-" else typed_path(name)) for name in dict.fromkeys(names)
    ]
    done = collect(journal, files)
    if as_json:
        failed = [{"path": name, "reason": reason} for name, reason in done.failed]
        print_json({"judgements": done.judgements, "failed": failed})
    else:
        by = f" by {', '.join(plain(name) for name in done.listeners)}" if done.listeners else ""
        known = f", {done.known:,} here already" if done.known else ""
        click.echo(f"{counted(done.judgements, 'judgement')}{by}{known}.")
    for name, reason in done.failed:
        complain(f"{name}: {reason}")
    if done.failed:
        raise click.exceptions.Exit(1)
