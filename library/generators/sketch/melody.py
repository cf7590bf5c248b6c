"""The melody: a motif, repeated and varied over the phrase, that comes to rest on the chord."""

from __future__ import annotations

from dataclasses import dataclass

from library.generators.sketch.form import Bar
from library.generators.sketch.harmony import Chord, Key
from library.generators.sketch.random_streams import RandomStream, RandomStreams
from library.generators.sketch.score import ScoreNote
from library.generators.sketch.style import Style

# Rhythms of half a bar of four, (onset, length) in sixteenths, and how busy each is.
_HALF_BAR_RHYTHMS: tuple[tuple[tuple[tuple[int, int], ...], float], ...] = (
    (((0, 8),), 0.0),
    (((0, 4), (4, 4)), 0.3),
    (((0, 6), (6, 2)), 0.35),
    (((0, 3), (3, 5)), 0.4),
    (((2, 2), (4, 4)), 0.4),
    (((0, 3), (3, 3), (6, 2)), 0.6),
    (((0, 2), (2, 2), (4, 4)), 0.6),
    (((0, 4), (4, 2), (6, 2)), 0.6),
    (((2, 2), (4, 2), (6, 2)), 0.7),
    (((0, 2), (2, 2), (4, 2), (6, 2)), 0.9),
)
_QUARTER_BAR_RHYTHMS: tuple[tuple[tuple[tuple[int, int], ...], float], ...] = (
    (((0, 4),), 0.2),
    (((0, 2), (2, 2)), 0.6),
    (((0, 3), (3, 1)), 0.5),
)
_PHRASE_PLANS = ("aaac", "abac", "aabc", "abbc", "a-ac")
_LOWEST, _HIGHEST = 65, 86
_REST = 74


@dataclass(frozen=True)
class _Motif:
    """A bar's melody before it meets a chord."""

    rhythm: tuple[tuple[int, int], ...]
    steps: tuple[int, ...]
    """Scale steps from the anchor, a note each; the first is 0."""


class Lead:
    """One motif for the verses, a contrasting one for the bridge.

    The motifs come from the seed alone, so that a seed keeps its tune under other prompts.
    """

    def __init__(self, style: Style, streams: RandomStreams, seed: int, key: Key) -> None:
        self._style = style
        self._streams = streams
        self._key = key
        motif_streams = RandomStreams("motif", seed)
        self._motifs = {
            (section, letter): _make_motif(motif_streams.stream(f"motif {section}{letter}"), style)
            for section in "AB"
            for letter in "abc"
        }
        self._plans = {
            section: motif_streams.stream(f"plan {section}").pick(_PHRASE_PLANS, (2, 3, 2, 1, 1.5)) for section in "AB"
        }
        self._lift = {"A": 0, "B": motif_streams.stream("lift").pick((0, 2, 4), (1, 2, 2))}

    def notes(self, bar: Bar) -> list[ScoreNote]:
        """The bar's melody; the last bar of a phrase settles on a long note."""
        letter = self._plans[bar.section][bar.bar_of_phrase]
        if letter == "-":
            return []
        motif = self._motifs[bar.section, letter]
        is_repeat = bar.cycle > 0 or bar.phrase in {1, 3}
        rng = self._streams.stream("melody", bar.index)
        if letter == "c":
            motif = _cadence(motif, self._style.steps)
        elif is_repeat and rng.happens(0.45):
            motif = _vary_motif(motif, rng)
        return self._place_on_chord(motif, bar, rng)

    def _place_on_chord(self, motif: _Motif, bar: Bar, rng: RandomStream) -> list[ScoreNote]:
        """The motif on the bar's chord: anchored at a chord tone, chord tones where it weighs, scale between."""
        anchor = self._anchor(bar)
        notes: list[ScoreNote] = []
        for (step, steps), offset in zip(motif.rhythm, motif.steps, strict=True):
            pitch = self._key.pitch(anchor + offset, 0)
            while pitch > _HIGHEST:
                pitch -= 12
            while pitch < _LOWEST:
                pitch += 12
            if step % 8 == 0 or steps >= 4:
                pitch = _nearest_chord_tone(pitch, bar.chord.tones, up=offset >= 0)
            else:
                pitch = _to_scale(pitch, bar.chord, self._key)
            if len(notes) >= 2 and notes[-1].pitch == notes[-2].pitch == pitch:
                pitch = _nearest_chord_tone(pitch + rng.pick((3, -3)), bar.chord.tones, up=True)
            accent = (1.0 if step % 4 == 0 else 0.88) * (0.9 + 0.1 * bar.intensity)
            notes.append(ScoreNote(step, steps * 0.95, pitch, accent, 1 + round(2 * bar.intensity)))
        return notes

    def _anchor(self, bar: Bar) -> int:
        """The scale degree of the chord tone nearest to the melody's register."""
        centre = _REST + self._lift[bar.section]
        pitch = _nearest_chord_tone(centre, bar.chord.tones[:3], up=True)
        return min(range(28, 70), key=lambda degree: abs(self._key.pitch(degree, 0) - pitch))


def _make_motif(rng: RandomStream, style: Style) -> _Motif:
    busy = 0.15 + 0.6 * style.energy
    rhythm: list[tuple[int, int]] = []
    cells = (_HALF_BAR_RHYTHMS, _HALF_BAR_RHYTHMS) if style.beats == 4 else (_HALF_BAR_RHYTHMS, _QUARTER_BAR_RHYTHMS)
    for start, cell in zip((0, 8), cells, strict=True):
        weights = [1 / (0.12 + abs(busyness - busy)) for _, busyness in cell]
        chosen = rng.pick(cell, weights)[0]
        rhythm.extend((start + onset, length) for onset, length in chosen)
    steps, place, leapt = [0], 0, 0
    for _ in rhythm[1:]:
        if leapt:
            move = -1 if leapt > 0 else 1  # a leap is answered by a step back
            leapt = 0
        else:
            move = rng.pick((-1, 1, -2, 2, 0, 3, -3, 4), (4, 4, 2, 2, 0.8, 1, 0.8, 0.7))
            leapt = move if abs(move) >= 3 else 0
        place = max(min(place + move, 6), -5)
        steps.append(place)
    return _Motif(tuple(rhythm), tuple(steps))


def _cadence(motif: _Motif, length: int) -> _Motif:
    """The motif's first notes, then its last one held to the end of the bar."""
    keep = max(min(len(motif.rhythm) - 1, 2), 0)
    kept_onsets = [pair for pair in motif.rhythm[:keep] if pair[0] < length // 2]
    begins = max((onset + held for onset, held in kept_onsets), default=0)
    falling = motif.steps[len(kept_onsets) - 1] - 1 if kept_onsets else 0
    return _Motif((*kept_onsets, (begins, length - begins)), (*motif.steps[: len(kept_onsets)], falling))


def _vary_motif(motif: _Motif, rng: RandomStream) -> _Motif:
    """The motif with one thing changed: a long note split, a tail turned, or an end that lifts."""
    rhythm, steps = list(motif.rhythm), list(motif.steps)
    match rng.below(3):
        case 0:
            longest = max(range(len(rhythm)), key=lambda index: rhythm[index][1])
            onset, length = rhythm[longest]
            if length >= 4:
                rhythm[longest : longest + 1] = [(onset, length - 2), (onset + length - 2, 2)]
                steps[longest : longest + 1] = [steps[longest], steps[longest] + rng.pick((1, -1))]
        case 1:
            middle = len(steps) // 2
            steps[middle:] = [2 * steps[middle] - step for step in steps[middle:]]
        case _:
            steps[-1] += rng.pick((1, 2))
    return _Motif(tuple(rhythm), tuple(steps))


def _nearest_chord_tone(pitch: int, tones: tuple[int, ...], *, up: bool) -> int:
    order = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6) if up else (0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6)
    return next((pitch + move for move in order if (pitch + move) % 12 in tones), pitch)


def _to_scale(pitch: int, chord: Chord, key: Key) -> int:
    """A note of the scale, raised where the chord has raised it (the leading note of harmonic minor)."""
    for tone in chord.tones:
        if tone not in key.scale and pitch % 12 == (tone - 1) % 12:
            return pitch + 1
    return pitch
