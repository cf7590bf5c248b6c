"""The sketcher: same bits for the same recipe, whatever the length, the process, the threads; and sane sound."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import library
from library.generators.api import Failed, Progress, Rendered
from library.generators.sketch.sketcher import Sketcher
from library.sound.loudness_meter import measure
from library.take import MAX_SEED, Draft, Recipe

PROMPTS = (
    "retro synthwave night drive",
    "slow dreamy pad, no drums",
    "fast happy piano waltz",
    "夜の街",
    "dark techno",
)


class Context:
    """A context that can be told to stop after so many reports."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.reports: list[Progress] = []
        self._stop_after = stop_after

    def parent(self, index: int) -> None:
        return None

    def report(self, progress: Progress) -> None:
        self.reports.append(progress)

    def cancelled(self) -> bool:
        return len(self.reports) > self._stop_after

    def unwanted(self) -> frozenset[int]:
        return frozenset()

    def draft(self, sound: str):
        raise AssertionError(sound)

    def tokens(self, sound: str):
        raise AssertionError(sound)


def recipe(prompt: str, seed: int, duration_s: float, **more) -> Recipe:
    return Recipe(generator="sketch", prompt=prompt, seed=seed, duration_s=duration_s, **more)


def sketch(prompt: str, seed: int, duration_s: float) -> np.ndarray:
    (rendered,) = Sketcher().generate([recipe(prompt, seed, duration_s)], Context())
    assert isinstance(rendered, Rendered)
    assert rendered.sample_rate == 44100
    return rendered.samples


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    prompt=st.sampled_from(PROMPTS) | st.text(min_size=1, max_size=30),
    seed=st.integers(0, MAX_SEED),
    short=st.floats(0.0001, 6),
    more=st.floats(0, 6),
)
def test_a_short_take_is_the_beginning_of_a_long_one(prompt: str, seed: int, short: float, more: float):
    beginning, whole = sketch(prompt, seed, short), sketch(prompt, seed, short + more)
    assert len(beginning) == max(round(short * 44100), 1)
    assert np.array_equal(beginning.view(np.uint32), whole[: len(beginning)].view(np.uint32))


def elsewhere(expression: str, **environment: str) -> str:
    """What `expression` over this module, as `t`, is in a process of its own."""
    script = f"import sys; sys.path.insert(0, sys.argv[1])\nimport test_sketcher as t\nprint({expression})"
    done = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(library.__file__).parents[1]), **environment},
    )
    return done.stdout.strip()


def digest(sound: np.ndarray) -> str:
    return hashlib.sha256(sound.tobytes()).hexdigest()


@pytest.mark.parametrize("threads", ["1", "4"])
def test_other_processes_and_thread_counts_give_the_same_bits(threads: str):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED")
    made = elsewhere("t.digest(t.sketch(t.PROMPTS[0], 5, 6))", **dict.fromkeys(names, threads))
    assert made == digest(sketch(PROMPTS[0], 5, 6))


def bits_and_machine() -> str:
    (rendered,) = Sketcher().generate([recipe(PROMPTS[0], 5, 1)], Context())
    return f"{digest(rendered.samples)} {rendered.recipe.fingerprint}"


def test_a_processor_that_rounds_otherwise_has_another_fingerprint():
    older = "X86_V3 X86_V4 AVX512_ICL AVX512F AVX512_SKX AVX2 FMA3"
    bits, machine = bits_and_machine().split(maxsplit=1)
    other_bits, other_machine = elsewhere("t.bits_and_machine()", NPY_DISABLE_CPU_FEATURES=older).split(maxsplit=1)
    assert other_bits == bits or other_machine != machine


def test_a_take_does_not_depend_on_its_neighbours():
    recipes = [recipe(prompt, seed, 3) for prompt in PROMPTS[:2] for seed in (1, 2)]
    together = {result.index: result.samples for result in Sketcher().generate(recipes, Context())}
    for index in (3, 0):
        assert np.array_equal(together[index], sketch(recipes[index].prompt, recipes[index].seed, 3))


def test_seeds_and_prompts_differ():
    takes = [sketch(prompt, seed, 4) for prompt in PROMPTS[:2] for seed in (1, 2, 3)]
    for index, one in enumerate(takes):
        for other in takes[:index]:
            assert np.abs(one - other).max() > 0.05


@pytest.mark.parametrize(
    "prompt", [*PROMPTS, "ambient drone", "solo bass", "only drums", "lead melody 220 bpm", "x" * 10_000]
)
@pytest.mark.parametrize("seed", [0, MAX_SEED])
def test_sound_is_sane(prompt: str, seed: int):
    sound = sketch(prompt, seed, 20)
    assert sound.dtype == np.float32
    assert sound.shape == (20 * 44100, 2)
    assert np.isfinite(sound).all()
    measured = measure(sound, 44100)
    assert -23 < measured.lufs < -14
    assert measured.true_peak_db < -1
    assert set(measured.flags) <= {"cut-off"}
    assert np.abs(sound.mean(axis=0)).max() < 2e-3
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    frequency = np.fft.rfftfreq(len(sound), 1 / 44100)
    share = lambda low, high: spectrum[(frequency >= low) & (frequency < high)].sum() / spectrum.sum()  # noqa: E731
    assert share(0, 20) < 0.02
    assert share(35, 8000) > 0.95
    assert share(16_000, 22_050) < 0.02


def test_takes_of_a_prompt_are_about_equally_loud():
    loudness = [measure(sketch(PROMPTS[0], seed, 20), 44100).lufs for seed in range(6)]
    assert max(loudness) - min(loudness) < 4


def test_the_take_never_falls_silent():
    sound = sketch(PROMPTS[0], 1, 60)
    seconds = np.sqrt(np.mean(np.square(sound.reshape(60, -1)), axis=1))
    assert seconds.min() > 10 ** (-45 / 20)


def test_recipes_are_completed_and_what_does_not_apply_is_refused():
    draft = Draft(sound="0" * 20, use="melody")
    recipes = [
        recipe("x", 1, 1),
        recipe("x", 1, 1, draft=draft),
        recipe("x", 1, 1, model="m"),
        recipe("x", 1, 1e5),
    ]
    done, *failed = Sketcher().generate(recipes, Context())
    assert done.recipe.revision
    assert {"numpy", "machine", "cpu"} <= done.recipe.fingerprint.keys()
    assert all(isinstance(result, Failed) and result.error.remedy for result in failed)


def test_cancelling_stops_in_the_middle_of_a_take():
    context = Context(stop_after=5)
    assert list(Sketcher().generate([recipe("x", 1, 600)], context)) == []
    assert len(context.reports) < 10
    assert 0 < context.reports[-1].done < context.reports[-1].of
