"""A server of each kind, and a generator that asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from library.generators.api import Failed, Rendered
from library.generators.servers.generator import ServerGenerator
from library.generators.servers.protocols import protocol_for
from library.generators.user_defined.definition import Definition
from library.take import Recipe
from tests.library.generators.contexts import Context
from tests.library.generators.servers.ace_step_like import AceStep
from tests.library.generators.servers.acestep_cpp_like import AceStepCpp
from tests.library.generators.servers.comfyui_like import WORKFLOW, ComfyUI
from tests.library.generators.servers.music_server import MusicServer

KINDS = {"ace-step-server": AceStep, "acestep-cpp": AceStepCpp, "comfyui": ComfyUI}


@dataclass
class Studio:
    """A server, and what asks it."""

    server: MusicServer
    definition: Definition

    def recipe(self, seed: int = 7, duration_s: float = 12.0, **more) -> Recipe:
        return Recipe(generator=self.definition.name, prompt="slow strings", seed=seed, duration_s=duration_s, **more)

    def make(self, *recipes: Recipe, context: Context | None = None, **changes) -> list[Rendered | Failed]:
        """What comes of these recipes, in their order."""
        return sorted(self.results(*recipes, context=context, **changes), key=lambda result: result.index)

    def results(self, *recipes: Recipe, context: Context | None = None, **changes) -> Iterator[Rendered | Failed]:
        """The same, as it comes."""
        definition = replace(self.definition, **changes)
        generator = ServerGenerator(definition, protocol_for(definition))
        yield from generator.generate(recipes or [self.recipe()], context or Context())

    def one(self, *recipes: Recipe, **more) -> Rendered:
        (result,) = self.make(*recipes, **more)
        assert isinstance(result, Rendered), result.error
        return result

    def failure(self, *recipes: Recipe, **more) -> str:
        """Why there is no take."""
        (result,) = self.make(*recipes, **more)
        assert isinstance(result, Failed)
        return str(result.error)


def studio_for(kind: str, folder: Path) -> Iterator[Studio]:
    workflow = folder / "workflow.json"
    workflow.write_text(json.dumps(WORKFLOW))
    server = KINDS[kind]()
    with server.running() as url:
        definition = Definition(name="mine", kind=kind, url=url, workflow=workflow if kind == "comfyui" else None)
        yield Studio(server, definition)


@pytest.fixture(params=KINDS)
def studio(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Studio]:
    """Each kind of server in turn."""
    yield from studio_for(request.param, tmp_path)


@pytest.fixture
def ace_step(tmp_path: Path) -> Iterator[Studio]:
    yield from studio_for("ace-step-server", tmp_path)


@pytest.fixture
def acestep_cpp(tmp_path: Path) -> Iterator[Studio]:
    yield from studio_for("acestep-cpp", tmp_path)


@pytest.fixture
def comfyui(tmp_path: Path) -> Iterator[Studio]:
    yield from studio_for("comfyui", tmp_path)
