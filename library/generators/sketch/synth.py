"""Oscillators, envelopes and the instruments built of them: notes as float32 [2, frames], made once and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from library.generators.sketch.random_streams import RandomStream, RandomStreams
from library.generators.sketch.style import RATE

Mono = NDArray[np.float32]
Stereo = NDArray[np.float32]

TABLE = 8192
"""Frames in a wavetable: read without interpolation, its error is 75 dB below a sine."""
LEVELS = 20
"""Wavetables a spectrum, one each half octave of filter cut-off from the fundamental up."""
CONTROL = 64
"""Frames between two values of an envelope that steers the filter."""


@lru_cache(maxsize=32)
def wavetables(shape: str, resonance: float) -> NDArray[np.float32]:
    """Band-limited waves of a shape behind a four-pole low-pass, float32 [LEVELS, TABLE].

    Level k is cut off at 2^(k/2) times the fundamental, with a bump of `resonance` (0 for none) there.
    """
    harmonic = np.arange(1, TABLE // 4)
    spectrum = _SHAPES[shape](harmonic.astype(np.float64))
    tables = np.empty((LEVELS, TABLE), np.float32)
    for level in range(LEVELS):
        relative = harmonic / 2.0 ** (level / 2)
        lowpass = 1 / (1 + relative**4) * (1 + resonance * np.exp(-8 * np.log2(relative) ** 2))
        bins = np.zeros(TABLE // 2 + 1, np.complex128)
        bins[1 : len(harmonic) + 1] = -0.5j * TABLE * spectrum * lowpass * (relative <= 3)
        tables[level] = np.fft.irfft(bins)
    return tables


_SHAPES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "saw": lambda n: 0.6 / n,
    "square": lambda n: 0.9 * (n % 2) / n,
    "pulse": lambda n: 1.1 * np.sin(np.pi * n * 0.22) / n,
    "choir": lambda n: 0.9 / n * (0.25 + np.exp(-(((n - 2) / 1.6) ** 2)) + 0.5 * np.exp(-(((n - 7) / 2.0) ** 2))),
    "organ": lambda n: np.isin(n, (1, 2, 3, 4, 6, 8)) * 0.55 / np.sqrt(n),
    "sine": lambda n: 1.0 * (n == 1),
    "flute": lambda n: 0.9 * (n == 1) + 0.3 * (n == 2) + 0.1 * (n == 3) + 0.03 * (n == 4),
}


@lru_cache(maxsize=64)
def _ramp(frames: int) -> NDArray[np.float64]:
    return np.arange(frames, dtype=np.float64)


def oscillate(tables: NDArray[np.float32], frequency: float, frames: int, phase: float, level: float | Mono) -> Mono:
    """`frames` of a wave at `frequency` (Hz) from `phase` (turns), the filter at `level` (see `wavetables`)."""
    index = ((_ramp(frames) * (frequency / RATE * TABLE) + phase * TABLE).astype(np.int32)) & (TABLE - 1)
    return _read(tables, index, level)


def glide(tables: NDArray[np.float32], frequency: Mono, phase: float, level: float | Mono) -> Mono:
    """As `oscillate`, at a frequency of its own for each frame."""
    turns = np.cumsum(frequency, dtype=np.float64) * (TABLE / RATE) + phase * TABLE
    return _read(tables, turns.astype(np.int64).astype(np.int32) & (TABLE - 1), level)


def _read(tables: NDArray[np.float32], index: NDArray[np.int32], level: float | Mono) -> Mono:
    if isinstance(level, float):
        whole = int(level)
        table = tables[whole] + np.float32(level - whole) * (tables[whole + 1] - tables[whole])
        return table.take(index)
    floor = level.astype(np.int32)
    flat = tables.ravel()
    position = floor * np.int32(TABLE) + index
    lower: Mono = flat.take(position)
    position += TABLE
    upper: Mono = flat.take(position)
    upper -= lower
    upper *= level - floor
    upper += lower
    return upper


@dataclass(frozen=True)
class SubtractivePatch:
    """A subtractive instrument. Times in seconds."""

    shape: str
    attack: float
    decay: float
    sustain: float
    release: float
    cutoff: float
    """Filter at rest, in octaves over the fundamental."""
    sweep: float = 0.0
    """Octaves that the filter's envelope adds at the onset."""
    sweep_time: float = 0.2
    resonance: float = 0.0
    unison: int = 1
    """Oscillators, spread over detuning and width."""
    detune: float = 0.0
    """Cents between the outermost ones and the middle."""
    width: float = 0.0
    sub: float = 0.0
    """Level of a sine at the fundamental, which the filter leaves alone."""
    vibrato: float = 0.0
    """Cents."""
    breath: float = 0.0


@dataclass(frozen=True)
class ModalPatch:
    """An instrument of partials that die away, as a string or a bar does. Times in seconds."""

    partials: tuple[tuple[float, float, float], ...]
    """(frequency ratio, amplitude, time to fall by 60 dB at middle C)."""
    release: float
    stiffness: float = 0.0
    """How far the partials are stretched, as in a piano string: f_n = n f sqrt(1 + B n^2)."""
    attack: float = 0.002
    width: float = 0.25
    knock: float = 0.0


_TINE = ((1, 1, 3.5), (2, 0.22, 2.0), (3, 0.10, 1.2), (4, 0.05, 0.9), (14, 0.05, 0.25))
_GUITAR_STRING = tuple(
    (n, 0.9 / n**1.1 * abs(np.sin(n * np.pi * 0.18).item()) * 1.8, 1.6 / n**0.8) for n in range(1, 13)
)
_PIANO_STRING = tuple((n, 1 / n**1.25 * (0.35 if n == 7 else 1), 4.5 / n**0.75) for n in range(1, 13))
_SOFT_PIANO_STRING = tuple((n, 1 / n**1.3, 4.0 / n**0.75) for n in range(1, 11))

PATCHES: dict[str, dict[str, SubtractivePatch | ModalPatch]] = {
    "pad": {
        "warm": SubtractivePatch("saw", 0.25, 1.0, 0.85, 0.6, 2.6, 0.6, 1.2, 0.2, 4, 9, 0.9),
        "strings": SubtractivePatch("saw", 0.16, 0.6, 0.9, 0.4, 3.6, 0.3, 0.6, 0.0, 4, 12, 1.0),
        "choir": SubtractivePatch("choir", 0.22, 0.8, 0.9, 0.5, 4.0, 0.0, 0.2, 0.0, 4, 8, 0.9),
        "organ": SubtractivePatch("organ", 0.02, 0.2, 0.95, 0.12, 4.0, 0.0, 0.2, 0.0, 2, 4, 0.6),
        "epiano": ModalPatch(_TINE, 0.2, 0.0, 0.003, 0.3),
    },
    "arpeggio": {
        "pluck": SubtractivePatch("saw", 0.003, 0.22, 0.12, 0.12, 1.4, 2.6, 0.10, 0.5, 2, 7, 0.5),
        "square": SubtractivePatch("pulse", 0.002, 0.15, 0.3, 0.06, 3.2, 1.0, 0.08),
        "bell": ModalPatch(((1, 1, 1.6), (2.76, 0.35, 0.9), (5.4, 0.18, 0.5), (8.9, 0.07, 0.25)), 0.5, 0.0, 0.002, 0.4),
        "guitar": ModalPatch(_GUITAR_STRING, 0.1, 0.00006, 0.001, 0.3, 0.04),
        "harp": ModalPatch(tuple((n, 1 / n**1.7, 1.8 / n**0.7) for n in range(1, 8)), 0.35, 0.00004, 0.003, 0.5, 0.02),
        "piano": ModalPatch(_PIANO_STRING, 0.16, 0.00035, 0.002, 0.35, 0.05),
    },
    "lead": {
        "saw": SubtractivePatch("saw", 0.012, 0.3, 0.75, 0.14, 2.4, 1.4, 0.25, 0.3, 3, 9, 0.35, 0.0, 9),
        "square": SubtractivePatch("pulse", 0.01, 0.3, 0.8, 0.12, 3.0, 0.8, 0.2, 0.1, 2, 5, 0.3, 0.0, 11),
        "flute": SubtractivePatch("flute", 0.05, 0.3, 0.9, 0.1, 4.0, 0.0, 0.2, 0.0, 1, 0, 0.0, 0.0, 10, 0.02),
        "brass": SubtractivePatch("saw", 0.05, 0.35, 0.8, 0.12, 1.8, 1.6, 0.18, 0.1, 3, 6, 0.4, 0.0, 6),
        "strings": SubtractivePatch("saw", 0.09, 0.3, 0.9, 0.2, 2.8, 0.4, 0.3, 0.0, 3, 8, 0.6, 0.0, 12),
        "bell": ModalPatch(((1, 1, 2.6), (2, 0.3, 1.6), (3.01, 0.2, 0.9), (5.43, 0.10, 0.5)), 0.8, 0.0, 0.002, 0.3),
        "piano": ModalPatch(_SOFT_PIANO_STRING, 0.2, 0.00035, 0.002, 0.3, 0.05),
    },
    "bass": {
        "saw": SubtractivePatch("saw", 0.004, 0.25, 0.55, 0.05, 1.6, 2.2, 0.12, 0.4, 2, 5, 0.15, 0.5),
        "square": SubtractivePatch("square", 0.004, 0.3, 0.6, 0.05, 1.8, 1.4, 0.12, 0.2, 1, 0, 0.0, 0.35),
        "round": SubtractivePatch("saw", 0.006, 0.4, 0.7, 0.07, 1.0, 1.0, 0.15, 0.1, 1, 0, 0.0, 0.8),
    },
}


class Instrument:
    """One voice's sound: renders each note once and keeps it."""

    def __init__(self, patch: SubtractivePatch | ModalPatch, brightness: float, streams: RandomStreams) -> None:
        """`brightness` 0 to 1 moves the filter by an octave either way."""
        self._patch = patch
        self._brightness_octaves = 2 * brightness - 1
        self._streams = streams
        self._cache: dict[tuple[int, int, int, float], Stereo] = {}

    def note(self, pitch: int, frames: int, open_: int, pan: float = 0.0) -> Stereo:
        """A note held for `frames`, with its release after them: float32 [2, frames + release], about -20 dBFS."""
        key = (pitch, frames, open_, pan)
        sound = self._cache.get(key)
        if sound is None and pan:
            sides = np.array([[min(1 - pan, 1)], [min(1 + pan, 1)]], np.float32)
            sound = self._cache[key] = self.note(pitch, frames, open_) * sides
        elif sound is None:
            rng = self._streams.stream("phases", pitch)
            filter_octaves = self._brightness_octaves + 0.35 * (open_ - 2)
            if isinstance(self._patch, SubtractivePatch):
                sound = _render_subtractive(self._patch, pitch, frames, filter_octaves, rng)
            else:
                sound = _render_modal(self._patch, pitch, frames, filter_octaves, rng)
            self._cache[key] = sound
        return sound


def _render_subtractive(
    patch: SubtractivePatch, pitch: int, held: int, filter_octaves: float, rng: RandomStream
) -> Stereo:
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    frames = held + int(patch.release * RATE)
    tables = wavetables(patch.shape, patch.resonance)
    # Keep the brightness of low notes, and nothing folding over at the top: the tables end at 3 x the cut-off.
    rest = patch.cutoff + filter_octaves + 0.4 * (60 - pitch) / 12
    highest = min(LEVELS - 1.01, 2 * np.log2(6500 / frequency).item())
    level: float | Mono = float(min(max(2 * rest, 0.0), highest))
    if patch.sweep:
        points = np.arange(0, frames + CONTROL, CONTROL)
        swept = 2 * (rest + patch.sweep * np.exp(-points / (patch.sweep_time * RATE)))
        level = np.interp(_ramp(frames), points, np.clip(swept, 0.0, highest)).astype(np.float32)
    envelope = _adsr(patch, held, frames)
    sound = np.zeros((2, frames), np.float32)
    vibrato = _vibrato(patch.vibrato, frames)
    for voice in range(patch.unison):
        spread = 2 * voice / (patch.unison - 1) - 1 if patch.unison > 1 else 0.0
        tuned = frequency * 2 ** (spread * patch.detune / 1200)
        phase = rng.uniform()
        if vibrato is None:
            wave = oscillate(tables, tuned, frames, phase, level)
        else:
            wave = glide(tables, np.float32(tuned) * vibrato, phase, level)
        # Neighbours in pitch sit on opposite sides, so that the image stays in the middle.
        side = patch.width * (spread if voice % 2 == 0 else -spread)
        sound[0] += wave * np.float32(np.sqrt(0.5 * (1 - side)).item())
        sound[1] += wave * np.float32(np.sqrt(0.5 * (1 + side)).item())
    sound *= np.float32(1 / np.sqrt(patch.unison).item())
    if patch.sub:
        sound += np.float32(patch.sub * 0.7) * oscillate(wavetables("sine", 0.0), frequency, frames, 0.0, 4.0)
    if patch.breath:
        sound += np.float32(patch.breath) * rng.noise(frames)
    sound *= envelope
    return _normalise(sound, held)


def _render_modal(patch: ModalPatch, pitch: int, held: int, filter_octaves: float, rng: RandomStream) -> Stereo:
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    frames = held + int(patch.release * RATE)
    sine = wavetables("sine", 0.0)
    sound = np.zeros((2, frames), np.float32)
    shorter = 2 ** ((60 - pitch) / 18)
    time = _ramp(frames).astype(np.float32)
    for position, (ratio, amplitude, decay) in enumerate(patch.partials):
        partial = frequency * ratio * np.sqrt(1 + patch.stiffness * ratio**2).item()
        if partial > 16_000:
            break
        fade = decay * shorter * RATE
        audible_frames = min(frames, int(1.3 * fade))  # to -78 dB
        fall = np.exp(time[:audible_frames] * np.float32(-6.9 / fade))
        fall *= oscillate(sine, partial, audible_frames, rng.uniform(), 4.0)
        gain = amplitude * ratio ** (0.4 * filter_octaves)
        side = patch.width * (-1 if position % 2 else 1) * (0.3 if position == 0 else 1)
        sound[0, :audible_frames] += fall * np.float32(gain * np.sqrt(0.5 * (1 - side)).item())
        sound[1, :audible_frames] += fall * np.float32(gain * np.sqrt(0.5 * (1 + side)).item())
    if patch.knock:
        knock = rng.noise(min(frames, 900))
        sound[:, : len(knock)] += np.float32(patch.knock) * knock * np.exp(-_ramp(len(knock)) / 220).astype(np.float32)
    attack = max(int(patch.attack * RATE), 1)
    sound[:, :attack] *= (_ramp(attack) / attack).astype(np.float32)
    sound[:, held:] *= np.exp(_ramp(frames - held) * (-5.0 / (frames - held))).astype(np.float32)
    sound[:, -64:] *= np.linspace(1, 0, 64, dtype=np.float32)
    return _normalise(sound, held)


@lru_cache(maxsize=256)
def _adsr(patch: SubtractivePatch, held: int, frames: int) -> Mono:
    """Attack as a raised cosine, decay and release exponential, silent at the end."""
    envelope = np.full(frames, patch.sustain, np.float64)
    attack = max(min(int(patch.attack * RATE), held), 1)
    envelope[attack:] += (1 - patch.sustain) * np.exp(_ramp(frames - attack) / (-patch.decay * RATE))
    envelope[:attack] = 0.5 - 0.5 * np.cos(np.pi * _ramp(attack) / attack)
    tail = frames - held
    envelope[held:] *= np.exp(_ramp(tail) * (-5.0 / tail)) * (1 - _ramp(tail) / tail)
    return envelope.astype(np.float32)


@lru_cache(maxsize=64)
def _vibrato(cents: float, frames: int) -> Mono | None:
    """Frequency ratio of a vibrato that sets in after a third of a second."""
    if not cents:
        return None
    time = _ramp(frames) / RATE
    depth = np.clip((time - 0.3) / 0.4, 0, 1) * (cents / 1200 * np.log(2))
    return (1 + depth * np.sin(2 * np.pi * 5.3 * time)).astype(np.float32)


def _normalise(sound: Stereo, held: int) -> Stereo:
    """The same loudness for every note: the loudest 50 ms at 0.1 RMS, softer where it is high, as ears want it."""
    block = min(RATE // 20, held)
    blocks = min(held // block, 20)
    power = np.square(sound[0, : blocks * block]) + np.square(sound[1, : blocks * block])
    loudest = 0.5 * power.reshape(blocks, block).mean(axis=1).max().item()
    sound *= np.float32(0.1 / max(loudest**0.5, 1e-6))
    return sound
