"""`earmark dataset`: judged takes as data to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tui.cli.filtering import choice_options, open_shelf
from tui.cli.options import Folder, json_option


@click.command("dataset")
@click.argument("destination", metavar="DEST", type=Folder())
@choice_options(of="The N best takes, or the N surest pairs.")
@click.option("--format", type=click.Choice(["pairs", "lora", "audiofolder"]), required=True,
              help="pairs: better and worse takes of one prompt. lora: takes and captions, as ACE-Step's trainer reads "
                   "them. audiofolder: takes with all that is known, for Hugging Face datasets.")  # fmt: skip
@click.option("--certainty", type=click.FloatRange(0.5, 1, min_open=True, max_open=True), default=0.8, metavar="P",
              show_default=True, help="How sure a pair must be that nobody heard as a duel.")  # fmt: skip
@json_option
def command(
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 - by a DatasetRequest's fields
) -> None:
    """Write judged takes to DEST as data to train on: WAVs, a CSV, and a card that names ears and licences.

    With FILTER (see `earmark list --help`) only those that match; with --listener as that one judged. Pairs
    take no notice of --min-stars, --picks and --per-prompt.
    """
    from ratings.training_data.dataset import DatasetRequest, write_dataset
    from tui.cli.output import complain, print_json, progress
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    shelf = open_shelf(library, words, collection, listener)
    catalog, history, asked = shelf.catalog, shelf.history, shelf.asked
    takes = None
    if asked:
        lora = wanted["format"] == "lora"
        found = asked.to_export(catalog, history) if lora else (take.id for take in asked.takes(catalog, history))
        takes = tuple(found)
    request = DatasetRequest(**wanted, takes=takes)
    with progress("Writing") as bar, stoppable() as stopped:
        done = write_dataset(catalog, history, request, progress=bar.count, cancelled=stopped)
    if as_json:
        print_json({"files": [str(path) for path in done.files], "failed": [one.as_json() for one in done.failed]})
    elif done.rows:
        of = counted(done.rows, "pair" if request.format == "pairs" else "take")
        click.echo(f"{of} written to {plain(str(request.destination))}.")
    if done.cancelled:
        complain("Stopped before the end. Run it again to go on.")
    elif not done.rows and not done.failed:
        nothing = "No pairs yet. Judge several takes of one prompt first: earmark rate"
        complain(nothing if request.format == "pairs" else "No judged takes match.")
    for failure in done.failed:
        complain(f"{failure.take[:8]}: {failure.reason}")
    if done.failed or done.cancelled:
        raise click.exceptions.Exit(1)
