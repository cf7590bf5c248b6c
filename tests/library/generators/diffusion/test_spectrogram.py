"""Sound to picture and back: the format's numbers, and how close what comes back is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest


def music(seconds: float, seed: int = 0) -> np.ndarray:
    """Plucked notes with overtones over a pulse of noise, float32 [frames]."""
    random, at = np.random.default_rng(seed), np.arange(int(seconds * 44100)) / 44100
    sound = np.zeros_like(at)
    for begin in np.arange(0, seconds, 0.32):
        since = np.maximum(at - begin, 0)
        pluck = (at >= begin) * np.exp(-3 * since) * np.minimum(1, since / 0.01)
        pitch = 220 * 2 ** (random.integers(0, 24) / 12)
        sound += pluck * sum(np.sin(2 * np.pi * pitch * n * at) / n**1.5 for n in range(1, 9))
        sound += 0.3 * (at >= begin) * np.exp(-40 * since) * random.standard_normal(len(at))
    return (0.8 * sound / np.abs(sound).max()).astype(np.float32)


def convergence(before: np.ndarray, after: np.ndarray) -> float:
    """Spectral convergence of the mel bands: |B - kA| / |B|, with the loudness k that a picture doesn't keep."""
    import torch
    from torchaudio.functional import melscale_fbanks

    from library.generators.diffusion.riffusion import picture

    filters = melscale_fbanks(8821, 0.0, 10000.0, 512, 44100, norm=None, mel_scale="htk").T
    shared = min(len(before), len(after))
    was, now = (
        filters @ picture.magnitudes(torch.from_numpy(sound[:shared].copy()), 17640) for sound in (before, after)
    )
    return float((was - now * (was * now).sum() / (now * now).sum()).norm() / was.norm())


def back(kept) -> np.ndarray:
    from library.generators.diffusion.riffusion import phases, picture

    return np.stack([phases.sound_of(bands, lambda: None) for bands in picture.bands_of(kept)], axis=1)


def test_music_comes_back():
    from library.generators.diffusion.riffusion import picture

    sound = music(1.6)
    kept = picture.picture_of(sound[:, None])
    assert kept.shape == (1, 512, 161)
    assert convergence(sound, back(kept)[:, 0]) <= 0.05


def test_pieces_are_joined_without_a_seam(monkeypatch):
    from library.generators.diffusion.riffusion import phases, picture

    sound = music(1.8, seed=3)
    kept = picture.picture_of(sound[:, None])
    monkeypatch.setattr(phases, "PIECE", 120)
    pieces = phases.piece_ends(kept.shape[2])
    assert len(pieces) > 1
    joined = back(kept)[:, 0]
    assert len(joined) == (kept.shape[2] - 1) * 441
    assert convergence(sound, joined) <= 0.06
    for start, _ in pieces[1:]:
        around = slice(start * 441, (start + 64) * 441)
        assert convergence(sound[around], joined[around]) <= 0.2


@pytest.mark.parametrize("columns", [1, 512, 1024, 1025, 1100, 1984, 1985, 12001])
def test_pieces_cover_all_columns(columns):
    from library.generators.diffusion.riffusion import phases

    pieces = phases.piece_ends(columns)
    assert (pieces[0][0], pieces[-1][1]) == (0, columns)
    assert all(before[1] - after[0] == phases.OVERLAP for before, after in pairwise(pieces))
    assert len(pieces) == 1 or all(stop - start > phases.OVERLAP + phases.TRUSTED for start, stop in pieces)


def test_the_picture_is_riffusions():
    """A pitch lies where HTK's mel scale has it, low ones at the bottom; left is green, right is blue."""
    from library.generators.diffusion.riffusion import picture

    at = np.arange(44100) / 44100
    sides = [np.sin(2 * np.pi * pitch * at) * level for pitch, level in ((440, 0.5), (5000, 0.25))]
    kept = picture.picture_of(np.stack(sides, 1).astype(np.float32))
    assert kept.shape == (2, 512, 101)
    assert kept.min() == 0
    for side, pitch in zip(kept, (440, 5000), strict=True):
        mel = 2595 * np.log10(1 + pitch / 700) / (2595 * np.log10(1 + 10000 / 700)) * 513 - 1
        assert abs(511 - side[:, 50].argmin() - mel) <= 1
    colours = picture.as_colours(kept)
    assert colours.shape == (1, 3, 512, 101)
    assert (picture.from_colours(colours, stereo=True) == kept).all()
    grey = picture.as_colours(kept[:1])
    assert (grey[0, 0] == grey[0, 2]).all()
    assert (picture.from_colours(grey, stereo=False) == kept[:1]).all()


def test_silence_is_white_and_stays_silent():
    from library.generators.diffusion.riffusion import picture

    kept = picture.picture_of(np.zeros((4410, 1), np.float32))
    assert (kept == 255).all()
    assert not back(kept).any()


def test_walks():
    import torch

    from library.generators.diffusion.riffusion import walk

    assert walk.goal_of("") is None
    assert walk.goal_of(" 42 ") == walk.Goal(seed=42)
    assert walk.goal_of("42 horns") == walk.Goal(prompt="42 horns")
    assert walk.goal_of(str(2**64)) == walk.Goal(prompt=str(2**64))
    assert walk.plan(501, 64, None) == walk.Plan(512, (0.0,))
    assert walk.plan(1201, 64, None).columns == 1216
    for columns in (51, 501, 1201, 12001):
        pictures = walk.plan(columns, 64, walk.Goal(seed=1))
        assert pictures.shares[0] == 0
        assert pictures.shares[-1] == 1
        assert pictures.columns <= 512
        assert pictures.starts[-1] + pictures.columns >= columns
    here, there = torch.randn(2, 4, 64, 64, generator=torch.Generator().manual_seed(1)).unbind()
    assert torch.allclose(walk.slerp(0.0, here, there), here)
    assert torch.allclose(walk.slerp(1.0, here, there), there)
    assert abs(float(walk.slerp(0.5, here, there).std()) - 1) < 0.05, "noise between noises is as loud"
    one, two = np.full((1, 512, 64), 100, np.uint8), np.full((1, 512, 64), 200, np.uint8)
    joined = walk.join([one, two])
    assert joined.shape == (1, 512, 96)
    assert (np.diff(joined[0, 0].astype(int)) >= 0).all()
