"""A draft's melody is found once, the same with any number of threads, told of, and given up at once."""

from __future__ import annotations

import numpy as np
import pytest

from library.generators.api import Rendered
from library.take import Draft, Recipe

SOUND = "cd" * 10
PROMPTS = ("harp and flute", "a solo cello", "slow strings")


@pytest.fixture
def hummed(context):
    """A context whose library has five seconds of a tune: several pieces to the separator, which takes one second."""
    times = np.arange(5 * 32000) / 32000
    tune = np.sin(2 * np.pi * (220 + 30 * np.floor(times * 3)) * times) / 3
    context.drafts[SOUND] = tune[:, None].astype(np.float32), 32000
    return context


def recipes(duration_s: float = 0.4, prompts=PROMPTS) -> list[Recipe]:
    draft = Draft(sound=SOUND, use="melody")
    return [
        Recipe(generator="musicgen", prompt=prompt, seed=seed, duration_s=duration_s, draft=draft)
        for seed, prompt in enumerate(prompts)
    ]


@pytest.fixture
def chroma(engines, monkeypatch):
    """The engine's own, forgetful, and how often it had to separate a sound."""
    from library.generators.musicgen.conditions.chroma import MelodyChroma

    engine = engines("melody")
    whole, calls = MelodyChroma._separate, []  # noqa: SLF001

    def separate(self, wave, pieces):
        calls.append(wave.shape)
        return whole(self, wave, pieces)

    monkeypatch.setattr(MelodyChroma, "_separate", separate)

    def forget() -> list:
        engine._conditioning._chroma._known.clear()  # noqa: SLF001
        engine._conditioning._cache.clear()  # noqa: SLF001
        calls.clear()
        return calls

    return forget


def test_once_for_all_prompts_and_each_window(make, hummed, chroma):
    calls = chroma()
    made = make("melody", recipes(), hummed)
    assert [type(made[index]) for index in range(3)] == [Rendered] * 3
    assert len(calls) == 1
    assert calls[0][0] == 1, "the null condition's silence is not separated"
    assert len({made[index].samples.tobytes() for index in range(3)}) == 3
    make("melody", recipes(3.0), hummed)  # windows start at 0, 1.2 and 2.4 seconds
    assert len(calls) == 2
    assert {progress.note for progress in hummed.reports} == {"", "finding the melody in the draft"}


def test_kept_between_jobs(make, hummed, chroma):
    calls = chroma()
    made = make("melody", recipes(), hummed)
    assert calls
    later = type(hummed)(drafts=hummed.drafts, memory={k: v for k, v in hummed.memory.items() if "chroma" in v})
    calls = chroma()
    again = make("melody", recipes(), later)
    assert calls == []
    assert all(np.array_equal(made[index].samples, again[index].samples) for index in range(3))


def test_the_bits_do_not_depend_on_the_threads(make, hummed, chroma):
    from library.generators.machine.torch_threads import torch_threads

    found = []
    for count in (1, 2, 4):
        chroma()
        context = type(hummed)(drafts=hummed.drafts)
        with torch_threads(count):
            make("melody", recipes(prompts=PROMPTS[:1]), context)
        found += [arrays["chroma"] for arrays in context.memory.values() if "chroma" in arrays]
    assert len(found) == 3
    assert all(np.array_equal(found[0], other) for other in found[1:])


def test_without_a_draft_nothing_is_separated(make, hummed, chroma):
    calls = chroma()
    make("melody", [Recipe(generator="musicgen", prompt="harp", seed=1, duration_s=0.2)], hummed)
    assert calls == []


def test_given_up_in_the_middle_of_a_piece(engines, make, hummed, chroma):
    """The separator's layer that is at work is its last, and the next job is as if nothing had been."""
    chroma()
    melody = engines("melody")._conditioning._chroma  # noqa: SLF001
    layers = []

    def wait_to_be_stopped(*_: object) -> None:
        layers.append(1)
        assert melody._stopping.wait(60)  # noqa: SLF001

    hooks = [part.register_forward_pre_hook(wait_to_be_stopped) for part in melody._conditioner.demucs.modules()]  # noqa: SLF001
    hummed.stop = lambda: bool(layers)
    try:
        assert make("melody", recipes(), hummed) == {}
    finally:
        for hook in hooks:
            hook.remove()
    assert len(layers) == 1, "one thread is at work here"
    hummed.stop = lambda: False
    made = make("melody", recipes(), hummed)
    assert [type(made[index]) for index in range(3)] == [Rendered] * 3


@pytest.mark.parametrize("at", [1, 2])
def test_memory_that_runs_out_there(make, hummed, chroma, monkeypatch, at):
    from library.generators.musicgen.conditions import chroma as module

    chroma()
    expected = make("melody", recipes(), hummed)
    chroma()
    calls = [0]
    whole = module.convert_audio

    def running_out(*given):
        calls[0] += 1
        if calls[0] == at:
            raise MemoryError
        return whole(*given)

    monkeypatch.setattr(module, "convert_audio", running_out)
    made = make("melody", recipes(), type(hummed)(drafts=hummed.drafts))
    assert calls[0] > at
    assert all(np.array_equal(made[index].samples, expected[index].samples) for index in range(3))
