"""Chords: modes, progressions, and voicings that move as little as they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from library.generators.sketch.random_streams import RandomStream

SCALES: dict[str, tuple[int, ...]] = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
}
# Degrees from 0, a chord a bar. The first of each pair of lists suits a verse, the second an answer to it.
_VERSES: dict[str, tuple[tuple[int, ...], ...]] = {
    "ionian": ((0, 4, 5, 3), (0, 5, 3, 4), (0, 2, 3, 4), (0, 5, 1, 4), (3, 0, 4, 5)),
    "dorian": ((0, 3, 0, 6), (0, 3, 6, 0), (0, 2, 3, 3), (0, 6, 3, 0)),
    "phrygian": ((0, 1, 0, 6), (0, 5, 1, 0), (0, 1, 2, 1), (0, 6, 1, 0)),
    "lydian": ((0, 1, 0, 4), (0, 4, 1, 0), (0, 1, 5, 4), (0, 2, 1, 4)),
    "mixolydian": ((0, 6, 3, 0), (0, 3, 6, 3), (0, 4, 6, 3), (0, 6, 5, 3)),
    "aeolian": ((0, 5, 2, 6), (0, 5, 6, 4), (0, 3, 5, 6), (0, 6, 5, 6), (0, 2, 5, 6), (5, 6, 0, 0)),
}
_BRIDGES: dict[str, tuple[tuple[int, ...], ...]] = {
    "ionian": ((5, 3, 0, 4), (3, 4, 5, 4), (1, 4, 2, 5), (3, 2, 1, 4)),
    "dorian": ((2, 6, 3, 0), (6, 3, 2, 3), (4, 3, 2, 6)),
    "phrygian": ((5, 6, 0, 1), (3, 1, 5, 6), (2, 1, 6, 0)),
    "lydian": ((5, 4, 1, 4), (2, 5, 1, 4), (3, 4, 0, 1)),
    "mixolydian": ((5, 3, 6, 0), (3, 0, 6, 4), (1, 3, 6, 6)),
    "aeolian": ((3, 5, 6, 4), (5, 2, 6, 3), (5, 6, 2, 0), (3, 0, 5, 4)),
}
_CENTRE = 60
_LOWEST, _HIGHEST = 50, 74


@dataclass(frozen=True)
class Chord:
    """A chord on a degree of the scale."""

    root: int
    """Pitch class."""
    tones: tuple[int, ...]
    """Pitch classes, root first, then third, fifth and what is added."""
    voicing: tuple[int, ...] = ()
    """MIDI pitches, rising."""


@dataclass(frozen=True)
class Key:
    """A root and a mode."""

    root: int
    mode: str

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes from the root up."""
        return tuple((self.root + step) % 12 for step in SCALES[self.mode])

    def pitch(self, degree: int, octave: int = 5) -> int:
        """MIDI pitch of the scale's degree (0 is the root; any integer), counted from the root in that octave."""
        octaves, step = divmod(degree, 7)
        return 12 * (octave + octaves) + self.root + SCALES[self.mode][step]


def progression(key: Key, section: str, colour: float, rng: RandomStream) -> tuple[Chord, ...]:
    """Four chords for the section 'A' or 'B'; `colour` (0 to 1) is how many get a seventh, a ninth, a suspension."""
    degrees = rng.pick(_VERSES[key.mode] if section == "A" else _BRIDGES[key.mode])
    chords = []
    for place, degree in enumerate(degrees):
        tones = [(key.scale[(degree + third) % 7]) for third in (0, 2, 4)]
        if key.mode == "aeolian" and degree == 4 and rng.happens(0.6):
            tones[1] = (tones[0] + 4) % 12  # the leading note of harmonic minor
        elif rng.happens(colour):
            added = rng.pick((6, 8), (2, 1))
            if (key.scale[(degree + added) % 7] - tones[0]) % 12 != 1:  # no flat ninth
                tones.append(key.scale[(degree + added) % 7])
        elif place == len(degrees) - 1 and rng.happens(0.5 * colour):
            tones[1] = key.scale[(degree + 3) % 7]  # a suspended fourth
        chords.append(Chord(tones[0], tuple(tones)))
    return tuple(chords)


def voice_leading(chords: Sequence[Chord], start: tuple[int, ...] = ()) -> tuple[Chord, ...]:
    """The chords with voicings in four parts around middle C, each near the one before.

    All inversions and spacings are tried; the squares of the voices' moves decide, the top voice's twice, then
    closeness to the centre.
    """
    voiced, previous = [], start
    for chord in chords:
        options = _voicings(chord)
        previous = min(options, key=lambda pitches: (_distance(pitches, previous), pitches))
        voiced.append(Chord(chord.root, chord.tones, previous))
    return tuple(voiced)


def _voicings(chord: Chord) -> list[tuple[int, ...]]:
    """Four pitches, rising: every tone in, a triad's root or fifth doubled, no wide gaps and no mud below."""
    doubled = (
        [chord.tones] if len(chord.tones) >= 4 else [(*chord.tones, chord.tones[0]), (*chord.tones, chord.tones[2])]
    )
    options = set()
    for parts in doubled:
        places = [[pitch for pitch in range(_LOWEST, _HIGHEST) if pitch % 12 == tone] for tone in parts]
        for pitches in product(*places):
            rising = tuple(sorted(set(pitches)))
            gaps = [upper - lower for lower, upper in pairwise(rising)]
            if len(rising) == len(parts) and max(gaps) <= 9 and min(gaps) >= 2 and gaps[0] >= 3:
                options.add(rising)
    return sorted(options)


def _distance(pitches: tuple[int, ...], previous: tuple[int, ...]) -> float:
    off_centre = abs(sum(pitches) / len(pitches) - _CENTRE)
    if not previous:
        return off_centre + 0.2 * (pitches[-1] - pitches[0])
    # Squared, so that two voices that step cost less than one that leaps.
    moved = sum((pitch - before) ** 2 for pitch, before in zip(pitches, previous, strict=True))
    return moved + (pitches[-1] - previous[-1]) ** 2 + off_centre
