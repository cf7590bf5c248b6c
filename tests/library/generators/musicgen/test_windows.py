"""Windows cover a take once, and lie where they lie whatever is known already."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from library.generators.musicgen.lm.windows import Window, Windowing

SLIDING = Windowing(frames=1500, stride=900)


def test_one_window_holds_half_a_minute():
    assert SLIDING.cut(1500) == (Window(0, 1500, 0),)


def test_longer_takes_slide_as_in_audiocraft():
    assert SLIDING.cut(2600) == (Window(0, 1500, 0), Window(900, 1500, 600), Window(1800, 800, 600))


def test_an_extension_starts_in_the_window_where_the_take_ended():
    assert SLIDING.cut(2600, 1997) == (Window(900, 1500, 1097), Window(1800, 800, 600))
    assert SLIDING.cut(2600, 1499)[0] == Window(0, 1500, 1499)


@given(st.integers(2, 60), st.integers(1, 59), st.integers(1, 400), st.data())
def test_every_frame_is_drawn_once_in_the_window_it_always_has(frames, stride, total, data):
    windowing = Windowing(frames, min(stride, frames - 1))
    known = data.draw(st.integers(0, total - 1))
    drawn = {
        frame: window.offset
        for window in windowing.cut(total)
        for frame in range(window.offset + window.known, window.offset + window.frames)
    }
    assert sorted(drawn) == list(range(total))
    rest = [
        (frame, window.offset)
        for window in windowing.cut(total, known)
        for frame in range(window.offset + window.known, window.offset + window.frames)
    ]
    assert rest == [(frame, drawn[frame]) for frame in range(known, total)]
