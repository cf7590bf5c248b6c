"""What a prompt's words ask for: tempo, metre, mode, mood, instruments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

VOICES = ("drums", "bass", "pad", "arpeggio", "lead")
SLOWEST, FASTEST = 40.0, 220.0


@dataclass
class PromptStyle:
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
class _WordEffect:
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
_STEMS: dict[str, _WordEffect] = {
    # tempo and metre
    "slow": _WordEffect(tempo=(62, 78), energy=-0.2),
    "largo": _WordEffect(tempo=(48, 60), energy=-0.3),
    "adagio": _WordEffect(tempo=(60, 74), energy=-0.2),
    "andante": _WordEffect(tempo=(76, 96)),
    "moderate": _WordEffect(tempo=(92, 110)),
    "allegro": _WordEffect(tempo=(120, 144), energy=0.2),
    "fast": _WordEffect(tempo=(128, 150), energy=0.3),
    "presto": _WordEffect(tempo=(160, 184), energy=0.3),
    "upbeat": _WordEffect(tempo=(112, 130), energy=0.3),
    "driving": _WordEffect(tempo=(112, 132), energy=0.4, beat="four"),
    "racing": _WordEffect(tempo=(140, 160), energy=0.5, beat="four"),
    "waltz": _WordEffect(beats=3),
    # mode and mood
    "minor": _WordEffect(modes=("aeolian",)),
    "major": _WordEffect(modes=("ionian",)),
    "dorian": _WordEffect(modes=("dorian",)),
    "lydian": _WordEffect(modes=("lydian",)),
    "phrygian": _WordEffect(modes=("phrygian",)),
    "mixolydian": _WordEffect(modes=("mixolydian",)),
    "dark": _WordEffect(modes=("aeolian", "phrygian"), brightness=-0.4),
    "sinister": _WordEffect(modes=("phrygian",), brightness=-0.3),
    "horror": _WordEffect(modes=("phrygian",), tempo=(60, 92), brightness=-0.3, space=0.3),
    "sad": _WordEffect(modes=("aeolian",), tempo=(64, 88), energy=-0.2),
    "melanchol": _WordEffect(modes=_MINOR, tempo=(68, 92), energy=-0.2, space=0.1),
    "nostalgi": _WordEffect(modes=("ionian", "dorian"), space=0.2, brightness=-0.1),
    "night": _WordEffect(modes=_MINOR, space=0.1, brightness=-0.1),
    "neon": _WordEffect(modes=_MINOR, brightness=0.2, voices=("arpeggio",)),
    "retro": _WordEffect(modes=_MINOR, beat="back"),
    "happy": _WordEffect(modes=_MAJOR, brightness=0.3, energy=0.2),
    "joy": _WordEffect(modes=_MAJOR, brightness=0.3, energy=0.2),
    "cheerful": _WordEffect(modes=_MAJOR, brightness=0.3, energy=0.2, tempo=(108, 128)),
    "sunny": _WordEffect(modes=_MAJOR, brightness=0.3),
    "sunset": _WordEffect(modes=("ionian", "lydian"), space=0.2),
    "uplift": _WordEffect(modes=_MAJOR, energy=0.3, brightness=0.2),
    "hope": _WordEffect(modes=("ionian", "lydian"), brightness=0.1),
    "heroic": _WordEffect(modes=("mixolydian", "aeolian"), energy=0.4, timbres=(("lead", "brass"),)),
    "epic": _WordEffect(modes=("aeolian",), energy=0.4, space=0.3, timbres=(("pad", "strings"),)),
    "dream": _WordEffect(modes=("lydian", "dorian"), space=0.5, energy=-0.2, brightness=-0.1),
    "space": _WordEffect(modes=("lydian", "dorian"), space=0.5),
    "float": _WordEffect(space=0.4, energy=-0.3),
    "calm": _WordEffect(tempo=(64, 84), energy=-0.4, space=0.2),
    "gentle": _WordEffect(energy=-0.3, brightness=-0.2),
    "soft": _WordEffect(energy=-0.3, brightness=-0.3),
    "quiet": _WordEffect(energy=-0.4, brightness=-0.2),
    "peaceful": _WordEffect(tempo=(64, 84), energy=-0.4, space=0.3, modes=("ionian", "lydian")),
    "aggressive": _WordEffect(modes=("phrygian", "aeolian"), energy=0.6, brightness=0.4, beat="four"),
    "energetic": _WordEffect(energy=0.5, tempo=(118, 138)),
    "busy": _WordEffect(energy=0.5),
    "dense": _WordEffect(energy=0.5),
    "sparse": _WordEffect(energy=-0.5),
    "minimal": _WordEffect(energy=-0.4),
    "bright": _WordEffect(brightness=0.4),
    "warm": _WordEffect(brightness=-0.2),
    "muffled": _WordEffect(brightness=-0.5),
    "dry": _WordEffect(space=-0.6),
    "reverb": _WordEffect(space=0.4),
    "wet": _WordEffect(space=0.4),
    # kinds of music
    "ambient": _WordEffect(
        tempo=(58, 72), energy=-0.7, space=0.6, voices=("pad",), without=("drums",), timbres=(("lead", "bell"),)
    ),
    "drone": _WordEffect(tempo=(48, 60), energy=-0.9, space=0.6, voices=("pad",), without=("drums", "lead")),
    "chill": _WordEffect(tempo=(78, 94), energy=-0.3, space=0.2, beat="half"),
    "lofi": _WordEffect(
        tempo=(74, 88), energy=-0.3, brightness=-0.4, swing=0.6, beat="half", timbres=(("pad", "epiano"),)
    ),
    "jazz": _WordEffect(swing=0.6, modes=("dorian", "ionian"), timbres=(("pad", "epiano"),)),
    "swing": _WordEffect(swing=0.8),
    "house": _WordEffect(tempo=(120, 127), energy=0.3, beat="four"),
    "techno": _WordEffect(tempo=(126, 134), energy=0.4, modes=("phrygian", "aeolian"), beat="four", without=("lead",)),
    "trance": _WordEffect(tempo=(134, 140), energy=0.4, beat="four", voices=("arpeggio",)),
    "dance": _WordEffect(tempo=(118, 128), energy=0.4, beat="four"),
    "disco": _WordEffect(tempo=(112, 124), energy=0.4, modes=_MINOR, beat="four"),
    "synthwave": _WordEffect(tempo=(84, 112), beat="back", voices=("bass", "arpeggio")),
    "outrun": _WordEffect(tempo=(100, 120), energy=0.2, beat="back", voices=("bass", "arpeggio")),
    "rock": _WordEffect(tempo=(108, 136), energy=0.3, beat="back", timbres=(("arpeggio", "guitar"),)),
    "ballad": _WordEffect(tempo=(62, 78), energy=-0.3, beat="half"),
    "cinematic": _WordEffect(space=0.4, timbres=(("pad", "strings"),), voices=("pad",)),
    "orchestra": _WordEffect(
        space=0.3, timbres=(("pad", "strings"), ("lead", "flute"), ("arpeggio", "harp")), voices=("pad", "lead")
    ),
    "chiptune": _WordEffect(
        tempo=(120, 150), space=-0.5, brightness=0.3, timbres=(("lead", "square"), ("arpeggio", "square"))
    ),
    # instruments
    "drum": _WordEffect(voices=("drums",)),
    "percussion": _WordEffect(voices=("drums",)),
    "beat": _WordEffect(voices=("drums",)),
    "snare": _WordEffect(voices=("drums",), beat="back"),
    "kick": _WordEffect(voices=("drums",)),
    "bass": _WordEffect(voices=("bass",)),
    "pad": _WordEffect(voices=("pad",)),
    "chord": _WordEffect(voices=("pad",)),
    "string": _WordEffect(voices=("pad",), timbres=(("pad", "strings"),)),
    "violin": _WordEffect(voices=("lead", "pad"), timbres=(("pad", "strings"), ("lead", "strings"))),
    "cello": _WordEffect(voices=("lead",), timbres=(("lead", "strings"),), brightness=-0.1),
    "choir": _WordEffect(voices=("pad",), timbres=(("pad", "choir"),), space=0.2),
    "voice": _WordEffect(voices=("pad",), timbres=(("pad", "choir"),)),
    "vocal": _WordEffect(voices=("pad",), timbres=(("pad", "choir"),)),
    "organ": _WordEffect(voices=("pad",), timbres=(("pad", "organ"),)),
    "rhodes": _WordEffect(voices=("pad",), timbres=(("pad", "epiano"),)),
    "piano": _WordEffect(voices=("arpeggio",), timbres=(("arpeggio", "piano"), ("lead", "piano"))),
    "keys": _WordEffect(voices=("pad",), timbres=(("pad", "epiano"),)),
    "harp": _WordEffect(voices=("arpeggio",), timbres=(("arpeggio", "harp"),)),
    "guitar": _WordEffect(voices=("arpeggio",), timbres=(("arpeggio", "guitar"),)),
    "bell": _WordEffect(voices=("lead",), timbres=(("lead", "bell"),)),
    "marimba": _WordEffect(voices=("arpeggio",), timbres=(("arpeggio", "harp"),)),
    "flute": _WordEffect(voices=("lead",), timbres=(("lead", "flute"),)),
    "brass": _WordEffect(voices=("lead",), timbres=(("lead", "brass"),)),
    "trumpet": _WordEffect(voices=("lead",), timbres=(("lead", "brass"),)),
    "horn": _WordEffect(voices=("lead",), timbres=(("lead", "brass"),)),
    "sax": _WordEffect(voices=("lead",), timbres=(("lead", "brass"),)),
    "square": _WordEffect(timbres=(("lead", "square"),)),
    "lead": _WordEffect(voices=("lead",)),
    "melod": _WordEffect(voices=("lead",)),
    "tune": _WordEffect(voices=("lead",)),
    "arp": _WordEffect(voices=("arpeggio",)),
    "sequence": _WordEffect(voices=("arpeggio",)),
    "pluck": _WordEffect(voices=("arpeggio",), timbres=(("arpeggio", "pluck"),)),
}
_LONGEST = max(map(len, _STEMS))
_NEGATIONS = {"no", "without", "not", "minus"}
_ONLY = {"solo", "only", "just"}
_FILLERS = {"any", "a", "the", "and", "or", "too", "much", "very"}
_PITCHES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}


def read_prompt(prompt: str) -> PromptStyle:
    """What the prompt's words ask for. Words it doesn't know are left to the prompt's hash."""
    text = prompt.lower()
    prompt_style = PromptStyle()
    _read_numbers(text, prompt_style)
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
        effect = _effect_of(word)
        if word.endswith("less"):
            prompt_style.unwanted.update(_voices(word.removesuffix("less")))
        elif negated:
            prompt_style.unwanted.update(_voices(word))
        elif effect is not None:
            _apply(effect, prompt_style)
        # "no drums and bass" drops both; "no drums, piano" only the first.
        negated = negated and (word in _FILLERS or bool(_voices(word)))
    prompt_style.wanted -= prompt_style.unwanted
    if only and prompt_style.wanted:
        prompt_style.unwanted.update(set(VOICES) - prompt_style.wanted)
    if prompt_style.unwanted.issuperset(VOICES):
        prompt_style.unwanted.discard("pad")
    return prompt_style


def _effect_of(word: str) -> _WordEffect | None:
    for length in range(min(len(word), _LONGEST), 2, -1):
        if (effect := _STEMS.get(word[:length])) is not None:
            return effect
    return None


def _voices(word: str) -> tuple[str, ...]:
    effect = _effect_of(word)
    return effect.voices if effect is not None else ()


def _apply(effect: _WordEffect, prompt_style: PromptStyle) -> None:
    prompt_style.tempo = effect.tempo or prompt_style.tempo
    prompt_style.beats = effect.beats or prompt_style.beats
    prompt_style.beat = effect.beat or prompt_style.beat
    prompt_style.modes = prompt_style.modes if len(prompt_style.modes) == 1 else effect.modes or prompt_style.modes
    prompt_style.energy += effect.energy
    prompt_style.brightness += effect.brightness
    prompt_style.space += effect.space
    prompt_style.swing = max(prompt_style.swing, effect.swing)
    prompt_style.wanted.update(effect.voices)
    prompt_style.unwanted.update(effect.without)
    prompt_style.timbres.update(effect.timbres)


def _read_numbers(text: str, prompt_style: PromptStyle) -> None:
    if found := re.search(r"(?<![\d.])(\d{2,3}(?:\.\d+)?)\s*bpm\b", text):
        prompt_style.bpm = min(max(float(found[1]), SLOWEST), FASTEST)
    if found := re.search(r"(?<!\d)([346])\s*/\s*([48])(?!\d)", text):
        prompt_style.beats = 4 if found[1] == "4" else 3
    modes = "major|minor|dorian|lydian|phrygian|mixolydian"
    if found := re.search(rf"(?<![^\W_])([a-g])[\s-]?(#|♯|♭|b|sharp|flat)?[\s-]*(?:{modes})\b", text):
        prompt_style.root = (_PITCHES[found[1]] + _ACCIDENTALS.get(found[2] or "", 0)) % 12
