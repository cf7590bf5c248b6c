"""The form in which takes and errors leave this machine: without its paths, and so without its user's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import msgspec

from library.take import Recipe, Take

_ABSOLUTE_PATH = re.compile(r"(?<![\w.~/])(?:[A-Za-z]:)?[/\\](?:[^\s/\\]+[/\\])+([^\s/\\]*)")

_FOLDERS_OF_HOMES = ("home", "users")


@dataclass(frozen=True)
class PublicTake:
    """A take as others may see it. All that is written for others is made of these: see `public_take`."""

    id: str
    prompt: str | None
    seed: int | None
    generator: str | None
    model: str | None
    created_at: str
    recipe: Recipe | None


def public_take(take: Take) -> PublicTake:
    """`take` without a path: a model that is a folder here goes by the folder's name and its weights' digest."""
    recipe = take.recipe
    digest = recipe.revision if recipe is not None and recipe.model == take.model else None
    return PublicTake(
        id=take.id,
        prompt=take.prompt,
        seed=take.seed,
        generator=take.generator and _public_name(take.generator),
        model=take.model and _public_name(take.model, digest),
        created_at=take.created_at,
        recipe=None if recipe is None else _public_recipe(recipe),
    )


def _public_recipe(recipe: Recipe) -> Recipe:
    return msgspec.structs.replace(
        recipe,
        generator=_public_name(recipe.generator),
        model=recipe.model and _public_name(recipe.model, recipe.revision),
        revision=recipe.revision and _public_name(recipe.revision),
        fingerprint={key: _public_name(value) for key, value in recipe.fingerprint.items()},
    )


def public_reason(reason: str, names: Mapping[Path, str]) -> str:
    """`reason` with the paths in it by their `names`; of any other path that it holds, only the last part stays."""
    by_path = {str(path): name for path, name in names.items() if path.name} | {str(home): "~" for home in _homes()}
    for path in sorted(by_path, key=len, reverse=True):
        reason = reason.replace(path, by_path[path])
    return _ABSOLUTE_PATH.sub(lambda match: match[1], reason)


def _public_name(name: str, digest: str | None = None) -> str:
    """The name of a generator, a model or a version; of a path the last part, with the digest that tells it apart."""
    if not _is_path(name):
        return name
    path = PureWindowsPath(name)
    is_home = Path(name) in _homes() or path.name.startswith("~") or path.parent.name.lower() in _FOLDERS_OF_HOMES
    return "@".join(filter(None, (path.name if path.name and not is_home else "local", digest)))


def _is_path(name: str) -> bool:
    """Whether a name is a place on a disk. Names on the hub have one slash at most: someone/some-model."""
    inside = name.count("/") > 1 and "://" not in name
    return inside or "\\" in name or name.startswith(("/", "~", ".", "file:")) or bool(PureWindowsPath(name).drive)


def _homes() -> set[Path]:
    try:
        return {Path.home(), Path.home().resolve()}
    except (RuntimeError, OSError):  # no such user
        return set()
