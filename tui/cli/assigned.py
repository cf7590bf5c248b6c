"""Options that are given as NAME=VALUE."""

from __future__ import annotations

from collections.abc import Sequence

import click


def assigned(option: str, written: Sequence[str]) -> dict[str, str]:
    """What `option` was given as NAME=VALUE, by name."""
    found: dict[str, str] = {}
    for text in written:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_").lower()
        if not equals or not name:
            raise click.UsageError(f"{option} takes NAME=VALUE, not {text!r}.")
        if name in found:
            raise click.UsageError(f"{option} {name} is given twice.")
        found[name] = value
    return found
