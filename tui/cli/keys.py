"""`earmark keys`: every key there is, its id, and what it is mapped to."""

from __future__ import annotations

import click

from tui.cli.options import json_option


@click.command("keys")
@json_option
def command(as_json: bool) -> None:
    """List all keys with their IDs, to change them in the settings file."""
    from library import locations
    from tui.cli.output import complain, print_json
    from tui.cli.settings_checks import checked_keys
    from tui.frame.key_map import places

    scopes, found = checked_keys()
    rows = places(scopes)
    if as_json:
        print_json(
            {
                "keys": [
                    {
                        "id": action.id,
                        "keys": found.keys[action.id].split(",") if action.id in found.keys else list(action.keys),
                        "default": list(action.keys),
                        "what": action.what,
                        "in": where,
                    }
                    for action, where in rows
                ],
            }
        )
    else:
        for action, where in rows:
            keys = found.keys.get(action.id) or ",".join(action.keys)
            click.echo(f"{action.id:<20} {keys:<24} {action.what} ({', '.join(where)})")
        click.echo(f"Change them in {locations.settings_file()}, under “keys”: docs/settings.md shows how.", err=True)
    for problem in found.problems:
        complain(str(problem))
