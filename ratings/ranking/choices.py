"""What can be ranked, and on which scale: light to import, as the command line's options are."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

By: TypeAlias = Literal["take", "prompt", "seed"]
RANKED_BY: tuple[By, ...] = get_args(By)
LISTENER = "listener"
"""Who judged, which is told as well but is no ranking of takes."""
Scale: TypeAlias = Literal["composition", "sound"]
SCALES: tuple[Scale, ...] = get_args(Scale)
