"""`earmark doctor`: what works on this machine, and how to mend what doesn't."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.options import json_option, library_of, library_option


@click.command("doctor")
@library_option
@json_option
def command(library: Path | None, as_json: bool) -> None:
    """Check sound, formats, generators and the library."""
    from tui.cli.output import print_json
    from tui.formatting import plain
    from tui.health import check_all

    checks = check_all(library_of(library))
    if as_json:
        print_json({"checks": [check.as_json() for check in checks]})
    else:
        for check in checks:
            click.echo(f"{'✓' if check.ok else '✕'} {check.name:<16} {plain(check.detail)}")
            if check.remedy and not check.ok:
                click.echo(f"  {'':<16} → {plain(check.remedy)}")
    if not all(check.ok for check in checks if check.needed):
        raise click.exceptions.Exit(1)
