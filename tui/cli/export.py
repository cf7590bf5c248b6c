"""`earmark export`: the best takes as WAVs."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import click

from tui.cli.options import Folder, json_option, library_of, library_option


@click.command("export")
@click.argument("destination", metavar="DEST", type=Folder())
@library_option
@click.option("-n", "count", type=click.IntRange(min=1), metavar="N", help="At most so many, the best ones.")
@click.option("--min-stars", type=click.FloatRange(1, 5), metavar="S", help="Only takes rated S or more.")
@click.option("--picks", is_flag=True, help="Only picked takes.")
@click.option("--per-prompt", type=click.IntRange(min=1), metavar="N",
              help="At most N of each prompt; takes without one are not limited.")  # fmt: skip
@click.option("--subtype", type=click.Choice(["PCM_16", "PCM_24", "FLOAT"]),
              help="Default: as the take itself; FLOAT for one from a lossy file.")  # fmt: skip
@click.option("--normalize", type=click.FloatRange(-70, 0), metavar="LUFS",
              help="Make all equally loud as two speakers play them (mono on both, surround folded down), "
                   "no true peak over -1 dBTP. Default: samples untouched.")  # fmt: skip
@json_option
def command(library: Path | None, as_json: bool, **wanted: Any) -> None:  # noqa: ANN401 - by an ExportRequest's fields
    """Write the best takes to DEST as WAVs.

    A manifest, a spreadsheet of ratings, a playlist and checksums go with them.
    """
    gc.disable()  # nothing but one sound at a time is let go before the end, and that without its help
    from library.store.catalog import Catalog
    from ratings.export import ExportRequest, run_export
    from ratings.journal import Journal
    from tui.cli.output import complain, print_json, progress, warn_of_damages
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    opened = library_of(library)
    catalog, journal = Catalog.load(opened), Journal.load(opened)
    history = journal.history
    warn_of_damages(catalog, journal)
    request = ExportRequest(**wanted)
    with progress("Exporting") as bar, stoppable() as stopped:
        report = run_export(catalog, history, request, progress=bar.count, cancelled=stopped)
    if as_json:
        print_json(report.as_json())
    else:
        for file in report.files:
            click.echo(plain(str(file.path)))
        if report.files:
            kept = sum(file.kept for file in report.files)
            there = f", {kept} of them there already" if kept else ""
            click.echo(
                f"{counted(len(report.files), 'take')} exported to {plain(str(request.destination))}{there}.", err=True
            )
    if report.cancelled:
        complain("Stopped before the end.")
    elif not report.files and not report.failed:
        complain("None of the takes that were judged is among those asked for. Rate some first: earmark rate")
    for file in report.files:
        if file.turned_down:
            complain(
                f"{file.take[:8]}: {abs(file.gain_db):.1f} dB quieter, since {file.subtype} can't hold its peaks. "
                "--subtype FLOAT leaves it as it is."
            )
        if file.short_lu:
            complain(
                f"{file.take[:8]}: {file.short_lu:.1f} LU under {request.normalize:g} LUFS: its peaks allow no more."
            )
        if request.normalize is not None and file.heard_lufs is None:
            complain(f"{file.take[:8]}: has no loudness, being silent or under 0.4 s, and was not brought to any.")
    for failure in report.failed:
        complain(f"{failure.take[:8]}: {failure.reason}")
    if report.failed or report.cancelled:
        raise click.exceptions.Exit(1)
