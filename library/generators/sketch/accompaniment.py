"""The parts that carry: pad, bass, arpeggio."""

from __future__ import annotations

from library.generators.sketch.form import Bar
from library.generators.sketch.harmony import SCALES
from library.generators.sketch.random_streams import RandomStreams
from library.generators.sketch.score import ScoreNote
from library.generators.sketch.style import Style

# Sixteenths of a bar of four; x the root, o its octave, f the fifth, - held on, . silent.
_BASS_LINES: dict[str, tuple[tuple[str, float], ...]] = {
    # pattern, and the energy it suits
    "four": (
        ("..x-..x-..x-..x-", 0.5),
        ("x-o-x-o-x-o-x-o-", 0.7),
        ("x-xxx-xxx-xxx-xo", 0.9),
        ("x-x-x-x-x-x-x-x-", 0.6),
        ("..xx..xx..xx..xo", 0.75),
    ),
    "back": (
        ("x-x-x-x-x-x-x-x-", 0.5),
        ("x-x-x-o-x-x-o-x-", 0.6),
        ("x---..x-x---..f-", 0.35),
        ("xxoxxxoxxxoxxxox", 0.9),
        ("x-.xx-o-x-.xx-f-", 0.7),
        ("x-xxx-x-x-xxo-x-", 0.8),
    ),
    "half": (
        ("x-------..x-f---", 0.3),
        ("x---------o-x-..", 0.3),
        ("x-----x-----f---", 0.4),
        ("x---..x-..x-..o-", 0.55),
    ),
}
_SLOW_LINES = (("x---------------", 0.0), ("x-------f-------", 0.2), ("x-----------f---", 0.15))
_HELD: tuple[tuple[int, int], ...] = ((0, 16),)
_STRIKES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 6), (6, 10)),
    ((0, 3), (3, 3), (6, 10)),
    ((0, 8), (8, 8)),
    ((2, 4), (6, 10)),
)
_ARPEGGIO_FIGURES = {
    "up": (0, 1, 2, 3, 4, 5, 6, 7),
    "down": (7, 6, 5, 4, 3, 2, 1, 0),
    "arch": (0, 1, 2, 3, 4, 3, 2, 1),
    "pedal": (0, 3, 0, 4, 0, 5, 0, 4),
    "thumb": (0, 2, 4, 2, 5, 2, 4, 2),
    "climb": (0, 2, 1, 3, 2, 4, 3, 5),
    "three": (0, 1, 2, 0, 1, 2, 3, 4),
}
_RHYTHM_MASKS = ("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx", "x.x.xxx.x.x.xxxx", "x..x..x.x..x..x.", "xx.xx.xxxx.xx.xx")


class Pad:
    """Holds the chord; with keys it may strike it in a rhythm."""

    def __init__(self, style: Style, streams: RandomStreams) -> None:
        self._style = style
        strikes = style.timbres["pad"] == "epiano" or streams.stream("pad rhythm").happens(0.15)
        self._rhythm = streams.stream("pad figure").pick(_STRIKES) if strikes else _HELD

    def notes(self, bar: Bar) -> list[ScoreNote]:
        """The chord's four voices, spread over the stereo field."""
        length, last, opening = self._style.steps, len(bar.chord.voicing) - 1, 1 + round(2 * bar.intensity)
        return [
            ScoreNote(step, min(steps, length - step), pitch, 0.9, opening, 0.5 * (2 * place / last - 1))
            for step, steps in self._rhythm
            if step < length
            for place, pitch in enumerate(bar.chord.voicing)
        ]


class Bass:
    """A line of roots, octaves and fifths that walks into the next chord."""

    def __init__(self, style: Style, streams: RandomStreams) -> None:
        self._style = style
        self._streams = streams
        lines = _BASS_LINES[style.beat] if style.energy > 0.25 else _SLOW_LINES
        fits = [1 / (0.08 + abs(energy - style.energy)) for _, energy in lines]
        self._verse = streams.stream("bass line").pick(lines, fits)[0]
        self._bridge = streams.stream("bass bridge").pick([*lines, (self._verse, 0.0)], [*fits, sum(fits)])[0]
        self._walks = streams.stream("bass walks").uniform(0.1, 0.8)

    def notes(self, bar: Bar) -> list[ScoreNote]:
        """The bar's line; before a change of chord its last eighth may lead there."""
        line = (self._verse if bar.section == "A" else self._bridge)[: self._style.steps]
        root = _bass_pitch(bar.chord.root)
        fifth = root + (bar.chord.tones[2] - bar.chord.root) % 12
        notes: list[ScoreNote] = []
        for step, sign in enumerate(line):
            if sign in "xof":
                steps = 1 + next((n for n, later in enumerate(line[step + 1 :]) if later != "-"), len(line) - step - 1)
                pitch = {"x": root, "o": root + 12, "f": fifth if fifth <= root + 7 else fifth - 12}[sign]
                accent = 1.0 if step % 4 == 0 else 0.86
                notes.append(ScoreNote(step, steps * 0.92, pitch, accent, 1 + round(2 * bar.intensity)))
        if notes and bar.following.root != bar.chord.root and self._style.energy > 0.3:
            rng = self._streams.stream("bass walk", bar.index)
            if rng.happens(self._walks) and notes[-1].step >= len(line) - 4:
                target = _bass_pitch(bar.following.root)
                notes[-1] = ScoreNote(notes[-1].step, notes[-1].steps, target + rng.pick((-1, -2, 2)), 0.9, 2)
                if (notes[-1].pitch - self._style.root) % 12 not in SCALES[self._style.mode]:
                    notes[-1] = ScoreNote(notes[-1].step, notes[-1].steps, target + 12, 0.9, 2)
        return notes


class Arpeggio:
    """Breaks the chord over two octaves, in one figure for the verses and one for the bridge."""

    def __init__(self, style: Style, streams: RandomStreams) -> None:
        self._style = style
        names = list(_ARPEGGIO_FIGURES)
        self._figures = {
            section: _ARPEGGIO_FIGURES[streams.stream(f"figure {section}").pick(names)] for section in "AB"
        }
        self._mask = streams.stream("arpeggio mask").pick(_RHYTHM_MASKS, (5, 2, 1.5, 1, 1))
        self._each = 1 if style.energy > 0.42 and style.bpm < 150 else 2
        self._lowest = streams.stream("arpeggio octave").pick((55, 60, 62), (1, 2, 2))
        self._width = streams.stream("arpeggio width").uniform(0.2, 0.7)

    def notes(self, bar: Bar) -> list[ScoreNote]:
        """The bar's figure, beginning anew in every bar; it opens up as the take goes on."""
        pool = _two_octaves(bar.chord.tones, self._lowest)
        figure = self._figures[bar.section]
        notes = []
        for place, step in enumerate(range(0, self._style.steps, self._each)):
            if self._each == 1 and self._mask[step % len(self._mask)] == ".":
                continue
            pitch = pool[figure[place % len(figure)] % len(pool)]
            accent = (1.0, 0.68, 0.82, 0.68)[step % 4]
            pan = self._width * (-1 if place % 2 else 1)
            notes.append(ScoreNote(step, self._each * 0.9, pitch, accent, 1 + round(3 * bar.intensity), pan))
        return notes


def _bass_pitch(root: int) -> int:
    """The pitch class in the bass: from E1 to D sharp 2."""
    return 28 + (root - 28) % 12


def _two_octaves(tones: tuple[int, ...], lowest: int) -> list[int]:
    """The chord's pitches from `lowest` up, two octaves and a bit."""
    return [pitch for pitch in range(lowest, lowest + 30) if pitch % 12 in tones][:8]
