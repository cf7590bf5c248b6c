"""What a prompt's words ask for: tempo, metre, mode, mood, instruments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

VOICES = ("drums", "bass", "pad", "arpeggio", "lead")
SLOWEST, FASTEST = 40.0, 220.0


@dataclass
class PromptStyle:
    """What a word says, or all of a prompt; what is left open is None or even, for prompt and seed to decide."""

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

    def add(self, word: PromptStyle) -> None:
        """Have one more word count."""
        self.tempo = word.tempo or self.tempo
        self.beats = word.beats or self.beats
        self.beat = word.beat or self.beat
        self.modes = self.modes if len(self.modes) == 1 else word.modes or self.modes
        self.energy += word.energy
        self.brightness += word.brightness
        self.space += word.space
        self.swing = max(self.swing, word.swing)
        self.wanted |= word.wanted
        self.unwanted |= word.unwanted
        self.timbres |= word.timbres


_MINOR = ("aeolian", "dorian")
_MAJOR = ("ionian", "mixolydian")

# Stems: a word of the prompt counts when it begins with one. The longest stem that fits wins.
_WORDS = {
    # tempo and metre
    "slow": PromptStyle(tempo=(62, 78), energy=-0.2),
    "largo": PromptStyle(tempo=(48, 60), energy=-0.3),
    "adagio": PromptStyle(tempo=(60, 74), energy=-0.2),
    "andante": PromptStyle(tempo=(76, 96)),
    "moderate": PromptStyle(tempo=(92, 110)),
    "allegro": PromptStyle(tempo=(120, 144), energy=0.2),
    "fast": PromptStyle(tempo=(128, 150), energy=0.3),
    "presto": PromptStyle(tempo=(160, 184), energy=0.3),
    "upbeat": PromptStyle(tempo=(112, 130), energy=0.3),
    "driving": PromptStyle(tempo=(112, 132), energy=0.4, beat="four"),
    "racing": PromptStyle(tempo=(140, 160), energy=0.5, beat="four"),
    "waltz": PromptStyle(beats=3),
    # mode and mood
    "minor": PromptStyle(modes=("aeolian",)),
    "major": PromptStyle(modes=("ionian",)),
    "dorian": PromptStyle(modes=("dorian",)),
    "lydian": PromptStyle(modes=("lydian",)),
    "phrygian": PromptStyle(modes=("phrygian",)),
    "mixolydian": PromptStyle(modes=("mixolydian",)),
    "dark": PromptStyle(modes=("aeolian", "phrygian"), brightness=-0.4),
    "sinister": PromptStyle(modes=("phrygian",), brightness=-0.3),
    "horror": PromptStyle(modes=("phrygian",), tempo=(60, 92), brightness=-0.3, space=0.3),
    "sad": PromptStyle(modes=("aeolian",), tempo=(64, 88), energy=-0.2),
    "melanchol": PromptStyle(modes=_MINOR, tempo=(68, 92), energy=-0.2, space=0.1),
    "nostalgi": PromptStyle(modes=("ionian", "dorian"), space=0.2, brightness=-0.1),
    "night": PromptStyle(modes=_MINOR, space=0.1, brightness=-0.1),
    "neon": PromptStyle(modes=_MINOR, brightness=0.2, wanted={"arpeggio"}),
    "retro": PromptStyle(modes=_MINOR, beat="back"),
    "happy joy": PromptStyle(modes=_MAJOR, brightness=0.3, energy=0.2),
    "cheerful": PromptStyle(modes=_MAJOR, brightness=0.3, energy=0.2, tempo=(108, 128)),
    "sunny": PromptStyle(modes=_MAJOR, brightness=0.3),
    "sunset": PromptStyle(modes=("ionian", "lydian"), space=0.2),
    "uplift": PromptStyle(modes=_MAJOR, energy=0.3, brightness=0.2),
    "hope": PromptStyle(modes=("ionian", "lydian"), brightness=0.1),
    "heroic": PromptStyle(modes=("mixolydian", "aeolian"), energy=0.4, timbres={"lead": "brass"}),
    "epic": PromptStyle(modes=("aeolian",), energy=0.4, space=0.3, timbres={"pad": "strings"}),
    "dream": PromptStyle(modes=("lydian", "dorian"), space=0.5, energy=-0.2, brightness=-0.1),
    "space": PromptStyle(modes=("lydian", "dorian"), space=0.5),
    "float": PromptStyle(space=0.4, energy=-0.3),
    "calm": PromptStyle(tempo=(64, 84), energy=-0.4, space=0.2),
    "gentle": PromptStyle(energy=-0.3, brightness=-0.2),
    "soft": PromptStyle(energy=-0.3, brightness=-0.3),
    "quiet": PromptStyle(energy=-0.4, brightness=-0.2),
    "peaceful": PromptStyle(tempo=(64, 84), energy=-0.4, space=0.3, modes=("ionian", "lydian")),
    "aggressive": PromptStyle(modes=("phrygian", "aeolian"), energy=0.6, brightness=0.4, beat="four"),
    "energetic": PromptStyle(energy=0.5, tempo=(118, 138)),
    "busy dense": PromptStyle(energy=0.5),
    "sparse": PromptStyle(energy=-0.5),
    "minimal": PromptStyle(energy=-0.4),
    "bright": PromptStyle(brightness=0.4),
    "warm": PromptStyle(brightness=-0.2),
    "muffled": PromptStyle(brightness=-0.5),
    "dry": PromptStyle(space=-0.6),
    "reverb wet": PromptStyle(space=0.4),
    # kinds of music
    "ambient": PromptStyle(
        tempo=(58, 72), energy=-0.7, space=0.6, wanted={"pad"}, unwanted={"drums"}, timbres={"lead": "bell"}
    ),
    "drone": PromptStyle(tempo=(48, 60), energy=-0.9, space=0.6, wanted={"pad"}, unwanted={"drums", "lead"}),
    "chill": PromptStyle(tempo=(78, 94), energy=-0.3, space=0.2, beat="half"),
    "lofi": PromptStyle(
        tempo=(74, 88), energy=-0.3, brightness=-0.4, swing=0.6, beat="half", timbres={"pad": "epiano"}
    ),
    "jazz": PromptStyle(swing=0.6, modes=("dorian", "ionian"), timbres={"pad": "epiano"}),
    "swing": PromptStyle(swing=0.8),
    "house": PromptStyle(tempo=(120, 127), energy=0.3, beat="four"),
    "techno": PromptStyle(tempo=(126, 134), energy=0.4, modes=("phrygian", "aeolian"), beat="four", unwanted={"lead"}),
    "trance": PromptStyle(tempo=(134, 140), energy=0.4, beat="four", wanted={"arpeggio"}),
    "dance": PromptStyle(tempo=(118, 128), energy=0.4, beat="four"),
    "disco": PromptStyle(tempo=(112, 124), energy=0.4, modes=_MINOR, beat="four"),
    "synthwave": PromptStyle(tempo=(84, 112), beat="back", wanted={"bass", "arpeggio"}),
    "outrun": PromptStyle(tempo=(100, 120), energy=0.2, beat="back", wanted={"bass", "arpeggio"}),
    "rock": PromptStyle(tempo=(108, 136), energy=0.3, beat="back", timbres={"arpeggio": "guitar"}),
    "ballad": PromptStyle(tempo=(62, 78), energy=-0.3, beat="half"),
    "cinematic": PromptStyle(space=0.4, timbres={"pad": "strings"}, wanted={"pad"}),
    "orchestra": PromptStyle(
        space=0.3, timbres={"pad": "strings", "lead": "flute", "arpeggio": "harp"}, wanted={"pad", "lead"}
    ),
    "chiptune": PromptStyle(
        tempo=(120, 150), space=-0.5, brightness=0.3, timbres={"lead": "square", "arpeggio": "square"}
    ),
    # instruments
    "drum percussion beat kick": PromptStyle(wanted={"drums"}),
    "snare": PromptStyle(wanted={"drums"}, beat="back"),
    "bass": PromptStyle(wanted={"bass"}),
    "pad chord": PromptStyle(wanted={"pad"}),
    "string": PromptStyle(wanted={"pad"}, timbres={"pad": "strings"}),
    "violin": PromptStyle(wanted={"lead", "pad"}, timbres={"pad": "strings", "lead": "strings"}),
    "cello": PromptStyle(wanted={"lead"}, timbres={"lead": "strings"}, brightness=-0.1),
    "choir": PromptStyle(wanted={"pad"}, timbres={"pad": "choir"}, space=0.2),
    "voice vocal": PromptStyle(wanted={"pad"}, timbres={"pad": "choir"}),
    "organ": PromptStyle(wanted={"pad"}, timbres={"pad": "organ"}),
    "rhodes keys": PromptStyle(wanted={"pad"}, timbres={"pad": "epiano"}),
    "piano": PromptStyle(wanted={"arpeggio"}, timbres={"arpeggio": "piano", "lead": "piano"}),
    "harp marimba": PromptStyle(wanted={"arpeggio"}, timbres={"arpeggio": "harp"}),
    "guitar": PromptStyle(wanted={"arpeggio"}, timbres={"arpeggio": "guitar"}),
    "bell": PromptStyle(wanted={"lead"}, timbres={"lead": "bell"}),
    "flute": PromptStyle(wanted={"lead"}, timbres={"lead": "flute"}),
    "brass trumpet horn sax": PromptStyle(wanted={"lead"}, timbres={"lead": "brass"}),
    "square": PromptStyle(timbres={"lead": "square"}),
    "lead melod tune": PromptStyle(wanted={"lead"}),
    "arp sequence": PromptStyle(wanted={"arpeggio"}),
    "pluck": PromptStyle(wanted={"arpeggio"}, timbres={"arpeggio": "pluck"}),
}
_STEMS = {stem: says for stems, says in _WORDS.items() for stem in stems.split()}
_NOTHING = PromptStyle()
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
    for word in words:
        if word in _NEGATIONS:
            negated = True
            continue
        if word.endswith("less"):
            prompt_style.unwanted |= _known(word.removesuffix("less")).wanted
        elif negated:
            prompt_style.unwanted |= _known(word).wanted
        else:
            prompt_style.add(_known(word))
        # "no drums and bass" drops both; "no drums, piano" only the first.
        negated = negated and (word in _FILLERS or bool(_known(word).wanted))
    prompt_style.wanted -= prompt_style.unwanted
    if _ONLY.intersection(words) and prompt_style.wanted:
        prompt_style.unwanted |= set(VOICES) - prompt_style.wanted
    if prompt_style.unwanted.issuperset(VOICES):
        prompt_style.unwanted.discard("pad")
    return prompt_style


def _known(word: str) -> PromptStyle:
    """What a word says; nothing, if it is none of ours."""
    stems = (word[:length] for length in range(min(len(word), _LONGEST), 2, -1))
    return next((_STEMS[stem] for stem in stems if stem in _STEMS), _NOTHING)


def _read_numbers(text: str, prompt_style: PromptStyle) -> None:
    if found := re.search(r"(?<![\d.])(\d{2,3}(?:\.\d+)?)\s*bpm\b", text):
        prompt_style.bpm = min(max(float(found[1]), SLOWEST), FASTEST)
    if found := re.search(r"(?<!\d)([346])\s*/\s*([48])(?!\d)", text):
        prompt_style.beats = 4 if found[1] == "4" else 3
    modes = "major|minor|dorian|lydian|phrygian|mixolydian"
    if found := re.search(rf"(?<![^\W_])([a-g])[\s-]?(#|♯|♭|b|sharp|flat)?[\s-]*(?:{modes})\b", text):
        prompt_style.root = (_PITCHES[found[1]] + _ACCIDENTALS.get(found[2] or "", 0)) % 12
