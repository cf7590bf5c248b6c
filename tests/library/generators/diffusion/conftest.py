"""Tiny pipelines of all three kinds, made once a session, and takes of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.fake_context import FakeContext
from tests.needs import DIFFUSERS

sys.path.insert(0, str(Path(__file__).parent))

DRAFT = "d" * 20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.needs(DIFFUSERS))


@pytest.fixture(scope="session")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a folder for each generator, by its name."""
    from tiny_pipelines import WRITERS

    root = tmp_path_factory.mktemp("pipelines")
    for name, write in WRITERS.items():
        write(root / name)
    return root


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny products only wait for each other on more."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it makes no odds how a take sounds, only whether it is the same."""
    from library.generators.diffusion.riffusion import phases

    monkeypatch.setattr(phases, "ROUNDS", 3)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", os.fspath(tmp_path / "hub"))


@pytest.fixture(scope="session")
def generators():
    """A generator by its name, which keeps its model."""
    from library.generators import registry

    made = {}

    def get(name: str):
        if name not in made:
            made[name] = registry.make_generator(name)
        return made[name]

    return get


@pytest.fixture
def context() -> FakeContext:
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(22050) / 22050)
    return FakeContext(drafts={DRAFT: (tone.astype(np.float32)[:, None], 22050)})


@pytest.fixture
def asked(pipelines):
    """A recipe with the settings that are given, and the defaults of all others."""
    from library.generators import registry
    from library.take import Recipe

    def recipe(name: str, *, seed: int = 1, seconds: float = 0.6, draft=None, model: Path | None = None, **settings):
        usual = {"steps": 2} | ({"stereo": False} if name == "riffusion" else {})
        plain = Recipe(
            generator=name, prompt="harp", seed=seed, duration_s=seconds, model=str(model or pipelines / name),
            draft=draft,
        )  # fmt: skip
        return registry.spec(name).with_settings(plain, usual | settings)

    return recipe


@pytest.fixture
def make(generators, context):
    """What a generator makes of recipes, by their index."""

    def run(*recipes, generator=None):
        results = list((generator or generators(recipes[0].generator)).generate(recipes, context))
        return [result for _, result in sorted((result.index, result) for result in results)]

    return run
