"""`earmark purge`: drop sounds that are proven to come back."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import device_option, json_option, library_of, library_option


@click.command("purge")
@click.option("--rejected", is_flag=True, help="Takes that are rejected.")
@click.option("--below", type=click.FloatRange(1, 5), metavar="S", help="Takes ranked below S stars.")
@click.option("--label", "labels", multiple=True, metavar="L", help="Takes with this label.")
@click.option("--dry-run", is_flag=True, help="Show what would be tried; change nothing.")
@click.option("--imported", is_flag=True,
              help="Imported takes, too: the library's own copies go to its trash folder. Needs --yes.")  # fmt: skip
@click.option("--yes", is_flag=True, help="With --imported: you mean it.")
@device_option
@library_option
@json_option
def command(
    rejected: bool,
    below: float | None,
    labels: tuple[str, ...],
    dry_run: bool,
    imported: bool,
    yes: bool,
    device: str,
    library: Path | None,
    as_json: bool,
) -> None:
    """Free disk space: drop the sounds of takes that are proven to come back.

    Each is made again first and compared: only if it's identical to the bit does its sound go. The take stays in
    every list with its judgements and recipe, and is made again when you play, export or `earmark restore` it.
    Picked takes and drafts stay, and imported ones. If you give several of the first three options, all must hold.
    """
    if not (rejected or below is not None or labels):
        raise click.UsageError("Say which takes: --rejected, --below S or --label L.")
    if imported and not (yes or dry_run):
        raise click.UsageError("Imported takes can't be made again. If you mean it, add --yes.")
    from library.purging.purge import purge
    from library.store.catalog import Catalog
    from ratings.journal import Journal
    from ratings.purgeable import find_purgeable
    from tui.cli.output import complain, print_json, progress, warn_of_damages
    from tui.cli.signals import stoppable
    from tui.frame.formatting import counted, plain

    opened = library_of(library)
    catalog, journal = Catalog.load(opened), Journal.load(opened)
    warn_of_damages(catalog, journal)
    found = find_purgeable(catalog, journal.history, rejected=rejected, below=below, labels=labels)
    with progress("Proving") as bar, stoppable() as stopped:
        done = purge(
            catalog, found.takes, imported=imported, dry_run=dry_run, step=bar.show, stopped=stopped, device=device
        )
    done.kept += found.kept
    if as_json:
        purged = [
            {"take": one.take.id, "bytes": one.size, "moved_to": str(one.moved_to) if one.moved_to else None}
            for one in done.dropped
        ]
        kept = [{"take": take.id, "reason": reason} for take, reason in done.kept]
        print_json({"purged": purged, "kept": kept, "bytes": done.size})
    else:
        for take, reason in done.kept:
            click.echo(f"{take.id[:8]}  kept: {plain(reason)}")
        made = [one for one in done.dropped if one.moved_to is None]
        would = "would be tried, and " if dry_run else "purged, "
        click.echo(
            f"{counted(len(made), 'take')} {would}{_size(done.size)}{' freed at most' if dry_run else ' freed'}."
        )
        if moved := len(done.dropped) - len(made):
            click.echo(f"{counted(moved, 'imported take')} {'would go' if dry_run else 'moved'} to the trash folder.")
    if done.cancelled:
        complain("Stopped before the end.")
        raise click.exceptions.Exit(1)


def _size(size: int) -> str:
    return f"{size / 1e9:,.2f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
