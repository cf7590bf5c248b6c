"""Greedy decoding equals audiocraft's own, token for token, on the same checkpoint through audiocraft's own loader."""

from __future__ import annotations

import random

import numpy as np
import pytest

from library.generators.api import Rendered
from library.take import Draft, Recipe, Sampling

GREEDY = Sampling(top_k=1)
PROMPT = "harp and flute"
SOUND = "ab" * 10


def recipe(**changes) -> Recipe:
    given = {"generator": "musicgen", "prompt": PROMPT, "seed": 1, "duration_s": 1.0, "sampling": GREEDY} | changes
    return Recipe(**given)


def tokens(result) -> np.ndarray:
    assert isinstance(result, Rendered), result
    return result.tokens["codes"]


def theirs(original, seconds: float, *, prompt=None, melody=None, guidance: float = 3.0, stride_s: float = 0.0):
    """What audiocraft's MusicGen makes of it, greedily."""
    original.set_generation_params(
        use_sampling=False, duration=seconds, cfg_coef=guidance, extend_stride=stride_s or 0.6 * original.max_duration
    )
    arguments = {"descriptions": [PROMPT], "prompt": prompt}
    if melody is not None:
        arguments["melody_wavs"] = melody
    attributes, prompt_tokens = original._prepare_tokens_and_attributes(**arguments)  # noqa: SLF001
    return original._generate_tokens(attributes, prompt_tokens)[0].numpy()  # noqa: SLF001


@pytest.mark.parametrize("name", ["text", "stereo", "melody", "pointer"])
@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_greedy_is_the_same(make, originals, name, guidance):
    sampling = Sampling(top_k=1, guidance=guidance)
    mine = make(name, [recipe(sampling=sampling)])[0]
    assert np.array_equal(tokens(mine), theirs(originals(name), 1.0, guidance=guidance))


@pytest.mark.parametrize("name", ["text", "pointer"])
def test_the_sound_is_the_same(make, originals, name):
    import torch

    from library.generators.machine.torch_threads import torch_threads

    mine = make(name, [recipe()])[0]
    with torch_threads(1):
        sound = originals(name).generate_audio(torch.from_numpy(tokens(mine).astype(np.int64))[None])[0]
    assert mine.sample_rate == 32000
    assert np.array_equal(mine.samples, sound.detach().numpy().T)


def test_greedy_is_the_same_over_sliding_windows(make, originals):
    # Not 4.5 s: audiocraft would lose a frame there, to rounding.
    mine = make("short", [recipe(duration_s=4.4)])[0]
    assert np.array_equal(tokens(mine), theirs(originals("short"), 4.4))


def test_audiogen_slides_by_two_seconds(make, originals):
    mine = make("audiogen", [recipe(duration_s=4.4)])[0]
    assert mine.sample_rate == 16000
    assert np.array_equal(tokens(mine), theirs(originals("audiogen"), 4.4, stride_s=2.0))


@pytest.mark.parametrize(("name", "channels"), [("text", 1), ("stereo", 2), ("melody", 1)])
def test_a_greedy_continuation_is_the_same(make, originals, context, name, channels):
    import torch
    from audiocraft.data.audio_utils import convert_audio

    sound = np.random.default_rng(0).normal(0, 0.1, (22050, 2)).astype(np.float32)
    context.drafts[SOUND] = sound, 44100
    draft = Draft(sound=SOUND, use="continuation", until_s=0.4)
    mine = make(name, [recipe(draft=draft)], context)[0]
    original = originals(name)
    wave = convert_audio(torch.from_numpy(sound[:17640].T.copy()), 44100, 32000, channels)
    assert np.array_equal(tokens(mine), theirs(original, 1.0, prompt=wave[None]))


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_greedy_melody_is_the_same(make, originals, context, monkeypatch, seconds):
    import torch

    monkeypatch.setattr(random, "randint", lambda low, high: (low + high) // 2)  # demucs shifts the sound by it.

    times = np.arange(int(2.0 * 32000)) / 32000
    sound = (0.3 * np.sin(2 * np.pi * 440 * times * (1 + times))).astype(np.float32)[:, None]
    context.drafts[SOUND] = sound, 32000
    mine = make("melody", [recipe(draft=Draft(sound=SOUND, use="melody"), duration_s=seconds)], context)[0]
    plain = make("melody", [recipe(duration_s=seconds)])[0]
    expected = theirs(originals("melody"), seconds, melody=[torch.from_numpy(sound.T.copy())])
    assert np.array_equal(tokens(mine), expected)
    assert not np.array_equal(tokens(mine), tokens(plain))
