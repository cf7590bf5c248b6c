"""What can be ranked, and on which scale: light to import, as the command line's options are."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

By: TypeAlias = Literal["take", "prompt", "seed", "word"]
RANKED_BY: tuple[By, ...] = get_args(By)
FACTORS = ("generator", "model")
"""What else takes have in common …"""
SET = "set:"
"""… and what stands before the name of a setting, to rank by that."""
MADE: Final = "made"
"""The list of all factors that differ among takes, in the app."""
List: TypeAlias = Literal["take", "prompt", "seed", "word", "made"]
LISTS: tuple[List, ...] = get_args(List)
LISTENER = "listener"
"""Who judged, which is told as well but is no ranking of takes."""
Scale: TypeAlias = Literal["composition", "sound"]
SCALES: tuple[Scale, ...] = get_args(Scale)
