"""The delay pattern against its definition, and against audiocraft's where that is installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.generators.musicgen.lm.delay_pattern import DelayPattern
from tests.needs import AUDIOCRAFT

patterns = st.lists(st.integers(0, 3), min_size=1, max_size=5).map(lambda rest: (0, *np.cumsum(rest).tolist()))


def test_a_small_pattern():
    codes = np.array([[1, 2, 3], [4, 5, 6]])
    steps = DelayPattern((0, 1), 9).inputs(codes, 0, 5)
    assert steps.tolist() == [[9, 1, 2, 3, 9], [9, 9, 4, 5, 6]]


@given(patterns, st.integers(1, 9), st.integers(0, 5), st.integers(1, 5))
def test_pieces_are_parts_of_the_whole(delays, frames, start, length):
    pattern = DelayPattern(delays, -7)
    codes = np.arange(len(delays) * frames).reshape(len(delays), frames)
    whole = pattern.inputs(codes, 0, pattern.steps(frames) + 12)
    assert np.array_equal(pattern.inputs(codes, start, start + length), whole[:, start : start + length])


@given(patterns, st.integers(1, 9), st.data())
def test_filling_step_by_step_undoes_it(delays, frames, data):
    known = data.draw(st.integers(0, frames - 1))
    pattern = DelayPattern(delays, -7)
    codes = np.arange(len(delays) * frames).reshape(len(delays), frames)
    filled = np.full_like(codes, -1)
    filled[:, :known] = codes[:, :known]
    whole = pattern.inputs(codes, 0, pattern.steps(frames))
    for step in range(known + 1, pattern.steps(frames)):
        pattern.fill(filled, known, step, whole[:, step])
    assert np.array_equal(filled, codes)


@pytest.mark.needs(AUDIOCRAFT)
@pytest.mark.parametrize("delays", [(0, 1, 2, 3), (0, 0, 1, 1, 2, 2, 3, 3), (0, 0, 0)])
def test_it_is_audiocrafts(delays):
    import torch

    from library.generators.musicgen.loading.audiocraft_import import audiocraft

    pattern = DelayPattern(delays, 99)
    codes = np.arange(len(delays) * 6).reshape(len(delays), 6)
    original = audiocraft.modules.codebooks_patterns.DelayedPatternProvider(len(delays), list(delays)).get_pattern(6)
    theirs, _, _ = original.build_pattern_sequence(torch.from_numpy(codes)[None], 99)
    assert np.array_equal(pattern.inputs(codes, 0, pattern.steps(6)), theirs[0].numpy())
