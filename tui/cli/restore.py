"""`earmark restore`: make purged takes again."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import device_option, json_option, library_of, library_option


@click.command("restore")
@click.argument("takes", nargs=-1, required=True, metavar="TAKE...")
@device_option
@library_option
@json_option
def command(takes: tuple[str, ...], device: str, library: Path | None, as_json: bool) -> None:
    """Bring the sounds of purged TAKEs back (IDs or the starts of IDs).

    Each is made again, and put back if it is identical to the bit; an imported one comes out of the trash folder.
    """
    from library.errors import UnknownTakeError
    from library.purging.restore import restore
    from library.store.catalog import Catalog
    from tui.cli.output import complain, load_journal_if_readable, print_json, progress, takes_json
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted

    opened = library_of(library)
    catalog, subjects, failed = Catalog.load(opened), [], list[dict[str, str]]()
    for name in takes:
        try:
            subjects.append(catalog.find(name))
        except UnknownTakeError as error:
            failed.append({"take": name, "reason": str(error)})
    with progress("Making again") as bar, stoppable() as stopped:
        done = restore(catalog, subjects, step=bar.show, stopped=stopped, device=device)
    failed += [{"take": take, "reason": reason} for take, reason in done.failed.items()]
    if as_json:
        history = load_journal_if_readable(opened).history
        print_json({"takes": takes_json(done.takes, catalog, history), "failed": failed})
    else:
        click.echo(f"{counted(len(done.takes), 'take')} there again.")
    for one in failed:
        complain(f"{one['take'][:8]}: {one['reason']}")
    if done.cancelled:
        complain("Stopped before the end.")
    if failed or done.cancelled:
        raise click.exceptions.Exit(1)
