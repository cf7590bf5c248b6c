"""What a model's card says."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import ModelCard

MAX_LICENCE = 200
"""Characters kept of it."""


def licence_in(card: Path) -> str | None:
    """The licence a model card names, None if there is no card or it names none."""
    try:
        data = ModelCard.load(card).data
    except (OSError, ValueError):
        return None
    licence = data.get("license")
    if licence == "other":  # as cards say where the hub has no word for it
        licence = data.get("license_name") or licence
    # A card is anybody's text, and a recipe can't be read again with more than this in it.
    return " ".join(str(licence or "").split())[:MAX_LICENCE] or None
