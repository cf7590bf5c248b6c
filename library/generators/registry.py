"""Which generators there are, and how to get one."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from library.errors import GeneratorUnavailableError

if TYPE_CHECKING:
    from library.generators.api import Generator

_CLASSES = {
    "sketch": ("library.generators.sketch.sketcher", "Sketcher"),
    "musicgen": ("library.generators.musicgen.generator", "MusicGen"),
}
NAMES = tuple(_CLASSES)
DEVICES = ("auto", "cpu", "cuda", "mps")
"""What can be asked to compute, where the generator has a choice."""


def make_generator(name: str) -> Generator:
    """The generator of that name, for the worker process only: it may need torch. Raises GeneratorUnavailableError."""
    check_available(name)
    module, attribute = _CLASSES[name]
    generator: Generator = getattr(import_module(module), attribute)()
    return generator


def prompt_remarks(name: str, model: str | None, prompts: Sequence[str]) -> tuple[str, ...]:
    """What a user should know of `prompts` before that generator makes takes of them. Imports nothing heavy."""
    if name != "musicgen":
        return ()
    from library.generators.musicgen.prompt_words import light_remarks

    return light_remarks(prompts, model)


def check_length(name: str, seconds: float) -> None:
    """Raise GenerationError for a take longer than that generator makes. Imports nothing heavy."""
    if name == "musicgen":
        from library.generators.musicgen import published_models

        published_models.check_length(seconds)


def check_available(name: str) -> None:
    """Raise GeneratorUnavailableError if the generator is unknown or not installed. Imports nothing heavy."""
    if name not in _CLASSES:
        raise GeneratorUnavailableError(
            f"There's no generator called {name!r}.", f"Choose one of: {', '.join(_CLASSES)}."
        )
    if name == "musicgen" and (find_spec("audiocraft") is None or find_spec("torch") is None):
        raise GeneratorUnavailableError(
            "MusicGen isn't installed; Earmark works without it.",
            "To add it, run `make musicgen` in Earmark's folder (about 3 GB).",
        )
