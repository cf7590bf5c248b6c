"""`earmark export`: the best takes, or those of a filter, as files to take away."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.filtering import choice_options, open_shelf
from tui.cli.options import Folder, json_option

if TYPE_CHECKING:
    from ratings.export import ExportReport


@click.command("export")
@click.argument("destination", metavar="DEST", type=Folder())
@choice_options()
@click.option("--format", type=click.Choice(["wav", "flac", "mp3", "opus", "ogg"]), default="wav", show_default=True,
              help="WAV and FLAC keep the samples; the others are smaller copies.")  # fmt: skip
@click.option("--name", metavar="PATTERN",
              help="File names, like '{rank:02} {prompt} s{seed}': rank, prompt, seed, stars, score, id, "
                   "generator, model, label, date, len.")  # fmt: skip
@click.option("--subtype", type=click.Choice(["PCM_16", "PCM_24", "FLOAT"]),
              help="Bit depth of WAV and FLAC. Default: the take's own; FLOAT for lossy files.")  # fmt: skip
@click.option("--normalize", type=click.FloatRange(-70, 0), metavar="LUFS",
              help="Level-match for two speakers (mono on both, surround folded down), "
                   "with no true peak over -1 dBTP. Default: samples untouched.")  # fmt: skip
@json_option
def command(
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 - by an ExportRequest's fields
) -> None:
    """Export the best takes to DEST as WAVs, or all that match FILTER (see `earmark list --help`).

    Adds a manifest, a ratings spreadsheet, a playlist and checksums. Without a filter the takes that were
    judged go; rejected ones never do, unless a filter says is:rejected.
    """
    gc.disable()  # nothing but one sound at a time is let go before the end, and that without its help
    from ratings.errors import ExportError
    from ratings.export import ExportRequest, run_export
    from tui.cli.output import complain, print_json, progress
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    try:
        request = ExportRequest(**wanted)
    except ExportError as error:
        raise click.UsageError(str(error)) from error
    shelf = open_shelf(library, words, collection, listener, as_heard=False)
    catalog, history, asked = shelf.catalog, shelf.history, shelf.asked
    if asked:
        request = replace(request, filter=asked.text, takes=asked.to_export(catalog, history))
    with progress("Exporting") as bar, stoppable() as stopped:
        report = run_export(catalog, history, request, progress=bar.count, cancelled=stopped)
    if as_json:
        print_json(report.as_json())
    else:
        for file in report.files:
            click.echo(plain(str(file.path)))
        if report.files:
            kept = sum(file.kept for file in report.files)
            there = f", {kept} of them already there" if kept else ""
            click.echo(
                f"{counted(len(report.files), 'take')} exported to {plain(str(request.destination))}{there}.", err=True
            )
    if report.cancelled:
        complain("Stopped before the end.")
    elif not report.files and not report.failed:
        complain("No takes match." if asked else "No judged takes match. Rate some first: earmark rate")
    for words_of_file in _notes(report, request.normalize):
        complain(words_of_file)
    for failure in report.failed:
        complain(f"{failure.take[:8]}: {failure.reason}")
    if report.failed or report.cancelled:
        raise click.exceptions.Exit(1)


def _notes(report: ExportReport, normalize: float | None) -> Iterator[str]:
    """What is not as somebody might expect of the files that were written."""
    for file in report.files:
        if file.turned_down:
            held = " --subtype FLOAT keeps the level." if file.format == "wav" else ""
            yield (
                f"{file.take[:8]}: {abs(file.gain_db):.1f} dB quieter, since {file.subtype} can't hold its peaks.{held}"
            )
        if file.short_lu:
            yield f"{file.take[:8]}: {file.short_lu:.1f} LU under {normalize:g} LUFS: its peaks allow no more gain."
        if normalize is not None and file.heard_lufs is None:
            yield f"{file.take[:8]}: silent or under 0.4 s, so it wasn't level-matched."
