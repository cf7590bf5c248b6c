"""A device that can't be used is told of once, and the CPU takes over: the same takes."""

from __future__ import annotations

import numpy as np
import pytest

from library.generators.api import Rendered
from library.take import Recipe

STAND_IN = "cpu:0"
"""A device to PyTorch that is not "cpu", where half precision is computed as on a GPU."""


def recipes(count: int = 3) -> list[Recipe]:
    return [
        Recipe(generator="musicgen", prompt="harp", seed=seed, duration_s=0.4 + 0.1 * seed, model="tiny")
        for seed in range(count)
    ]


@pytest.fixture
def no_gpu():
    import torch

    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.fail("these tests are for machines without a GPU: run them with CUDA_VISIBLE_DEVICES=")


def test_without_a_gpu_nothing_is_said(no_gpu):
    from library.generators.machine.devices import choose_device

    assert choose_device("auto", 1) == ("cpu", "")
    assert choose_device("cpu", 1) == ("cpu", "")


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_one_that_is_asked_for_and_is_not_there(no_gpu, device):
    from library.generators.machine.devices import choose_device

    chosen, words = choose_device(device, 1)
    assert chosen == "cpu"
    assert words.endswith("The CPU takes over.")
    assert choose_device(device, 1, frozenset({device})) == ("cpu", "")


def test_one_that_is_there_and_fails_when_it_is_tried(no_gpu, monkeypatch):
    """As a driver that is too old, or a card: torch itself says what is wrong."""
    import torch

    from library.generators.machine.devices import choose_device

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    chosen, words = choose_device("auto", 1)
    assert chosen == "cpu"
    assert words.startswith("The NVIDIA GPU can't be used: ")


def test_one_that_is_too_small():
    from library.generators.machine.devices import why_not

    assert why_not(STAND_IN, 0) is None
    reason = why_not(STAND_IN, 1 << 60)
    assert reason is not None
    assert "GB free, and the model needs 1152921505.7 GB there" in reason


@pytest.fixture
def generator(checkpoints, monkeypatch):
    """A generator that finds the stand-in for a GPU, and its tiny model."""
    import library.generators.musicgen.generator as module
    from library.generators.machine import devices

    def choose(asked: str, needed: int, failed: frozenset[str] = frozenset()) -> tuple[str, str]:
        return ("cpu", "") if asked == "cpu" or STAND_IN in failed else (STAND_IN, "")

    monkeypatch.setattr(devices, "choose_device", choose)
    monkeypatch.setattr(module, "full_name", lambda name: str(checkpoints.text))
    return module.MusicGen()


@pytest.mark.parametrize("words", ["CUDA error: no kernel image is available for execution", "CUDA out of memory"])
@pytest.mark.parametrize("where", ["at once", "in the middle", "while it is loaded"])
def test_one_that_fails_later(generator, make, context, monkeypatch, words, where):
    from library.generators.musicgen.lm.decoder import TransformerDecoder

    expected = make("text", recipes())
    steps = [0]
    logits, take_over = TransformerDecoder.logits, TransformerDecoder.__init__

    def failing(self, x):
        steps[0] += 1
        if self.device == STAND_IN and (where == "at once" or steps[0] > 30):
            raise RuntimeError(words)
        return logits(self, x)

    def failing_to_load(self, lm, device):
        if device == STAND_IN:
            raise RuntimeError(words)
        take_over(self, lm, device)

    if where == "while it is loaded":
        monkeypatch.setattr(TransformerDecoder, "__init__", failing_to_load)
    else:
        monkeypatch.setattr(TransformerDecoder, "logits", failing)
    made = {result.index: result for result in generator.generate(recipes(), context)}
    assert [type(made[index]) for index in range(3)] == [Rendered] * 3
    assert [words for words in context.told if "CPU takes over" in words] == context.told[:1]
    assert made[2].recipe.fingerprint["device"] == "cpu"
    by_cpu = [index for index in range(3) if made[index].recipe.fingerprint["device"] == "cpu"]
    assert all(np.array_equal(made[index].samples, expected[index].samples) for index in by_cpu)
    list(generator.generate(recipes(1), context))
    assert len(context.told) == 1, "once"


def test_the_device_that_is_asked_for_computes(generator, context):
    context.device = "cpu"
    (made,) = generator.generate(recipes(1), context)
    assert made.recipe.fingerprint["device"] == "cpu"
    context.device = "auto"
    (made,) = generator.generate(recipes(1), context)
    assert (made.recipe.fingerprint["device"], made.recipe.exact) == (STAND_IN, False)
