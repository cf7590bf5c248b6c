"""Mixing: from decoded takes and commands to the next block of samples. Pure code, no device, no thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.playing.player.played_places import PlayedPlaces

RATE = 48_000
"""Frames a second."""
CHANNELS = 2
FADE = 384
"""Frames of a fade (8 ms).

Fades are linear and complementary, so that two places of the same material sum to the level of one: an equal-power
fade would add up to 3 dB there, and could clip. Between unlike takes the sum dips by 3 dB for a few milliseconds,
which is too short to hear, and it can never exceed the louder one.
"""
CUSHION = RATE // 10
"""Frames that must be decoded before a take begins to sound (unless it is shorter)."""

Samples = NDArray[np.float32]


class SoundSource(Protocol):
    """A take's samples, some of them perhaps still to be decoded."""

    @property
    def total(self) -> int:
        """Frames in all; an estimate until `certain`."""

    @property
    def certain(self) -> bool:
        """Whether `total` is final."""

    def available(self, start: int) -> int:
        """How many frames from `start` on can be read now."""

    def read(self, start: int, count: int) -> Samples:
        """(count, 2) float32; `count` is at most `available(start)`. Not to be written to."""


@dataclass(frozen=True)
class MixerState:
    """Where the mixer stands after a block."""

    position: int
    """The frame that comes next."""
    since: int
    """The frame from which it has played without a jump or a rest."""
    playing: bool
    ended: bool
    waiting: bool
    """Playing, but what comes next is not decoded yet."""
    heard: int
    total: int


@dataclass
class _Voice:
    """One sound on its way, with its fade: `level` counts 0…FADE and changes by `step` a frame."""

    sound: SoundSource
    position: int
    gain: float
    level: int
    step: int

    def render(self, out: Samples, *, fresh: bool) -> None:
        """Add the next len(out) frames to `out`, or put them there if it is `fresh` (all zero)."""
        count = min(len(out), self.sound.available(self.position))
        block = self.sound.read(self.position, count)
        if self.step:
            envelope = np.clip(self.level + self.step * np.arange(count), 0, FADE).astype(np.float32)
            envelope *= np.float32(self.gain / FADE)
            block = block * envelope[:, None]
        elif self.gain != 1.0:
            block = block * np.float32(self.gain)
        if fresh:
            out[:count] = block
        else:
            out[:count] += block
        self.position += count
        self.level = min(max(self.level + self.step * len(out), 0), FADE)
        if self.step > 0 and self.level == FADE:
            self.step = 0


class Mixer:
    """One take at a time, plus what is still fading out. All places and lengths are in frames.

    At unity gain and volume the samples of the take come out unchanged, except within FADE of a jump.
    """

    def __init__(self) -> None:
        self._sound: SoundSource | None = None
        self._voice: _Voice | None = None
        self._fading: list[_Voice] = []
        self._position = 0
        self._since = 0
        self._playing = False
        self._gain = 1.0
        self._loop: tuple[int, int] | None = None
        self._played = PlayedPlaces()
        self._volume = 1.0
        self._volume_wanted = 1.0

    def load(self, sound: SoundSource, *, at: int = 0, play: bool = True, gain: float = 1.0, heard: int = 0) -> None:
        """Change to `sound`. `heard` frames before `at` count as heard already. Ends any loop."""
        self._release()
        self._sound, self._gain, self._loop, self._playing = sound, gain, None, play
        self._played = PlayedPlaces()
        first = max(0, at - heard)
        self._played.add(first, first + heard)
        self._land(at)

    def play(self) -> None:
        """Go on; from the start (of the loop, if there is one) if it had ended."""
        if self._sound is None or self._playing:
            return
        if self._over:
            self._land(self._loop[0] if self._loop else 0)
        self._playing, self._since = True, self._position

    def pause(self) -> None:
        """Hold. What fades out is played again on going on, so that nothing is lost."""
        self._release()
        self._playing = False

    def seek(self, place: int) -> None:
        """Jump to a frame, clamped to the sound."""
        if self._sound is not None:
            self._release()
            self._land(place)

    def loop(self, span: tuple[int, int] | None) -> None:
        """Repeat from span[0] up to, not including, span[1]; the period is exactly their difference."""
        self._loop = span
        if self._voice and self._voice.step < 0:  # it was fading for a loop's end
            self._voice.step = 1
        if span and self._sound and self._position >= span[1]:
            self.seek(span[0])

    def set_volume(self, factor: float) -> None:
        """The listener's volume as an amplitude factor, reached within FADE."""
        self._volume_wanted = factor

    def state(self) -> MixerState:
        over = self._over
        return MixerState(
            position=self._position,
            since=self._since,
            playing=self._playing and not over,
            ended=over and not self._playing,
            waiting=self._playing and self._voice is None,
            heard=int(self._played.total),
            total=self._sound.total if self._sound else 0,
        )

    def mix(self, out: Samples) -> None:
        """Fill `out`, (frames, 2) float32."""
        out.fill(0.0)
        fresh = not self._fading
        for voice in self._fading:
            voice.render(out, fresh=False)
        self._fading = [voice for voice in self._fading if voice.level]
        if self._playing:
            self._mix_current(out, fresh=fresh)
        self._apply_volume(out)

    def _mix_current(self, out: Samples, *, fresh: bool) -> None:
        done = 0
        while done < len(out) and self._playing:
            if self._voice is None and not self._begin(fresh=fresh):
                return
            voice = self._voice
            if voice is None:
                return
            count = min(len(out) - done, self._until_event())
            if count > 0:
                voice.render(out[done : done + count], fresh=fresh)
                self._played.add(self._position, self._position + count)
                self._position += count
                done += count
            if self._at_event(out[done:]):
                fresh = False

    def _until_event(self) -> int:
        """Frames to the loop's end, the end of the sound, or where decoding has not arrived with a fade to spare."""
        assert self._sound is not None  # noqa: S101 - there is a voice, so there is a sound
        reach = self._sound.available(self._position)
        if not (self._sound.certain and self._position + reach >= self._sound.total):
            reach = max(0, reach - FADE)
        places = (self._loop_end, self._early_fade)
        return min([reach, *(place - self._position for place in places if place and place > self._position)])

    @property
    def _loop_end(self) -> int | None:
        if self._loop is None or self._sound is None:
            return None
        return min(self._loop[1], self._sound.total)

    @property
    def _early_fade(self) -> int | None:
        """Where a loop up to the sound's end must begin to fade, as nothing lies beyond to fade with."""
        if self._loop is None or self._sound is None or self._sound.total - FADE >= self._loop[1]:
            return None
        return self._sound.total - FADE

    def _at_event(self, rest: Samples) -> bool:
        """Do what falls due at this frame. True if something was added to `rest`, so that it is no longer fresh."""
        assert self._sound is not None  # noqa: S101
        voice = self._voice
        if voice is None:
            return False
        if self._loop and self._position == self._loop_end:
            self._jump_back(rest, self._loop[0])
            return True
        if self._position == self._early_fade:
            voice.step = -1
            return False
        if self._sound.certain and self._position >= self._sound.total:
            self._voice, self._playing = None, False
            return False
        if not self._until_event():
            self._release_into(rest)
            return True
        return False

    def _begin(self, *, fresh: bool) -> bool:
        """Start sounding at the position, if enough is decoded. From silence, a take's own beginning needs no fade."""
        assert self._sound is not None  # noqa: S101
        sound = self._sound
        if sound.certain and self._position >= sound.total:
            self._playing = False
            return False
        ahead = sound.available(self._position)
        if ahead < CUSHION + FADE and not (sound.certain and self._position + ahead >= sound.total):
            return False
        whole = fresh and self._position == 0
        self._voice = _Voice(sound, self._position, self._gain, level=FADE if whole else 0, step=0 if whole else 1)
        return True

    def _jump_back(self, rest: Samples, place: int) -> None:
        self._release_into(rest)
        assert self._sound is not None  # noqa: S101
        self._position = self._since = place
        self._voice = _Voice(self._sound, place, self._gain, level=0, step=1)

    def _release(self) -> None:
        """Let what sounds fade out from the next block on."""
        if self._voice:
            self._voice.step = -1
            if self._voice.level:
                self._fading.append(self._voice)
            self._voice = None

    def _release_into(self, rest: Samples) -> None:
        """Let what sounds fade out within `rest`, and beyond if it is shorter than the fade."""
        voice, self._voice = self._voice, None
        if voice is None:
            return
        voice.step = -1
        voice.render(rest, fresh=False)
        if voice.level:
            self._fading.append(voice)

    def _land(self, place: int) -> None:
        assert self._sound is not None  # noqa: S101
        self._position = self._since = min(max(0, place), self._sound.total)
        if self._over:
            self._playing = False

    @property
    def _over(self) -> bool:
        return self._sound is not None and self._sound.certain and self._position >= self._sound.total

    def _apply_volume(self, out: Samples) -> None:
        if self._volume != self._volume_wanted:
            share = np.minimum(np.arange(len(out)) / FADE, 1.0)
            ramp = self._volume + (self._volume_wanted - self._volume) * share
            out *= ramp[:, None].astype(np.float32)
            reached = len(out) >= FADE
            self._volume = self._volume_wanted if reached else float(ramp[-1])
        elif self._volume != 1.0:
            out *= np.float32(self._volume)
