"""A take depends on its recipe alone, and on all of it: with each of the three pipelines."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from conftest import DRAFT

from library.take import MAX_SEED, Draft

pytestmark = pytest.mark.usefixtures("few_rounds")
NAMES = ("riffusion", "ace-step", "stable-audio")
MELODY = Draft(sound=DRAFT, use="melody")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_recipe_gives_the_same_bits(asked, make, name):
    """Alone, after other takes, whatever torch drew before, and from a model that is loaded anew."""
    import torch

    from library.generators import registry

    first, other, again = make(asked(name), asked(name, seed=MAX_SEED), asked(name))
    torch.manual_seed(5)
    torch.rand(7)
    (anew,) = make(asked(name), generator=registry.make_generator(name))
    assert np.array_equal(first.samples, again.samples)
    assert np.array_equal(first.samples, anew.samples)
    assert first.recipe == again.recipe == anew.recipe
    assert not np.array_equal(first.samples, other.samples)
    assert len(first.samples) == round(0.6 * first.sample_rate)
    assert np.abs(first.samples).max() == pytest.approx(10 ** (-1 / 20), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "licence", "rate", "channels"),
    [
        ("riffusion", "creativeml-openrail-m", 44100, 1),
        ("ace-step", "mit", 8000, 2),
        ("stable-audio", "stable-audio-community", 44100, 2),
    ],
)
def test_the_recipe_says_what_made_it(asked, make, name, licence, rate, channels):
    (made,) = make(asked(name))
    assert (made.sample_rate, made.samples.shape[1]) == (rate, channels)
    assert made.recipe.licence == licence
    assert made.recipe.exact
    assert len(made.recipe.revision) == 20
    facts = made.recipe.fingerprint
    assert {facts["device"], facts["dtype"]} == {"cpu", "float32"}
    assert {"diffusers", "torch", "transformers", "numpy", "threads"} <= facts.keys()
    assert ("torchsde" in facts) == (name == "stable-audio")
    assert made.recipe.settings["steps"] == 2


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("riffusion", {"negative": "drums"}),
        ("riffusion", {"guidance": 2.0}),
        ("riffusion", {"scheduler": "euler-a"}),
        ("riffusion", {"draft": MELODY}),
        ("ace-step", {"lyrics": "[verse]\\nla la"}),
        ("ace-step", {"bpm": 90}),
        ("ace-step", {"key": "A minor"}),
        ("ace-step", {"meter": "3"}),
        ("ace-step", {"guidance": 1.0}),
        ("ace-step", {"shift": 1.0}),
        ("ace-step", {"draft": MELODY}),
        ("ace-step", {"draft": MELODY, "strength": 0.5}),
        ("ace-step", {"draft": Draft(sound=DRAFT, use="continuation", until_s=0.3)}),
        ("stable-audio", {"negative": "drums"}),
        ("stable-audio", {"guidance": 2.0}),
    ],
)
def test_settings_change_the_take_and_nothing_else_does(asked, make, name, settings):
    plain, changed, again = make(asked(name), asked(name, **settings), asked(name, **settings))
    assert not np.array_equal(plain.samples, changed.samples)
    assert np.array_equal(changed.samples, again.samples)


def test_the_spectrogram_is_kept_and_is_what_sounds(asked, make):
    from library.generators.diffusion.maker import at_peak
    from library.generators.diffusion.riffusion import phases, picture

    mono, stereo = make(asked("riffusion"), asked("riffusion", stereo=True))
    kept = mono.tokens["spectrogram"]
    assert (kept.dtype, kept.shape) == (np.uint8, (1, 512, 64))
    assert stereo.tokens["spectrogram"].shape == (2, 512, 64)
    sound = phases.sound_of(picture.bands_of(kept)[0], lambda: None)
    assert np.array_equal(at_peak(sound[: len(mono.samples), None]), mono.samples)


def test_how_far_to_go_from_a_draft(asked, make):
    """At the least strength a take is the draft itself, as the tiny autoencoder has it, whatever the seed."""
    near, near_too, far = make(
        *(asked("riffusion", draft=MELODY, steps=10, strength=strength, seed=seed)
          for strength, seed in ((0.1, 1), (0.1, 2), (1.0, 2)))
    )  # fmt: skip
    pictures = [made.tokens["spectrogram"].astype(float) for made in (near, near_too, far)]
    assert np.abs(pictures[0] - pictures[1]).mean() < np.abs(pictures[1] - pictures[2]).mean()


def test_walks_begin_at_one_end_and_reach_the_other(asked, make, context):
    """To a seed: the first picture is that of a take without the walk, and what is there is heard early."""
    context.previews = True
    walked, to_prompt = make(asked("riffusion", to="9"), asked("riffusion", to="techno"))
    whole = walked.tokens["spectrogram"]
    assert whole.shape[2] == 2 * 48 - 32
    assert not np.array_equal(walked.samples, to_prompt.samples)
    (index, samples, rate), _ = context.previewed
    assert (index, rate) == (0, 44100)
    assert 0.4 < len(samples) / rate < 0.6


def test_lengths_a_model_does_not_have(asked, make):
    (failed,) = make(asked("stable-audio", seconds=30))
    assert "up to 2.00 s" in failed.error.what
    continued = Draft(sound=DRAFT, use="continuation")
    (failed,) = make(asked("ace-step", draft=continued))
    assert "The draft is 1.0 s long, but the whole take is only 0.6 s" in failed.error.what


def test_precision_is_the_recipes(asked, make):
    from library.errors import GenerationError

    half, whole = make(asked("stable-audio", precision="bfloat16"), asked("stable-audio"))
    assert half.recipe.fingerprint["dtype"] == "bfloat16"
    assert not np.array_equal(half.samples, whole.samples)
    with pytest.raises(GenerationError, match="float16 is for GPUs"):
        make(asked("stable-audio", precision="float16"))


def test_old_recipes_without_settings_can_be_made(asked, make):
    plain = msgspec.structs.replace(asked("ace-step"), settings={"steps": 2})
    made, with_defaults = make(plain, asked("ace-step"))
    assert np.array_equal(made.samples, with_defaults.samples)


def test_a_long_prompt_is_told_of(asked, make, context):
    make(msgspec.structs.replace(asked("riffusion"), prompt="harp " * 40))
    (words,) = context.told
    assert "the model reads the first 77 of its" in words
