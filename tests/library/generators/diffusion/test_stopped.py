"""A take can be stopped within a step, an encoder, a decoder, or while its sound is made; the next one is whole."""

from __future__ import annotations

import time

import numpy as np
import pytest

from library.generators.api import Failed, Rendered
from tests.fake_context import FakeContext

pytestmark = pytest.mark.usefixtures("few_rounds")


@pytest.mark.parametrize(
    ("name", "note"),
    [("riffusion", ""), ("riffusion", "making its sound"), ("ace-step", ""), ("stable-audio", "making its sound")],
)
def test_cancelled(asked, make, generators, name, note):
    (whole,) = make(asked(name))
    stopped: list[float] = []

    def stop() -> bool:
        if context.reports and context.reports[-1].note == note and context.reports[-1].done > 0:
            stopped.append(time.monotonic())
        return bool(stopped)

    context = FakeContext(stop=stop)
    assert list(generators(name).generate([asked(name, steps=200 if not note else 2)] * 2, context)) == []
    assert stopped
    (again,) = make(asked(name))
    assert np.array_equal(whole.samples, again.samples), "nothing is left behind of what was stopped"


@pytest.mark.parametrize("part", ["text_encoder", "vae", "unet"])
def test_every_layer_looks(asked, generators, make, monkeypatch, part):
    """Also inside a model that takes minutes for one step."""
    from library.generators.diffusion import watch

    assert watch.LOOK_EVERY_S <= 0.2
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.0)  # tiny layers are quicker than that
    make(asked("riffusion"))
    engine = generators("riffusion")._loaded.future.result().engine  # noqa: SLF001
    module = getattr(engine._maker.pipeline, part)  # noqa: SLF001
    entered: list[int] = []
    hook = module.register_forward_pre_hook(lambda *_: entered.append(1))
    layers_after: list[int] = []
    last = list(module.modules())[-1]
    after = last.register_forward_hook(lambda *_: layers_after.append(1))
    if part == "vae":  # which is asked by its methods
        entered.append(1)
    try:
        context = FakeContext(stop=lambda: bool(entered))
        assert list(generators("riffusion").generate([asked("riffusion")], context)) == []
    finally:
        hook.remove()
        after.remove()
    assert not layers_after


def test_a_rejected_take_is_told_and_the_others_are_made(asked, generators, make):
    (expected,) = make(asked("ace-step", seed=2))
    context = FakeContext(rejected=frozenset({0}))
    failed, made = generators("ace-step").generate([asked("ace-step"), asked("ace-step", seed=2)], context)
    assert isinstance(failed, Failed)
    assert "You rejected this take" in failed.error.what
    assert isinstance(made, Rendered)
    assert np.array_equal(made.samples, expected.samples)


def test_progress_only_grows_and_reaches_the_end(asked, make, context):
    make(asked("riffusion", to="4"), asked("riffusion", seed=2))
    told = [report for report in context.reports if report.of == 2000]
    assert [report.done for report in told] == sorted(report.done for report in told)
    assert told[-1].done == 2000
    assert len(told) > 20


def test_a_model_that_makes_no_numbers_is_told(asked, generators, make):
    make(asked("ace-step"))
    engine = generators("ace-step")._loaded.future.result().engine  # noqa: SLF001
    hook = engine._maker.pipeline.vae.decoder.register_forward_hook(  # noqa: SLF001
        lambda module, given, out: out * float("nan")
    )
    try:
        (failed,) = make(asked("ace-step"))
    finally:
        hook.remove()
    assert "numbers that are none" in failed.error.what
