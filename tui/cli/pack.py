"""`earmark pack`: takes in one file with all that makes them again; and such a file made again here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.filtering import choice_options, open_shelf
from tui.cli.options import TypedPath, device_option, json_option, library_of

if TYPE_CHECKING:
    from library.take import Take
    from tui.cli.filtering import Shelf


@click.command("pack")
@click.argument("file", metavar="FILE.zip", type=TypedPath(dir_okay=False, path_type=Path))
@choice_options()
@click.option("--sound", is_flag=True, help="With the sounds; else recipes, judgements and drafts.")
@click.option("--make", "make", is_flag=True, help="Make the takes in FILE again here.")
@device_option
@json_option
def command(
    file: Path,
    words: tuple[str, ...],
    collection: str | None,
    library: Path | None,
    listener: str | None,
    sound: bool,
    make: bool,
    device: str,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 - by an ExportRequest's fields
) -> None:
    """Pack takes into FILE.zip with all that is needed to make them again: name TAKEs (IDs), or a FILTER, or neither.

    `earmark pack --make FILE` makes them again elsewhere, takes in what was said of them under its listeners' names,
    and says which came out identical. Such a file is safe to open, whoever sent it. It tells your listeners' names.
    """
    if make:
        if words or collection or sound:
            raise click.UsageError("--make takes a file and nothing else.")
        _make(file, library, device, as_json=as_json)
        return
    from ratings.export.request import ExportRequest
    from ratings.export.select import select
    from ratings.pack.packing import write_pack
    from tui.cli.output import complain, print_json, progress
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    request = ExportRequest(destination=file, **wanted)
    named = _named(library, words)
    shelf = open_shelf(library, () if named else words, collection, listener, as_heard=False)
    request = replace(request, takes=tuple(_ids(shelf, named)))
    takes = [choice.take for choice in select(shelf.catalog, shelf.history, request)]
    with progress("Packing") as bar, stoppable() as stopped:
        done = write_pack(
            shelf.catalog, shelf.history, file, takes, sounds=sound, progress=bar.count, cancelled=stopped
        )
    if as_json:
        failed = [{"take": take, "reason": reason} for take, reason in done.failed]
        print_json({"files": [str(path) for path in done.files], "failed": failed})
    elif done.files:
        said = counted(done.judgements, "judgement")
        click.echo(f"{counted(done.takes, 'take')} and {said} packed: {plain(str(done.files[0]))}.")
    if done.cancelled:
        complain("Stopped before the end.")
    elif not done.files:
        complain("No takes match.")
    for take, reason in done.failed:
        complain(f"{take[:8]}: {reason}")
    if done.failed or done.cancelled or not done.files:
        raise click.exceptions.Exit(1)


def _named(library: Path | None, words: tuple[str, ...]) -> list[Take]:
    """The takes that these words are the ids of; none where one of them isn't."""
    from library.errors import UnknownTakeError
    from library.store.catalog import Catalog

    if not words or any(word.lower().strip("0123456789abcdef") for word in words):
        return []
    catalog = Catalog.load(library_of(library))
    try:
        return [catalog.find(word) for word in words]
    except UnknownTakeError:
        return []


def _ids(shelf: Shelf, named: list[Take]) -> list[str]:
    if named:
        return [take.id for take in named]
    if shelf.asked:
        return [take.id for take in shelf.asked.takes(shelf.catalog, shelf.history)]
    return [take.id for take in shelf.catalog]


def _make(file: Path, library: Path | None, device: str, *, as_json: bool) -> None:
    from library.store.catalog import Catalog
    from ratings.journal import Journal
    from ratings.pack.making import OTHERWISE, make_pack
    from tui.cli.output import complain, print_json, progress, takes_json
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted

    opened = library_of(library)
    catalog, journal = Catalog.load(opened), Journal.load(opened)
    with progress("Making again") as bar, stoppable() as stopped:
        done = make_pack(catalog, journal, file, step=bar.show, stopped=stopped, device=device)
    if as_json:
        takes = [catalog.get(take.id) or take for take in done.takes]
        failed = [{"take": take, "reason": reason} for take, reason in done.failed]
        document = {"takes": takes_json(takes, catalog, journal.history), "failed": failed}
        print_json({**document, "identical": len(done.identical), "judgements": done.judgements})
    else:
        same = f"{counted(len(done.identical), 'take')} of {len(done.takes):,} identical"
        click.echo(f"{same}, {counted(done.judgements, 'new judgement')}.")
    for take, sound in done.otherwise.items():
        complain(f"{take[:8]}: {OTHERWISE.format(sound[:8])}")
    for name, reason in done.failed:
        complain(f"{name[:60]}: {reason}")
    if done.cancelled:
        complain("Stopped before the end. Run it again to go on.")
    if done.failed or done.cancelled:
        raise click.exceptions.Exit(1)
