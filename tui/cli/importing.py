"""`earmark import`: load takes that some other tool made."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.options import TypedPath, json_option, library_of, library_option

if TYPE_CHECKING:
    from msgspec import Raw

    from library.importing.request import ImportReport

MOST_NAMED = 5
"""Of files that are passed over for the same reason."""


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=TypedPath(path_type=Path))
@library_option
@click.option("--sheet", type=TypedPath(path_type=Path), metavar="FILE.csv",
              help="A table with columns file, prompt, seed and optionally model, generator.")  # fmt: skip
@click.option("--pattern", metavar="'{prompt}_s{seed}'", help="Where prompt and seed are in the file names.")
@click.option("--copy", is_flag=True, help="Copy the files into the library. By default they stay where they are.")
@click.option("--dry-run", is_flag=True, help="Show what would be imported, without importing.")
@json_option
def command(
    paths: tuple[Path, ...],
    library: Path | None,
    sheet: Path | None,
    pattern: str | None,
    copy: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import audio files or whole folders.

    Reads wav, flac, mp3, ogg, opus, aiff, caf, au and w64; with ffmpeg also m4a, aac, webm, wma and others. Prompt
    and seed come from the sheet, the file's tags, a file beside it (take.wav.json) or its name, in this order;
    README.md lists the tools Earmark knows.
    """
    from library.importing.known_sounds import KnownSounds
    from library.importing.request import ImportRequest
    from library.importing.run_import import run_import
    from library.sound.ffmpeg_decoders import REMEDY
    from library.store.catalog import Catalog
    from tui.cli.output import complain, load_journal_if_readable, print_json, progress, take_line, takes_json
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, kinds_left_out, plain, take_words

    opened = library_of(library)
    catalog, history = Catalog.load(opened), load_journal_if_readable(opened).history
    request = ImportRequest(paths=paths, sheet=sheet, pattern=pattern, copy=copy, dry_run=dry_run)
    known = KnownSounds.of_user()
    with progress("Reading" if dry_run else "Importing") as bar, stoppable() as stopped:
        report = run_import(catalog, request, progress=bar.count, cancelled=stopped, known=known)
    catalog.refresh()
    takes = [catalog.get(take.id) or take for take in report.takes]
    if as_json:
        failed = [{"path": str(path), "reason": reason} for path, reason in report.failed]
        print_json(
            {
                "takes": takes_json(takes, catalog, history),
                "duplicates": [str(path) for path in report.duplicates],
                "moved": [str(path) for path in report.updated],
                "failed": failed,
                "left_out": [{"path": str(path), "reason": reason} for path, reason in report.left_out],
                "not_understood": [{"path": str(path), "reason": reason} for path, reason in report.unclear],
                **(_dry(report, takes_json(report.corrected, catalog, history)) if dry_run else {}),
            }
        )
    else:
        for take in takes:
            words = f"{plain(Path(take.file).name)}: {''.join(take_words(take))}"
            click.echo(words if dry_run else take_line(take, history))
        for take in report.corrected if dry_run else ():
            click.echo(f"{take.id[:8]} would be corrected: {''.join(take_words(take))}")
        repeated = f", {len(report.duplicates)} already in the library" if report.duplicates else ""
        if report.updated:
            repeated += f" ({len(report.updated)} updated with a new place, prompt or seed)"
        if not (takes or report.duplicates or report.failed or report.left_out or report.cancelled):
            repeated = ": no audio files found"
        done, end = ("would be imported", " Nothing was written.") if dry_run else ("imported", "")
        click.echo(f"{counted(len(takes), 'take')} {done}{repeated}.{end}", err=True)
    if report.unmatched:
        complain(f"The pattern doesn't match {counted(report.unmatched, 'file name')}, so it wasn't used for those.")
    for reason, alike in groupby(sorted(report.unclear, key=itemgetter(1, 0)), key=itemgetter(1)):
        named = [str(path) for path, _ in alike]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        complain(f"{', '.join(named[:MOST_NAMED])}{more}: {reason}")
    for path, reason in [*report.partial, *report.failed]:
        complain(f"{path}: {reason}")
    if report.left_out:
        complain(f"{kinds_left_out([path for path, _ in report.left_out])}. {REMEDY}")
    if report.cancelled:
        complain("Stopped." if dry_run else "Stopped. What was imported so far is in the library.")
    if report.failed or report.cancelled:
        raise click.exceptions.Exit(1)


def _dry(report: ImportReport, corrected: list[Raw]) -> dict[str, Any]:
    """What the document of a dry run has besides: takes with words that would be others, and who told each word."""
    told: dict[str, object] = {take.id: take.told_by or {} for take in [*report.takes, *report.corrected]}
    return {"dry_run": True, "corrected": corrected, "told_by": told}
