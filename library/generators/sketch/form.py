"""The form of a take: phrases of four bars as A A B A, who plays when, and the chords of every bar."""

from __future__ import annotations

from dataclasses import dataclass, replace

from library.generators.sketch.harmony import Chord, Key, progression, voice_leading
from library.generators.sketch.random_streams import RandomStreams
from library.generators.sketch.style import Style

PHRASE = 4
"""Bars in a phrase."""
FORM = "AABA"
_RHYTHM, _CHORDS, _THEME = frozenset({"drums", "bass"}), frozenset({"pad", "arpeggio"}), frozenset({"lead", "pad"})
_OPENINGS: dict[str, tuple[frozenset[str], ...]] = {
    # Who plays in the first phrase, bar by bar (the last entry stays).
    "tutti": (_RHYTHM | _CHORDS | {"lead"},),
    "band": (_RHYTHM | _CHORDS,),
    "build": (_CHORDS, _CHORDS, _CHORDS | _RHYTHM),
    "groove": (_RHYTHM, _RHYTHM, _RHYTHM | _CHORDS),
    "theme": (_THEME, _THEME | {"bass"}, _THEME | _RHYTHM),
}


@dataclass(frozen=True)
class Bar:
    """A bar's place in the form."""

    index: int
    cycle: int
    """Which time round the form, from 0."""
    phrase: int
    """Which phrase of the form, 0 to 3."""
    bar_of_phrase: int
    """Which bar of the phrase, 0 to 3."""
    section: str
    voices: frozenset[str]
    chord: Chord
    following: Chord
    intensity: float
    """0 to 1: how far the take opens up here."""

    @property
    def opens(self) -> bool:
        """Whether a phrase begins here."""
        return self.bar_of_phrase == 0

    @property
    def closes(self) -> bool:
        """Whether a phrase ends here."""
        return self.bar_of_phrase == PHRASE - 1


class Form:
    """Lays out the bars of a take; each depends on its index alone."""

    def __init__(self, style: Style, streams: RandomStreams) -> None:
        self.key = Key(style.root, style.mode)
        colour = streams.stream("colour").uniform(0.1, 0.7)
        verse = voice_leading(progression(self.key, "A", colour, streams.stream("progression A")))
        bridge = progression(self.key, "B", colour, streams.stream("progression B"))
        self.chords = {"A": verse, "B": voice_leading(bridge, verse[-1].voicing)}
        self._style = style
        self._streams = streams
        self._opening = streams.stream("opening").pick(list(_OPENINGS), (3, 3, 3, 1.5, 1.5))

    def bar(self, index: int) -> Bar:
        cycle, bar_of_cycle = divmod(index, PHRASE * len(FORM))
        phrase, bar_of_phrase = divmod(bar_of_cycle, PHRASE)
        section = FORM[phrase]
        after = FORM[phrase] if bar_of_phrase + 1 < PHRASE else FORM[(phrase + 1) % len(FORM)]
        return Bar(
            index=index,
            cycle=cycle,
            phrase=phrase,
            bar_of_phrase=bar_of_phrase,
            section=section,
            voices=self._voices(cycle, phrase, bar_of_phrase),
            chord=self.chords[section][bar_of_phrase],
            following=self.chords[after][(bar_of_phrase + 1) % PHRASE],
            intensity=min((0.35, 0.55, 0.8, 1.0)[phrase] + 0.15 * min(cycle, 2), 1.0),
        )

    def fullest(self) -> Bar:
        """A bar of the last phrase with every voice in: the measure of the take's level."""
        return replace(self.bar(PHRASE * (len(FORM) - 1)), voices=self._style.voices)

    def _voices(self, cycle: int, phrase: int, bar_of_phrase: int) -> frozenset[str]:
        voices = self._style.voices
        if cycle == 0 and phrase == 0:
            steps = _OPENINGS[self._opening]
            playing = voices & (steps[min(bar_of_phrase, len(steps) - 1)] | (self._style.wanted - {"drums"}))
        elif cycle == 0 and phrase == 1:
            playing = voices
        else:
            thin = self._streams.stream("thinning", 4 * cycle + phrase)
            resting: set[str] = set()
            if phrase == 0 and thin.happens(0.6):
                resting = {"drums", "lead"} if thin.happens(0.6) else {"pad", "arpeggio"}
            elif phrase == 2 and thin.happens(0.5):
                resting = {thin.pick(("arpeggio", "pad", "lead"))}
            playing = voices - resting
        return playing or voices
