"""A take depends on its recipe alone: batch, order, threads, extension and preview leave no trace."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.generators.api import Failed, Rendered
from library.take import Draft, Recipe, Sampling

PROMPTS = ("harp and flute", "small jazz band with brushes and upright bass", "", "a solo cello")
PARENT = "cd" * 10
FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

recipes = st.builds(
    Recipe,
    generator=st.just("musicgen"),
    prompt=st.sampled_from(PROMPTS),
    seed=st.integers(0, 2**64 - 1),
    duration_s=st.sampled_from([0.2, 0.5, 0.74, 1.0]),
    sampling=st.builds(
        Sampling,
        temperature=st.sampled_from([0.5, 1.0, 1.7]),
        top_k=st.sampled_from([0, 5, 250]),
        top_p=st.sampled_from([0.0, 0.8]),
        guidance=st.sampled_from([1.0, 3.0]),
    ),
)


def same(one: Rendered | Failed, other: Rendered | Failed) -> bool:
    assert isinstance(one, Rendered), one
    assert isinstance(other, Rendered), other
    return np.array_equal(one.tokens["codes"], other.tokens["codes"]) and np.array_equal(one.samples, other.samples)


def test_this_machine_can_promise_exact_takes(engines):
    assert engines("text").exact
    assert engines("stereo").exact
    assert engines("melody").exact


@FEW
@given(batch=st.lists(recipes, min_size=2, max_size=10), data=st.data())
@pytest.mark.parametrize("name", ["text", "stereo", "melody"])
def test_alone_and_in_any_batch(make, name, batch, data):
    place = data.draw(st.integers(0, len(batch) - 1))
    together = make(name, batch)
    alone = make(name, [batch[place]])
    assert len(together) == len(batch)
    assert same(together[place], alone[0])


def test_in_any_order(make):
    batch = [
        Recipe(generator="musicgen", prompt=PROMPTS[i % 4], seed=i, duration_s=0.3 + 0.1 * (i % 3)) for i in range(8)
    ]
    forwards, backwards = make("text", batch), make("text", batch[::-1])
    assert all(same(forwards[i], backwards[7 - i]) for i in range(8))


def test_with_one_thread_and_more(make):
    from library.generators.machine.torch_threads import torch_threads

    batch = [Recipe(generator="musicgen", prompt=PROMPTS[i], seed=i, duration_s=0.6) for i in range(3)]
    results = []
    for count in (1, 2, 3):
        with torch_threads(count):
            results.append(make("text", batch))
    assert all(same(results[0][i], other[i]) for other in results[1:] for i in range(3))


def test_seeds_and_prompts_make_a_difference(make):
    batch = [Recipe(generator="musicgen", prompt=PROMPTS[i // 2], seed=i % 2, duration_s=0.5) for i in range(4)]
    made = make("text", batch)
    codes = {made[i].tokens["codes"].tobytes() for i in range(4)}
    assert len(codes) == 4


@FEW
@given(
    recipe=recipes, first_s=st.sampled_from([0.1, 0.4, 0.9, 1.5, 2.0, 2.02]), more_s=st.sampled_from([0.1, 0.5, 3.1])
)
@pytest.mark.parametrize("name", ["text", "short", "stereo", "melody", "pointer"])
def test_extended_is_as_made_in_one_go(make, context, name, recipe, first_s, more_s):
    long = msgspec.structs.replace(recipe, duration_s=first_s + more_s)
    preview = make(name, [msgspec.structs.replace(recipe, duration_s=first_s)])[0]
    context.extends = PARENT
    context.saved[PARENT] = preview.tokens
    extended = make(name, [long], context)[0]
    assert same(extended, make(name, [long])[0])
    tail = 3
    heard = preview.tokens["codes"].shape[1] - tail
    assert np.array_equal(extended.tokens["codes"][:, :heard], preview.tokens["codes"][:, :heard])
    drawn = max(progress.done for progress in context.reports)
    assert drawn > 0


def test_extending_draws_only_what_is_new(make, context):
    recipe = Recipe(generator="musicgen", prompt=PROMPTS[0], seed=5, duration_s=1.0)
    context.extends = PARENT
    context.saved[PARENT] = make("text", [recipe])[0].tokens
    long = msgspec.structs.replace(recipe, duration_s=1.2)
    make("text", [long], context)
    # 60 frames, of which 47 are known; 3 more steps for the delays, and 9 for decoding the sound.
    assert context.reports[-1].of == 13 + 3 + 9


def test_takes_are_extended_side_by_side_each_from_its_own(make, context):
    short = [Recipe(generator="musicgen", prompt=PROMPTS[0], seed=seed, duration_s=1.0) for seed in (5, 6)]
    context.extends = (PARENT, PARENT[::-1])
    context.saved = {context.extends[place]: made.tokens for place, made in make("text", short).items()}
    long = [msgspec.structs.replace(recipe, duration_s=1.2) for recipe in short]
    extended = make("text", long, context)
    assert context.reports[-1].of == 2 * (13 + 3 + 9)
    whole = make("text", long)
    assert all(same(extended[place], whole[place]) for place in (0, 1))


def test_a_take_with_other_settings_is_not_extended(make, context):
    recipe = Recipe(generator="musicgen", prompt=PROMPTS[0], seed=5, duration_s=0.5)
    context.extends = PARENT
    context.saved[PARENT] = make("text", [recipe])[0].tokens
    other = msgspec.structs.replace(recipe, seed=6, duration_s=1.0)
    failed = make("text", [other], context)[0]
    assert isinstance(failed, Failed)
    assert "settings or weights" in failed.error.what


def test_an_extension_without_tokens_is_made_from_the_start(make, context):
    recipe = Recipe(generator="musicgen", prompt=PROMPTS[0], seed=5, duration_s=1.0)
    context.extends = PARENT
    made = make("text", [recipe], context)[0]
    assert same(made, make("text", [recipe])[0])
    assert same(make("text", [made.recipe], context)[0], made)
    failed = make("text", [msgspec.structs.replace(made.recipe, revision="other weights")], context)[0]
    assert "settings or weights" in failed.error.what


def test_a_melody_take_extends_past_its_window(make, context):
    rng = np.random.default_rng(1)
    context.drafts[PARENT[::-1]] = rng.normal(0, 0.2, (40000, 1)).astype(np.float32), 32000
    draft = Draft(sound=PARENT[::-1], use="melody")
    recipe = Recipe(generator="musicgen", prompt=PROMPTS[0], seed=5, duration_s=1.0, draft=draft)
    preview = make("melody", [recipe], context)[0]
    assert preview.recipe.fingerprint["libsndfile"]
    long = msgspec.structs.replace(recipe, duration_s=3.0)
    whole = make("melody", [long], context)[0]
    context.extends = PARENT
    context.saved[PARENT] = preview.tokens
    assert same(make("melody", [long], context)[0], whole)


def test_recipe_is_complete(make, checkpoints):
    recipe = Recipe(generator="musicgen", prompt=PROMPTS[0], seed=5, duration_s=0.5)
    made = make("text", [recipe])[0].recipe
    assert made.model == str(checkpoints.text)
    assert made.revision
    assert made.exact
    assert made.sampling == Sampling()
    machine = {"torch", "audiocraft", "transformers", "device", "dtype", "cpu", "text encoder", "decode loop"}
    assert machine <= made.fingerprint.keys()
    again = make("text", [made])[0]
    assert again.recipe == made
