"""Prompt and seed from a JSON file beside the sound."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from library.importing.origin import Origin, from_mapping

MAX_BYTES = 4 << 20
"""A larger file is no description of one take."""


def from_sidecar(path: Path) -> Origin:
    """What `<file>.json`, else `<stem>.json`, says; nothing where there is none, or it is not JSON.

    Raises OriginError for a prompt that is too long.
    """
    origin = Origin()
    for sidecar in (f"{path}.json", f"{path.with_suffix('')}.json"):
        try:
            # Not followed into a pipe or a device: only a plain file is opened.
            if not os.path.isfile(sidecar) or os.path.getsize(sidecar) > MAX_BYTES:  # noqa: PTH113, PTH202 - per file
                continue
            origin = origin.filled_from(from_mapping(msgspec.json.decode(Path(sidecar).read_bytes())))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
            continue
    return origin
