"""Tiny MusicGen checkpoints, made once a session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fake_context import FakeContext
from tests.needs import AUDIOCRAFT

sys.path.insert(0, str(Path(__file__).parent))

# Those that need no torch are still collected without it.
LIGHT = {"test_published_models.py", "test_delay_pattern.py", "test_windows.py", "test_sampling.py", "test_absence.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name not in LIGHT:
            item.add_marker(pytest.mark.needs(AUDIOCRAFT))


@dataclass(frozen=True)
class Checkpoints:
    """Where the tiny checkpoints are."""

    text: Path
    stereo: Path
    melody: Path
    short: Path
    pointer: Path
    audiogen: Path
    hub: Path


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkpoints]:
    root = tmp_path_factory.mktemp("musicgen")
    # The hub's client reads them once, when it is imported: by what is loaded below, or by an earlier test.
    before = {name: os.environ.get(name) for name in ("HF_HUB_CACHE", "HF_HUB_OFFLINE")}
    os.environ |= {"HF_HUB_CACHE": str(root / "hub"), "HF_HUB_OFFLINE": "1"}
    if (client := sys.modules.get("huggingface_hub.constants")) is not None:
        client.HF_HUB_OFFLINE, client.HF_HUB_CACHE = True, str(root / "hub")
    if (loader := sys.modules.get("transformers.utils.hub")) is not None:
        loader.TRANSFORMERS_CACHE, loader._is_offline_mode = str(root / "hub"), True  # noqa: SLF001
    import musicgen_checkpoints as official
    import torch

    torch.set_num_threads(1)  # Tiny products only wait for each other on more.
    official.write_hub(root / "hub")
    shapes = {
        "text": official.TEXT,
        "stereo": official.STEREO,
        "melody": official.MELODY,
        "short": official.SHORT,
        "pointer": official.POINTER,
        "audiogen": official.AUDIOGEN,
    }
    for name, shape in shapes.items():
        official.write_checkpoint(root / name, shape)
    yield Checkpoints(**{name: root / name for name in shapes}, hub=root / "hub")
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def engines(checkpoints: Checkpoints):
    """The engine of a checkpoint by its name, loaded once."""
    from library.generators.musicgen.loading import checkpoint, checkpoint_files
    from library.generators.musicgen.run.engine import InferenceEngine

    loaded: dict[str, InferenceEngine] = {}

    def get(name: str) -> InferenceEngine:
        if name not in loaded:
            loaded[name] = InferenceEngine(
                checkpoint.load(checkpoint_files.find_checkpoint(str(getattr(checkpoints, name)))), "cpu", 8
            )
        return loaded[name]

    yield get
    for engine in loaded.values():
        engine.close()


@pytest.fixture(scope="session")
def originals(checkpoints: Checkpoints):
    """audiocraft's own MusicGen of a checkpoint by its name, loaded once by its own loader."""
    from library.generators.musicgen.loading.audiocraft_import import audiocraft

    loaders, generators = audiocraft.models.loaders, audiocraft.models

    class Original(generators.MusicGen):
        """Without the default of a window over 18 s, which tiny checkpoints don't have."""

        def __init__(self, name, codec, lm) -> None:
            generators.genmodel.BaseGenModel.__init__(self, name, codec, lm)
            self.set_generation_params(duration=1, extend_stride=0.6 * self.max_duration)

    loaded = {}

    def get(name: str):
        if name not in loaded:
            folder = str(getattr(checkpoints, name))
            lm = loaders.load_lm_model(folder)
            if "self_wav" in lm.condition_provider.conditioners:
                lm.condition_provider.conditioners["self_wav"].match_len_on_eval = True
                lm.condition_provider.conditioners["self_wav"]._use_masking = False  # noqa: SLF001
            loaded[name] = Original(folder, loaders.load_compression_model(folder), lm)
        return loaded[name]

    return get


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


@pytest.fixture
def make(engines):
    """Makes the takes of recipes on an engine, by their index."""

    def run(name: str, recipes, context: FakeContext | None = None):
        return {
            result.index: result
            for result in engines(name).generate(list(enumerate(recipes)), context or FakeContext())
        }

    return run
