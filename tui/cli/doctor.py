"""`earmark doctor`: what works on this machine, and how to mend what doesn't."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import json_option, library_of, library_option


@click.command("doctor")
@library_option
@click.option("--repair", is_flag=True, help="Mend what can be mended; whatever is taken out of the way is kept.")
@click.option("--look-in", "folders", multiple=True, metavar="DIR", type=click.Path(path_type=Path, exists=True),
              help="With --repair: find sounds that are gone in this folder. May be given several times.")  # fmt: skip
@click.option("--sounds", is_flag=True, help="Read every sound too, to see whether it is still the same.")
@json_option
def command(library: Path | None, repair: bool, folders: tuple[Path, ...], sounds: bool, as_json: bool) -> None:
    """Check sound, formats, generators and the library."""
    if folders and not repair:
        raise click.UsageError("--look-in goes with --repair.")
    from tui.cli.output import print_json
    from tui.formatting import plain
    from tui.health import check_all, repair_all

    root = library_of(library)
    repairs = repair_all(root, folders) if repair else []
    checks = check_all(root, sounds=sounds)
    if as_json:
        mended = {"repairs": [one.as_json() for one in repairs]} if repair else {}
        print_json({"checks": [check.as_json() for check in checks]} | mended)
    else:
        for one in repairs:
            click.echo(f"{'✓' if one.done else '✕'} {'repair':<16} {plain(one.name)}: {plain(one.detail)}")
        if repair and not repairs:
            click.echo(f"✓ {'repair':<16} nothing to mend")
        for check in checks:
            click.echo(f"{'✓' if check.ok else '✕'} {check.name:<16} {plain(check.detail)}")
            if check.remedy and not check.ok:
                click.echo(f"  {'':<16} → {plain(check.remedy)}")
    if not all(check.ok for check in checks if check.needed):
        raise click.exceptions.Exit(1)
