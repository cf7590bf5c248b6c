"""Sounds and sound files, made with libsndfile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

FORMATS = {
    "wav": ("WAV", "PCM_16", 44100),
    "flac": ("FLAC", "PCM_16", 44100),
    "aiff": ("AIFF", "PCM_16", 44100),
    "ogg": ("OGG", "VORBIS", 44100),
    "opus": ("OGG", "OPUS", 48000),
    "mp3": ("MP3", "MPEG_LAYER_III", 44100),
}


def tone(seconds: float = 2.0, rate: int = 44100, hertz: float = 440.0) -> np.ndarray:
    """A fading stereo tone with a little noise, float32 [frames, 2], on 16-bit steps."""
    frames = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(int(hertz)).standard_normal((len(frames), 2)) * 0.01
    pair = np.stack([np.sin(2 * np.pi * hertz * frames), np.sin(3 * np.pi * hertz * frames)], axis=1)
    fade = np.linspace(1, 0, len(frames))[:, None]
    return (np.rint((0.5 * pair + noise) * fade * 32768) / 32768).astype(np.float32)


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[..., Path]:
    def make(suffix: str, samples: np.ndarray | None = None, name: str = "take") -> Path:
        container, subtype, rate = FORMATS[suffix]
        path = tmp_path / f"{name}.{suffix}"
        samples = tone(rate=rate) if samples is None else samples
        soundfile.write(path, samples, rate, format=container, subtype=subtype)
        return path

    return make
