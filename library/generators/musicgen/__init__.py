"""Makes takes with Meta's MusicGen: audiocraft's loader, conditioners and EnCodec around a decode loop of our own.

Importing the package is light; `MusicGen` itself brings torch along, and belongs in the worker process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from library.generators.musicgen.generator import MusicGen

__all__ = ["MusicGen"]


def __getattr__(name: str) -> object:
    if name == "MusicGen":
        from library.generators.musicgen.generator import MusicGen

        return MusicGen
    raise AttributeError(name)
