"""Which generators there are, by name: the only place outside their own folders that names them."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

from library.errors import GeneratorUnavailableError
from library.generators.spec import Spec

if TYPE_CHECKING:
    from library.generators.api import Generator

_SOURCES = (
    "library.generators.sketch.spec",
    "library.generators.musicgen.spec",
    "library.generators.diffusion.spec",
    "library.generators.user_defined.spec",
)
"""Modules with a function `specs`, which import nothing heavy; the first is always there."""


def specs() -> tuple[Spec, ...]:
    """All generators, also those that can't make takes here. Of two with one name the first counts."""
    known: dict[str, Spec] = {}
    for source in _SOURCES:
        for spec in import_module(source).specs():
            known.setdefault(spec.name, spec)
    return tuple(known.values())


def faults() -> tuple[str, ...]:
    """What is wrong with what the user defined, in sentences, where no one generator is to blame."""
    found, ours = list[str](), set[str]()
    for source in map(import_module, _SOURCES):
        for each in source.specs():
            if each.users_own and each.name in ours:
                found.append(f"[generators.{each.name}] has the name of one of Earmark's own. Choose another name.")
            elif not each.users_own:
                ours.add(each.name)
        found += map(str, source.faults() if hasattr(source, "faults") else ())
    return tuple(found)


def usual() -> Spec:
    """The one that is taken where none is named: it needs no network, no model and no other program."""
    return specs()[0]


def names() -> tuple[str, ...]:
    """What can be named, in their order."""
    return tuple(spec.name for spec in specs())


def spec(name: str) -> Spec:
    """The generator of that name. Raises GeneratorUnavailableError, which names those there are."""
    known = {each.name: each for each in specs()}
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}? " if near else ""
        mended = " ".join(faults())
        raise GeneratorUnavailableError(
            f"There's no generator called {name[:60]!r}.", f"{hint}Choose one of: {', '.join(known)}. {mended}".strip()
        )
    return known[name]


def find_spec(name: str | None) -> Spec | None:
    """The generator of that name, None where there is none: takes may come from a tool that isn't here."""
    return next((each for each in specs() if each.name == name), None)


def make_generator(name: str) -> Generator:
    """The generator of that name, for the worker process only: it may need torch. Raises GeneratorUnavailableError."""
    return spec(name).make()
