"""Prompt and seed from a JSON file beside the sound."""

from __future__ import annotations

from pathlib import Path

from library.files.reading import read_file
from library.importing.origin import Origin, from_json

MAX_BYTES = 4 << 20
"""A larger file is no description of one take."""


def from_sidecar(path: Path) -> Origin:
    """What `<file>.json`, else `<stem>.json`, says; nothing where there is none, or it is not JSON.

    Raises OriginError for a prompt that is too long.
    """
    origin = Origin()
    for sidecar in (f"{path}.json", f"{path.with_suffix('')}.json"):
        try:
            origin = origin.filled_from(from_json(read_file(sidecar, MAX_BYTES)))
        except (OSError, ValueError):
            continue
    return origin
