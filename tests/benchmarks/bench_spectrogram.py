"""How close sound comes back from Riffusion's spectrograms, and how fast.

`python tests/benchmarks/bench_spectrogram.py`: one core. Spectral
convergence of the mel bands, 0 for the same; needs `make musicgen`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.measuring import scaled

SECONDS = scaled((5.11, 20.0), (0.4,))
CLOSE, FAST = 0.05, 0.5
"""Targets: spectral convergence, and seconds of one channel that a second of one core makes."""


def music(seconds: float) -> np.ndarray:
    """Plucked notes with overtones over a pulse of noise, float32 [frames]."""
    random, at = np.random.default_rng(1), np.arange(int(seconds * 44100)) / 44100
    sound = np.zeros_like(at)
    for begin in np.arange(0, seconds, 0.32):
        since = np.maximum(at - begin, 0)
        pluck = (at >= begin) * np.exp(-3 * since) * np.minimum(1, since / 0.01)
        pitch = 220 * 2 ** (random.integers(0, 24) / 12)
        sound += pluck * sum(np.sin(2 * np.pi * pitch * n * at) / n**1.5 for n in range(1, 9))
        sound += 0.3 * (at >= begin) * np.exp(-40 * since) * random.standard_normal(len(at))
    return (0.8 * sound / np.abs(sound).max()).astype(np.float32)


def main() -> int:
    import torch
    from torchaudio.functional import melscale_fbanks

    from library.generators.diffusion.riffusion import phases, picture

    torch.set_num_threads(1)
    filters = melscale_fbanks(8821, 0.0, 10000.0, 512, 44100, norm=None, mel_scale="htk").T
    missed = False
    print(f"{'seconds':>8} {'convergence':>12} {'to picture':>11} {'to sound':>9}   seconds a second of one core")
    for seconds in SECONDS:
        sound = music(seconds)
        began = time.process_time()
        kept = picture.picture_of(sound[:, None])
        drawn = time.process_time()
        back = phases.sound_of(picture.bands_of(kept)[0], lambda: None)
        done = time.process_time()
        shared = min(len(sound), len(back))
        was, now = (filters @ picture.magnitudes(torch.from_numpy(one[:shared].copy()), 17640) for one in (sound, back))
        far = float((was - now * (was * now).sum() / (now * now).sum()).norm() / was.norm())
        rates = seconds / (drawn - began), seconds / (done - drawn)
        print(f"{seconds:>8} {far:>12.3f} {rates[0]:>11.1f} {rates[1]:>9.2f}")
        missed |= far > scaled(CLOSE, 1.0) or rates[1] < scaled(FAST, 0.0)
    print(f"Targets: at most {CLOSE}, and {FAST} or more to sound.")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
