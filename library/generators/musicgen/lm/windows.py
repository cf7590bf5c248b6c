"""How a take is cut into windows that the model can hold, and what each one starts from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A stretch of a take that is one sequence to the model."""

    offset: int
    """The take's frame that is the window's first."""
    frames: int
    known: int
    """Frames at the window's start whose tokens are there before it is decoded."""


@dataclass(frozen=True)
class Windowing:
    """Sliding: a window starts `stride` frames after the last, with its tokens (audiocraft's extend_stride)."""

    frames: int
    """The longest sequence."""
    stride: int

    def cut(self, total: int, known: int = 0) -> tuple[Window, ...]:
        """The windows still to decode for a take of `total` frames whose first `known` are there (known < total).

        Where windows lie does not depend on what is known, so that a take is the same however it was come by.
        """
        windows = []
        offset = 0
        while known < total:
            stop = min(offset + self.frames, total)
            if stop > known:
                windows.append(Window(offset, stop - offset, known - offset))
                known = stop
            offset += self.stride
        return tuple(windows)


def stride_s(window_s: float, sample_rate: int) -> float:
    """By how much of a window the next one starts later, in seconds: as audiocraft's MusicGen and AudioGen have it."""
    is_audiogen = sample_rate == 16_000
    return 2.0 if is_audiogen else 0.6 * window_s
