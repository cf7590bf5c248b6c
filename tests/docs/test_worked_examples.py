"""The commands that docs/adding.md shows, and README's table: they are accepted, and they make takes."""

from __future__ import annotations

import re
import textwrap
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from library.generators.api import Rendered
from library.generators.command.generator import CommandGenerator
from library.generators.user_defined.definition import KINDS, Definition
from library.generators.user_defined.read import read_document
from library.take import Recipe
from tests.library.generators.contexts import Context
from tests.needs import program, require

ROOT = Path(__file__).parents[2]
ADDING, README = ((ROOT / name).read_text("utf-8") for name in ("docs/adding.md", "README.md"))
TABLES = re.findall(r"```toml\n(.*?)```", ADDING, re.DOTALL)
(PROGRAM,) = re.findall(r"```python\n(.*?)```", ADDING, re.DOTALL)


def defined(text: str, folder: Path) -> Definition:
    found = read_document(tomllib.loads(text), folder / "generators.toml")
    assert found.faults == ()
    (definition,) = found.definitions
    return definition


def takes(definition: Definition, *seeds: int) -> list[Rendered]:
    recipes = [Recipe(generator="x", prompt="slow strings", seed=seed, duration_s=2.0) for seed in seeds]
    made = sorted(CommandGenerator(definition).generate(recipes, Context()), key=lambda result: result.index)
    for result in made:
        assert isinstance(result, Rendered), result.error
    return made


def test_the_program_of_ones_own_makes_takes(tmp_path: Path) -> None:
    (tmp_path / "plucks.py").write_text(PROGRAM)
    first, again, other = takes(defined(TABLES[1], tmp_path), 1, 1, 2)
    assert len(first.samples) / first.sample_rate == pytest.approx(2.0)
    assert first.samples.any()
    assert (first.samples == again.samples).all()
    assert not (first.samples == other.samples).all()
    assert (first.recipe.model, first.recipe.fingerprint["version"]) == ("plucks-1", "plucks 1")


def test_the_program_that_takes_options_makes_takes(tmp_path: Path) -> None:
    definition = defined(TABLES[0], tmp_path)
    require(program("ffmpeg"))
    (made,) = takes(replace(definition, folder=tmp_path), 1)
    assert len(made.samples) / made.sample_rate == pytest.approx(2.0, abs=0.05)


def test_readmes_tables_are_accepted(tmp_path: Path) -> None:
    begin = README.index("    [generators.ace]")
    text = textwrap.dedent(README[begin : README.index("\n\n| kind |", begin)])
    found = read_document(tomllib.loads(text), tmp_path / "generators.toml")
    assert found.faults == ()
    assert {definition.kind for definition in found.definitions} == set(KINDS)
