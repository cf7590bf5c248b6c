"""`earmark verify`: make takes again and compare."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import device_option, json_option, library_of, library_option


@click.command("verify")
@click.argument("takes", nargs=-1, required=True, metavar="TAKE...")
@device_option
@library_option
@json_option
def command(takes: tuple[str, ...], device: str, library: Path | None, as_json: bool) -> None:
    """Make each TAKE again and compare.

    It's identical to the bit, or you're told where it starts to differ.
    """
    from library.errors import UnknownTakeError
    from library.jobs.events import Event, JobProgress
    from library.jobs.verification import verify
    from library.store.catalog import Catalog
    from tui.cli.output import complain, print_json, progress
    from tui.frame.formatting import plain

    opened = library_of(library)
    catalog = Catalog.load(opened)
    subjects = []
    for take in takes:
        try:
            subjects.append(catalog.find(take))
        except UnknownTakeError as error:
            complain(error)
    with progress("Verifying") as bar:

        def show(event: Event) -> None:
            if isinstance(event, JobProgress):
                bar.show(event.done, event.of, event.note)

        results = verify(catalog, subjects, show, device=device)
    if as_json:
        documents = [
            {
                "take": result.take.id,
                "identical": result.identical,
                "diverges_at_s": result.diverges_at_s,
                "differs": list(result.differs),
            }
            for result in results
        ]
        print_json({"results": documents})
    else:
        for result in results:
            click.echo(f"{result.take.id[:8]}  {plain(result.summary)}")
            if result.diverges_at_s is not None:
                for difference in result.differs:
                    click.echo(f"{'':8}  {plain(difference)}")
    if len(results) < len(subjects):
        complain(f"Stopped. {len(results)} of {len(subjects)} were compared.")
    if len(results) < len(takes) or not all(result.identical for result in results):
        raise click.exceptions.Exit(1)
