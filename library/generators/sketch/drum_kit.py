"""The drum kit: every stroke synthesised once, float32 [2, frames], peaks near 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from library.generators.sketch.bandpass_noise import bandpass
from library.generators.sketch.random_streams import RandomStreams
from library.generators.sketch.style import RATE

Stereo = NDArray[np.float32]


def make_drum_kit(streams: RandomStreams, brightness: float, energy: float) -> dict[str, Stereo]:
    """The strokes by name; the seed tunes them, a quiet style gets a softer snare."""
    tune = streams.stream("kit tuning")
    return {
        "kick": _kick(tune.uniform(44, 54), tune.uniform(0.16, 0.30)),
        "snare": _snare(streams, tune.uniform(175, 215), gate=tune.uniform(0.12, 0.26) * (0.5 + energy)),
        "clap": _clap(streams),
        "hat": _hat(streams, "hat", 0.035 + 0.02 * brightness),
        "open hat": _hat(streams, "open hat", 0.16),
        "crash": _crash(streams),
        "tom high": _tom(streams, tune.uniform(150, 170), -0.45),
        "tom mid": _tom(streams, tune.uniform(112, 128), 0.0),
        "tom low": _tom(streams, tune.uniform(80, 94), 0.45),
    }


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def _finish(mono: NDArray[np.floating], peak: float, pan: float = 0.0) -> Stereo:
    """At that peak, panned by equal power, faded out over the last 5 ms."""
    mono = mono * (peak / np.max(np.abs(mono)))
    mono[-220:] *= np.linspace(1, 0, 220)
    return np.stack([mono * np.sqrt(1 - pan), mono * np.sqrt(1 + pan)]).astype(np.float32)


def _spread(left: NDArray[np.floating], right: NDArray[np.floating], peak: float) -> Stereo:
    both = np.stack([left, right])
    both *= peak / np.max(np.abs(both))
    both[:, -220:] *= np.linspace(1, 0, 220)
    return both.astype(np.float32)


def _kick(low: float, decay: float) -> Stereo:
    time = _time(0.5)
    frequency = low + 150 * np.exp(-time / 0.022) + 700 * np.exp(-time / 0.003)
    body = np.sin(2 * np.pi * np.cumsum(frequency) / RATE) * np.exp(-time / decay)
    return _finish(np.tanh(1.6 * body), 0.95)


def _snare(streams: RandomStreams, tone: float, gate: float) -> Stereo:
    """A drum and its gated room: dense, bright, and cut off all at once."""
    length = 0.09 + gate
    time = _time(length + 0.03)
    body = np.sin(2 * np.pi * np.cumsum(tone * (1 + 0.5 * np.exp(-time / 0.012))) / RATE) * np.exp(-time / 0.07)
    sides = []
    for side in ("left", "right"):
        noise = streams.stream(f"snare {side}").noise(len(time))
        crack = bandpass(noise, 1200) * np.exp(-time / 0.045)
        room = bandpass(noise, 350, 7500) * np.exp(-time / 0.35) * (1 - np.exp(-time / 0.012))
        room *= np.clip((length - time) / 0.02, 0, 1)  # the gate
        sides.append(0.8 * body + 0.75 * crack + 0.55 * room)
    return _spread(sides[0], sides[1], 0.85)


def _clap(streams: RandomStreams) -> Stereo:
    time = _time(0.25)
    bursts = sum(np.exp(-np.abs(time - at) / 0.004) * (time >= at) for at in (0.0, 0.011, 0.022))
    envelope = bursts + 0.7 * np.exp(-np.maximum(time - 0.03, 0) / 0.06) * (time >= 0.03)
    left, right = (bandpass(streams.stream(f"clap {side}").noise(len(time)), 900, 5000) * envelope for side in "lr")
    return _spread(left, right, 0.7)


def _hat(streams: RandomStreams, name: str, decay: float) -> Stereo:
    time = _time(min(decay * 6, 0.6) + 0.01)
    noise = bandpass(streams.stream(name).noise(len(time)), 7500)
    metal = sum(np.sign(np.sin(2 * np.pi * f * time)) for f in (3113.0, 4271.0, 5441.0, 6089.0))
    mixed = (noise + 0.12 * bandpass(np.asarray(metal), 7500)) * np.exp(-time / decay)
    return _finish(mixed, 0.32, 0.25)


def _crash(streams: RandomStreams) -> Stereo:
    time = _time(1.8)
    envelope = np.exp(-time / 0.5) * (1 - np.exp(-time / 0.002))
    left, right = (bandpass(streams.stream(f"crash {side}").noise(len(time)), 3500, 15000) * envelope for side in "lr")
    return _spread(left, right, 0.35)


def _tom(streams: RandomStreams, low: float, pan: float) -> Stereo:
    time = _time(0.42)
    frequency = low * (1 + 0.6 * np.exp(-time / 0.03))
    body = np.sin(2 * np.pi * np.cumsum(frequency) / RATE) * np.exp(-time / 0.14)
    skin = bandpass(streams.stream(f"tom {pan}").noise(len(time)), 500, 4000) * np.exp(-time / 0.02)
    return _finish(body + 0.3 * skin, 0.8, pan)
