"""The mixer: buses that carry tails over bar lines, ducking, delay, reverb and the master, all causal.

Everything runs bar by bar with its state carried along, so that no frame depends on what comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from library.generators.sketch.bandpass_noise import bandpass
from library.generators.sketch.random_streams import RandomStreams
from library.generators.sketch.style import RATE, Style

Mono = NDArray[np.float32]
Stereo = NDArray[np.float32]

TARGET_LUFS = -17.5
CEILING = 0.80
"""Highest sample: what rises between samples stays under -1 dBTP."""
_KNEE = 0.45


@dataclass(frozen=True)
class Channel:
    """How a voice goes into the mix."""

    gain: float
    reverb: float
    delay: float = 0.0
    ducking: float = 0.0
    """How far the kick pushes it down, 0 to 1."""


CHANNELS = {
    "drums": Channel(0.62, 0.05),
    "bass": Channel(1.25, 0.0, ducking=0.45),
    "pad": Channel(0.36, 0.30, ducking=0.55),
    "arpeggio": Channel(0.62, 0.18, 0.22, ducking=0.30),
    "lead": Channel(1.0, 0.22, 0.26, ducking=0.08),
}


class Bus:
    """Sums sounds into the bar at hand; what rings on is kept for the bars that follow."""

    def __init__(self, bar_frames: int, tail_frames: int) -> None:
        self._bar = bar_frames
        self._sound = np.zeros((2, bar_frames + tail_frames), np.float32)

    def add(self, sound: Stereo, frame: int, gain: float | NDArray[np.float32]) -> None:
        """Mix in `sound` (float32 [2, n] or [n]) from `frame` of this bar on; what exceeds the tail is dropped."""
        space_left = self._sound.shape[1] - frame
        self._sound[:, frame : frame + sound.shape[-1]] += sound[..., :space_left] * np.float32(gain)

    def next_bar(self) -> Stereo:
        """The finished bar; the next one begins."""
        bar = self._sound[:, : self._bar].copy()
        self._sound[:, : -self._bar] = self._sound[:, self._bar :]
        self._sound[:, -self._bar :] = 0
        return bar


@dataclass(frozen=True)
class Hall:
    """A room of shaped noise, ready for convolution by bars."""

    size: int
    """Length of the transforms, in frames."""
    spectrum: NDArray[np.complex64]
    """Of the impulse response, [2, size // 2 + 1]."""

    @classmethod
    def build(cls, style: Style, streams: RandomStreams) -> Hall:
        """A hall as large as the style's space."""
        frames = int((1.1 + 1.6 * style.space) * RATE)
        size = fft.next_fast_len(style.bar_frames + frames, real=True)
        return cls(size, fft.rfft(_impulse_response(frames, streams), size))


class Reverb:
    """Overlap-add convolution with a hall, a bar at a time."""

    def __init__(self, bar_frames: int, hall: Hall) -> None:
        self._hall = hall
        self._tail = Bus(bar_frames, hall.size - bar_frames)

    def __call__(self, send: Mono) -> Stereo:
        """The hall's answer to a bar of mono `send`, float32 [2, bar]."""
        spectrum = fft.rfft(send, self._hall.size)
        self._tail.add(fft.irfft(spectrum * self._hall.spectrum, self._hall.size), 0, 1.0)
        return self._tail.next_bar()


def _impulse_response(frames: int, streams: RandomStreams) -> Stereo:
    """Stereo impulse response: a few early reflections, then noise whose highs die first (Moorer 1979)."""
    time = np.arange(frames, dtype=np.float32) / RATE
    seconds = frames / RATE
    build = 1 - np.exp(time / -0.02)
    darkens, dies = build * np.exp(time * (-6.0 / seconds)), 0.6 * build * np.exp(time * (-11.0 / seconds))
    predelay = int(0.016 * RATE)
    response = np.zeros((2, frames + predelay), np.float32)
    for side in (0, 1):
        noise = streams.stream("hall", side).noise(frames)
        tail = response[side, predelay:]
        tail += bandpass(noise, 220, 2200) * darkens
        tail += bandpass(noise, 1800, 7500) * dies
        early = streams.stream("early", side)
        for number in range(5):
            place = int((0.011 + 0.013 * number + early.uniform(0, 0.008)) * RATE)
            tail[place] += 1.2 * 0.75**number * (-1) ** number
    response[:, -2000:] *= np.linspace(1, 0, 2000, dtype=np.float32)
    response *= 1 / np.sqrt(np.sum(np.square(response), axis=1, keepdims=True))
    return response


class Delay:
    """A ping-pong of dotted eighths that darkens as it goes."""

    def __init__(self, style: Style) -> None:
        self._time = style.beat_frames * 3 // 4
        self._feedback = 0.35 + 0.2 * style.space
        self._taps = 5
        self._bus = Bus(style.bar_frames, self._time * self._taps + 1)
        self._dark = signal.butter(1, (300, 3600), "bandpass", fs=RATE, output="sos")
        self._dark_state = np.zeros((len(self._dark), 2))

    def __call__(self, send: Mono) -> Stereo:
        """The echoes that sound during a bar of mono `send`, float32 [2, bar]."""
        filtered, self._dark_state = signal.sosfilt(self._dark, send.astype(np.float64), zi=self._dark_state)
        mono = filtered.astype(np.float32)
        for tap in range(1, self._taps + 1):
            gain = self._feedback ** (tap - 1)
            sides = np.array([[0.9], [0.35]] if tap % 2 else [[0.35], [0.9]], np.float32)
            self._bus.add(mono * (sides * np.float32(gain)), tap * self._time, 1.0)
        return self._bus.next_bar()


class Mixer:
    """Takes a bar of each voice, gives a bar of the mix."""

    def __init__(self, style: Style, hall: Hall) -> None:
        self._style = style
        self._bar = style.bar_frames
        # A note lasts a bar and a second at most, a cymbal two seconds.
        tail = max(self._bar + RATE, 2 * RATE)
        self._buses = {voice: Bus(self._bar, tail) for voice in style.voices}
        self._reverb = Reverb(self._bar, hall)
        self._delay = Delay(style)
        self._last_kick = -RATE  # frames before this bar

    def add(self, voice: str, sound: Stereo, frame: int, gain: float) -> None:
        """Put a sound on a voice's bus, from `frame` of this bar on."""
        self._buses[voice].add(sound, frame, gain)

    def next_bar(self, kicks: list[int]) -> Stereo:
        """The mix of this bar before the master, ducked under the `kicks` (frames); float32 [2, bar]."""
        ducking = self._duck_envelope(kicks)
        wet = 0.55 + 0.9 * self._style.space
        mix = np.zeros((2, self._bar), np.float32)
        reverb_send = np.zeros(self._bar, np.float32)
        delay_send = np.zeros(self._bar, np.float32)
        for voice, channel in CHANNELS.items():
            if voice not in self._style.voices:
                continue
            gain = channel.gain * (1.2 if voice in self._style.wanted else 1.0)
            sound = self._buses[voice].next_bar()
            sound *= np.float32(gain)
            if channel.ducking and "drums" in self._style.voices:
                sound *= 1 - np.float32(channel.ducking) * ducking
            mix += sound
            if channel.reverb or channel.delay:
                mono = sound[0] + sound[1]
                reverb_send += np.float32(channel.reverb * wet) * mono
                if channel.delay:
                    delay_send += np.float32(0.5 * channel.delay * wet) * mono
        echoes = self._delay(delay_send)
        mix += echoes
        reverb_send += np.float32(0.2) * (echoes[0] + echoes[1])
        mix += self._reverb(reverb_send)
        return mix

    def _duck_envelope(self, kicks: list[int]) -> NDArray[np.float32]:
        """1 right after a kick, back to 0 over about a quarter of a second; in before it hurts, within 4 ms."""
        recovery = min(0.35 * self._style.beat_frames, 0.14 * RATE)
        ducking = np.zeros(self._bar, np.float32)
        starts = sorted(set(kicks))
        for begin, end in zip([0, *starts], [*starts, self._bar], strict=True):
            since = np.arange(begin, end) - (begin if begin in starts else self._last_kick)
            ducking[begin:end] = np.exp(since / -recovery) * np.minimum(since / (0.004 * RATE), 1)
        self._last_kick = (starts[-1] if starts else self._last_kick) - self._bar
        return ducking


def loudness_gain(bar: Stereo) -> float:
    """The gain that brings a bar to TARGET_LUFS: K-weighted mean square, ungated (ITU-R BS.1770-5, annex 1)."""
    weighted = signal.sosfilt(K_WEIGHTING, bar.astype(np.float64))
    power = float(np.sum(np.mean(np.square(weighted), axis=1)))
    loudness = -0.691 + 10 * np.log10(max(power, 1e-9)).item()
    return float(10 ** ((TARGET_LUFS - loudness) / 20))


def master(mix: Stereo, gain: float) -> Stereo:
    """Gain, then a soft clip: untouched up to the knee, bent towards the ceiling over it."""
    loud = mix * np.float32(gain)
    over = np.abs(loud)
    over -= np.float32(_KNEE)
    np.maximum(over, 0, out=over)
    span = np.float32(CEILING - _KNEE)
    bent = over - span * np.tanh(over / span)
    return loud - np.copysign(bent, loud)


# K-weighting of BS.1770: shelf and high-pass, for 44.1 kHz by the bilinear transform of their analogue forms.
K_WEIGHTING = np.array(
    [
        [1.5308412300503478, -2.6509799951547297, 1.169079079921587, 1.0, -1.6636551132560204, 0.7125954280732254],
        [1.0, -2.0, 1.0, 1.0, -1.9891696736297957, 0.9891990357870394],
    ]
)
