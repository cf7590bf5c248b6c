"""Takes of any number of channels, imported and played: as loud as each other where they reach ALSA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
from scipy.signal import resample_poly

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.sound.playback_gain import CEILING_DBTP, TARGET_LUFS
from library.sound.speakers import usual_layout
from tui.playing.deck import Deck
from tui.workspace import Workspace

pytestmark = pytest.mark.sound

RATE = 48_000
KINDS = {
    "mono": ("WAV", "PCM_16", 1, 32_000),
    "stereo": ("FLAC", "PCM_16", 2, 44_100),
    "three": ("FLAC", "PCM_16", 3, RATE),
    "quad": ("WAVEX", "PCM_16", 4, RATE),
    "5.1": ("WAV", "PCM_24", 6, RATE),
    "5.1 in Vorbis": ("OGG", "VORBIS", 6, RATE),
    "5.1 in Opus": ("OGG", "OPUS", 6, RATE),
    "7.1": ("FLAC", "PCM_16", 8, 96_000),
    "ten": ("WAV", "PCM_16", 10, RATE),
}


def music(channels: int, container: str, rate: int) -> np.ndarray:
    """Pulsing noise with something of its own in each channel, loud in the middle and behind, and an LFE too loud."""
    if rate > RATE:  # of what lies above, nothing is heard
        return resample_poly(music(channels, container, RATE), rate // RATE, 1)
    rng = np.random.default_rng(channels)
    frames = 3 * rate
    shared, own = rng.standard_normal((frames, 1)), rng.standard_normal((frames, channels))
    pulse = np.exp(-((np.arange(frames) / rate) % 0.5) * 3)[:, None]
    gains = {"C": 2.0, "Lb": 1.5, "Rb": 1.5, "Ls": 0.5, "LFE": 3.0}
    levels = [gains.get(speaker, 1.0) for speaker in usual_layout(channels, container)]
    sound = pulse * levels * (shared + own)
    return sound * 0.5 / np.abs(sound).max()


@pytest.fixture
def heard_at_device(fifo, player, get_ready, tmp_path: Path):
    """Imports samples as a take and plays it; what reaches ALSA, from its first sound on."""

    def hear(kind: str, samples: np.ndarray) -> np.ndarray:
        container, coding, _, rate = KINDS[kind]
        path = tmp_path / f"take.{'wav' if 'WAV' in container else container.lower()}"
        soundfile.write(path, samples, rate, format=container, subtype=coding)
        workspace = Workspace(tmp_path / "library", "somebody")
        report = run_import(workspace.catalog, ImportRequest(paths=[path]))
        track = Deck(player, workspace).track(report.takes[0])
        get_ready(track)
        player.load(track)
        sounding = fifo.read_while(lambda: not player.playhead().ended)
        heard = np.concatenate([sounding, fifo.read(RATE // 2)]).astype(np.float64)
        return heard[np.flatnonzero(np.abs(heard).max(axis=1) > 1e-3)[0] :][: 3 * RATE]

    return hear


def loudness(heard: np.ndarray) -> float:
    return pyloudnorm.Meter(RATE).integrated_loudness(heard)


def true_peak_db(heard: np.ndarray) -> float:
    return 20 * np.log10(np.abs(resample_poly(heard, 4, 1)).max())


@pytest.mark.parametrize("kind", KINDS)
def test_every_take_is_as_loud_at_the_device(heard_at_device, kind: str) -> None:
    container, _, channels, rate = KINDS[kind]
    heard = heard_at_device(kind, music(channels, container, rate))
    assert loudness(heard) == pytest.approx(TARGET_LUFS, abs=0.3)
    assert true_peak_db(heard) <= CEILING_DBTP + 0.1


@pytest.mark.parametrize("kind", ["mono", "stereo", "5.1", "7.1"])
def test_peaks_that_allow_no_more_keep_a_take_quieter(heard_at_device, kind: str) -> None:
    """Clicks in all channels at once: folded down they add up to more than full scale."""
    _, _, channels, rate = KINDS[kind]
    click = np.hanning(rate // 2000)[:, None]
    clicks = np.zeros((3 * rate, channels))
    for at in range(rate // 10, 3 * rate - rate // 10, rate // 2):
        clicks[at : at + len(click)] = 0.9 * click
    heard = heard_at_device(kind, clicks)
    assert true_peak_db(heard) == pytest.approx(CEILING_DBTP, abs=0.1)
    assert loudness(heard) < TARGET_LUFS - 1
