"""What a prompt's words ask for: tempo, metre, mode, mood, instruments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

VOICES = ("drums", "bass", "pad", "arpeggio", "lead")
SLOWEST, FASTEST = 40.0, 220.0


@dataclass
class Wish:
    """What the words say; what they leave open is None or even, for prompt and seed to decide."""

    bpm: float | None = None
    tempo: tuple[float, float] | None = None
    beats: int | None = None
    root: int | None = None
    """Pitch class, 0 for C."""
    modes: tuple[str, ...] = ()
    energy: float = 0.0
    """-1 sparse and quiet to 1 busy and driving; adds up over the words."""
    brightness: float = 0.0
    space: float = 0.0
    swing: float = 0.0
    wanted: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    timbres: dict[str, str] = field(default_factory=dict)
    """Voice -> instrument."""
    beat: str | None = None
    """Kind of drum pattern."""


@dataclass(frozen=True)
class _Effect:
    tempo: tuple[float, float] | None = None
    beats: int | None = None
    modes: tuple[str, ...] = ()
    energy: float = 0.0
    brightness: float = 0.0
    space: float = 0.0
    swing: float = 0.0
    voices: tuple[str, ...] = ()
    timbres: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    beat: str | None = None


_MINOR = ("aeolian", "dorian")
_MAJOR = ("ionian", "mixolydian")

# Stems: a word of the prompt counts when it begins with one. The longest stem that fits wins.
_STEMS: dict[str, _Effect] = {
    # tempo and metre
    "slow": _Effect(tempo=(62, 78), energy=-0.2),
    "largo": _Effect(tempo=(48, 60), energy=-0.3),
    "adagio": _Effect(tempo=(60, 74), energy=-0.2),
    "andante": _Effect(tempo=(76, 96)),
    "moderate": _Effect(tempo=(92, 110)),
    "allegro": _Effect(tempo=(120, 144), energy=0.2),
    "fast": _Effect(tempo=(128, 150), energy=0.3),
    "presto": _Effect(tempo=(160, 184), energy=0.3),
    "upbeat": _Effect(tempo=(112, 130), energy=0.3),
    "driving": _Effect(tempo=(112, 132), energy=0.4, beat="four"),
    "racing": _Effect(tempo=(140, 160), energy=0.5, beat="four"),
    "waltz": _Effect(beats=3),
    # mode and mood
    "minor": _Effect(modes=("aeolian",)),
    "major": _Effect(modes=("ionian",)),
    "dorian": _Effect(modes=("dorian",)),
    "lydian": _Effect(modes=("lydian",)),
    "phrygian": _Effect(modes=("phrygian",)),
    "mixolydian": _Effect(modes=("mixolydian",)),
    "dark": _Effect(modes=("aeolian", "phrygian"), brightness=-0.4),
    "sinister": _Effect(modes=("phrygian",), brightness=-0.3),
    "horror": _Effect(modes=("phrygian",), tempo=(60, 92), brightness=-0.3, space=0.3),
    "sad": _Effect(modes=("aeolian",), tempo=(64, 88), energy=-0.2),
    "melanchol": _Effect(modes=_MINOR, tempo=(68, 92), energy=-0.2, space=0.1),
    "nostalgi": _Effect(modes=("ionian", "dorian"), space=0.2, brightness=-0.1),
    "night": _Effect(modes=_MINOR, space=0.1, brightness=-0.1),
    "neon": _Effect(modes=_MINOR, brightness=0.2, voices=("arpeggio",)),
    "retro": _Effect(modes=_MINOR, beat="back"),
    "happy": _Effect(modes=_MAJOR, brightness=0.3, energy=0.2),
    "joy": _Effect(modes=_MAJOR, brightness=0.3, energy=0.2),
    "cheerful": _Effect(modes=_MAJOR, brightness=0.3, energy=0.2, tempo=(108, 128)),
    "sunny": _Effect(modes=_MAJOR, brightness=0.3),
    "sunset": _Effect(modes=("ionian", "lydian"), space=0.2),
    "uplift": _Effect(modes=_MAJOR, energy=0.3, brightness=0.2),
    "hope": _Effect(modes=("ionian", "lydian"), brightness=0.1),
    "heroic": _Effect(modes=("mixolydian", "aeolian"), energy=0.4, timbres=(("lead", "brass"),)),
    "epic": _Effect(modes=("aeolian",), energy=0.4, space=0.3, timbres=(("pad", "strings"),)),
    "dream": _Effect(modes=("lydian", "dorian"), space=0.5, energy=-0.2, brightness=-0.1),
    "space": _Effect(modes=("lydian", "dorian"), space=0.5),
    "float": _Effect(space=0.4, energy=-0.3),
    "calm": _Effect(tempo=(64, 84), energy=-0.4, space=0.2),
    "gentle": _Effect(energy=-0.3, brightness=-0.2),
    "soft": _Effect(energy=-0.3, brightness=-0.3),
    "quiet": _Effect(energy=-0.4, brightness=-0.2),
    "peaceful": _Effect(tempo=(64, 84), energy=-0.4, space=0.3, modes=("ionian", "lydian")),
    "aggressive": _Effect(modes=("phrygian", "aeolian"), energy=0.6, brightness=0.4, beat="four"),
    "energetic": _Effect(energy=0.5, tempo=(118, 138)),
    "busy": _Effect(energy=0.5),
    "dense": _Effect(energy=0.5),
    "sparse": _Effect(energy=-0.5),
    "minimal": _Effect(energy=-0.4),
    "bright": _Effect(brightness=0.4),
    "warm": _Effect(brightness=-0.2),
    "muffled": _Effect(brightness=-0.5),
    "dry": _Effect(space=-0.6),
    "reverb": _Effect(space=0.4),
    "wet": _Effect(space=0.4),
    # kinds of music
    "ambient": _Effect(
        tempo=(58, 72), energy=-0.7, space=0.6, voices=("pad",), without=("drums",), timbres=(("lead", "bell"),)
    ),
    "drone": _Effect(tempo=(48, 60), energy=-0.9, space=0.6, voices=("pad",), without=("drums", "lead")),
    "chill": _Effect(tempo=(78, 94), energy=-0.3, space=0.2, beat="half"),
    "lofi": _Effect(tempo=(74, 88), energy=-0.3, brightness=-0.4, swing=0.6, beat="half", timbres=(("pad", "epiano"),)),
    "jazz": _Effect(swing=0.6, modes=("dorian", "ionian"), timbres=(("pad", "epiano"),)),
    "swing": _Effect(swing=0.8),
    "house": _Effect(tempo=(120, 127), energy=0.3, beat="four"),
    "techno": _Effect(tempo=(126, 134), energy=0.4, modes=("phrygian", "aeolian"), beat="four", without=("lead",)),
    "trance": _Effect(tempo=(134, 140), energy=0.4, beat="four", voices=("arpeggio",)),
    "dance": _Effect(tempo=(118, 128), energy=0.4, beat="four"),
    "disco": _Effect(tempo=(112, 124), energy=0.4, modes=_MINOR, beat="four"),
    "synthwave": _Effect(tempo=(84, 112), beat="back", voices=("bass", "arpeggio")),
    "outrun": _Effect(tempo=(100, 120), energy=0.2, beat="back", voices=("bass", "arpeggio")),
    "rock": _Effect(tempo=(108, 136), energy=0.3, beat="back", timbres=(("arpeggio", "guitar"),)),
    "ballad": _Effect(tempo=(62, 78), energy=-0.3, beat="half"),
    "cinematic": _Effect(space=0.4, timbres=(("pad", "strings"),), voices=("pad",)),
    "orchestra": _Effect(
        space=0.3, timbres=(("pad", "strings"), ("lead", "flute"), ("arpeggio", "harp")), voices=("pad", "lead")
    ),
    "chiptune": _Effect(
        tempo=(120, 150), space=-0.5, brightness=0.3, timbres=(("lead", "square"), ("arpeggio", "square"))
    ),
    # instruments
    "drum": _Effect(voices=("drums",)),
    "percussion": _Effect(voices=("drums",)),
    "beat": _Effect(voices=("drums",)),
    "snare": _Effect(voices=("drums",), beat="back"),
    "kick": _Effect(voices=("drums",)),
    "bass": _Effect(voices=("bass",)),
    "pad": _Effect(voices=("pad",)),
    "chord": _Effect(voices=("pad",)),
    "string": _Effect(voices=("pad",), timbres=(("pad", "strings"),)),
    "violin": _Effect(voices=("lead", "pad"), timbres=(("pad", "strings"), ("lead", "strings"))),
    "cello": _Effect(voices=("lead",), timbres=(("lead", "strings"),), brightness=-0.1),
    "choir": _Effect(voices=("pad",), timbres=(("pad", "choir"),), space=0.2),
    "voice": _Effect(voices=("pad",), timbres=(("pad", "choir"),)),
    "vocal": _Effect(voices=("pad",), timbres=(("pad", "choir"),)),
    "organ": _Effect(voices=("pad",), timbres=(("pad", "organ"),)),
    "rhodes": _Effect(voices=("pad",), timbres=(("pad", "epiano"),)),
    "piano": _Effect(voices=("arpeggio",), timbres=(("arpeggio", "piano"), ("lead", "piano"))),
    "keys": _Effect(voices=("pad",), timbres=(("pad", "epiano"),)),
    "harp": _Effect(voices=("arpeggio",), timbres=(("arpeggio", "harp"),)),
    "guitar": _Effect(voices=("arpeggio",), timbres=(("arpeggio", "guitar"),)),
    "bell": _Effect(voices=("lead",), timbres=(("lead", "bell"),)),
    "marimba": _Effect(voices=("arpeggio",), timbres=(("arpeggio", "harp"),)),
    "flute": _Effect(voices=("lead",), timbres=(("lead", "flute"),)),
    "brass": _Effect(voices=("lead",), timbres=(("lead", "brass"),)),
    "trumpet": _Effect(voices=("lead",), timbres=(("lead", "brass"),)),
    "horn": _Effect(voices=("lead",), timbres=(("lead", "brass"),)),
    "sax": _Effect(voices=("lead",), timbres=(("lead", "brass"),)),
    "square": _Effect(timbres=(("lead", "square"),)),
    "lead": _Effect(voices=("lead",)),
    "melod": _Effect(voices=("lead",)),
    "tune": _Effect(voices=("lead",)),
    "arp": _Effect(voices=("arpeggio",)),
    "sequence": _Effect(voices=("arpeggio",)),
    "pluck": _Effect(voices=("arpeggio",), timbres=(("arpeggio", "pluck"),)),
}
_LONGEST = max(map(len, _STEMS))
_NEGATIONS = {"no", "without", "not", "minus"}
_ONLY = {"solo", "only", "just"}
_FILLERS = {"any", "a", "the", "and", "or", "too", "much", "very"}
_PITCHES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}


def understand(prompt: str) -> Wish:
    """What the prompt's words ask for. Words it doesn't know are left to the prompt's hash."""
    text = prompt.lower()
    wish = Wish()
    _read_numbers(text, wish)
    text = (
        text.replace("hip hop", "lofi").replace("hip-hop", "lofi").replace("lo-fi", "lofi").replace("synth-", "synth")
    )
    words = re.findall(r"[^\W\d_]+|[.,;]", text)
    negated = False
    only = bool(_ONLY.intersection(words))
    for word in words:
        if word in _NEGATIONS:
            negated = True
            continue
        effect = _effect(word)
        if word.endswith("less"):
            wish.unwanted.update(_voices(word.removesuffix("less")))
        elif negated:
            wish.unwanted.update(_voices(word))
        elif effect is not None:
            _apply(effect, wish)
        # "no drums and bass" drops both; "no drums, piano" only the first.
        negated = negated and (word in _FILLERS or bool(_voices(word)))
    wish.wanted -= wish.unwanted
    if only and wish.wanted:
        wish.unwanted.update(set(VOICES) - wish.wanted)
    if wish.unwanted.issuperset(VOICES):
        wish.unwanted.discard("pad")
    return wish


def _effect(word: str) -> _Effect | None:
    for length in range(min(len(word), _LONGEST), 2, -1):
        if (effect := _STEMS.get(word[:length])) is not None:
            return effect
    return None


def _voices(word: str) -> tuple[str, ...]:
    effect = _effect(word)
    return effect.voices if effect is not None else ()


def _apply(effect: _Effect, wish: Wish) -> None:
    wish.tempo = effect.tempo or wish.tempo
    wish.beats = effect.beats or wish.beats
    wish.beat = effect.beat or wish.beat
    wish.modes = wish.modes if len(wish.modes) == 1 else effect.modes or wish.modes
    wish.energy += effect.energy
    wish.brightness += effect.brightness
    wish.space += effect.space
    wish.swing = max(wish.swing, effect.swing)
    wish.wanted.update(effect.voices)
    wish.unwanted.update(effect.without)
    wish.timbres.update(effect.timbres)


def _read_numbers(text: str, wish: Wish) -> None:
    if found := re.search(r"(?<![\d.])(\d{2,3}(?:\.\d+)?)\s*bpm\b", text):
        wish.bpm = min(max(float(found[1]), SLOWEST), FASTEST)
    if found := re.search(r"(?<!\d)([346])\s*/\s*([48])(?!\d)", text):
        wish.beats = 4 if found[1] == "4" else 3
    modes = "major|minor|dorian|lydian|phrygian|mixolydian"
    if found := re.search(rf"(?<![^\W_])([a-g])[\s-]?(#|♯|♭|b|sharp|flat)?[\s-]*(?:{modes})\b", text):
        wish.root = (_PITCHES[found[1]] + _ACCIDENTALS.get(found[2] or "", 0)) % 12
