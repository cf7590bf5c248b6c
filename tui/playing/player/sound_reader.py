"""Reading any sound file as 48 kHz stereo float32, block by block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from library.errors import AudioError
from library.sound.audio import MAX_DURATION_S, open_sound
from library.sound.speakers import fold_down
from tui.playing.player.mixer import RATE, Samples

FIRST_BLOCK_S = 0.25
BLOCK_S = 2.0
WARM_UP_S = 1
"""Seconds before a place that are resampled and thrown away, so that the filter is filled there."""
_LARGEST_BLOCK = 1 << 22  # samples of all channels


class SoundReader:
    """A sound file being read from some second on. Raises AudioError where it cannot be."""

    def __init__(self, path: Path, *, from_s: int = 0) -> None:
        self._path = path
        self._open = ExitStack()
        try:
            self._file = self._open.enter_context(open_sound(path))
        except AudioError as error:
            raise self._unreadable(error) from error
        self._rate = self._file.info.sample_rate
        self._layout = self._file.info.layout
        self.total = min(self._file.info.frames * RATE // self._rate, MAX_DURATION_S * RATE)
        """Frames at 48 kHz, as the file's header has it."""
        self._from_s = from_s

    def blocks(self) -> Iterator[Samples]:
        """Successive (frames, 2) float32 blocks at 48 kHz; the first is short. Not finite samples become 0."""
        resampler = None
        if self._rate != RATE:
            resampler = soxr.ResampleStream(self._rate, RATE, 2, dtype="float32", quality="HQ")
        try:
            surplus = self._go_to_start(warm_up=resampler is not None)
            seconds = FIRST_BLOCK_S
            while len(raw := self._read(seconds)):
                block = fold_down(np.nan_to_num(raw, copy=False, nan=0.0, posinf=0.0, neginf=0.0), self._layout)
                if resampler:
                    block = resampler.resample_chunk(block)
                seconds = BLOCK_S
                cut = min(surplus, len(block))
                surplus -= cut
                if cut < len(block):
                    yield block[cut:]
            if resampler:
                yield resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True)[surplus:]
        except (OSError, RuntimeError) as error:
            raise self._unreadable(error) from error

    def close(self) -> None:
        self._open.close()

    def _read(self, seconds: float) -> NDArray[np.float32]:
        frames = max(1, min(int(seconds * self._rate), _LARGEST_BLOCK // self._file.info.channels))
        raw: NDArray[np.float32] = self._file.read(frames)
        return raw

    def _go_to_start(self, *, warm_up: bool) -> int:
        """Seek to where reading begins. How many frames at 48 kHz are too early."""
        early = min(WARM_UP_S, self._from_s) if warm_up else 0
        if self._from_s:
            self._file.seek((self._from_s - early) * self._rate)
        return early * RATE

    def _unreadable(self, error: Exception) -> AudioError:
        if isinstance(error, AudioError):
            reason, remedy = error.what[:1].lower() + error.what[1:], error.remedy
            if not os.path.exists(self._path):  # noqa: PTH110 - which raises nothing where we may not look
                remedy = "Import the folder it's in now."
        else:
            reason, remedy = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error), ""
        return AudioError(f"{self._path.name} can't be played: {str(reason).rstrip('.')}.", remedy)
