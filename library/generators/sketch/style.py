"""The style of a take: the prompt's words first, then the prompt's hash, then the seed."""

from __future__ import annotations

from dataclasses import dataclass

from library.generators.sketch.prompt_style import VOICES, read_prompt
from library.generators.sketch.random_streams import RandomStreams

RATE = 44_100
"""Hz."""
STEPS_A_BEAT = 4
"""The grid is sixteenths."""

_TIMBRES: dict[str, dict[str, float]] = {
    "pad": {"warm": 5, "strings": 2, "choir": 1, "epiano": 1, "organ": 0.5},
    "arpeggio": {"pluck": 6, "bell": 1, "square": 1, "guitar": 1, "harp": 1},
    "lead": {"saw": 4, "square": 2, "flute": 1, "bell": 1, "brass": 1},
    "bass": {"saw": 3, "square": 1, "round": 1},
}
_MODES = {"aeolian": 5, "dorian": 3, "ionian": 2, "mixolydian": 1.5, "lydian": 0.7}
_BEATS = {"back": 5, "four": 3, "half": 1}


@dataclass(frozen=True)
class Style:
    """All that holds for the whole take."""

    beat_frames: int
    """Length of a beat; bars are whole numbers of frames."""
    beats: int
    """In a bar: 3 or 4."""
    root: int
    """Pitch class, 0 for C."""
    mode: str
    energy: float
    """0 sparse to 1 busy."""
    brightness: float
    """0 dull to 1 bright."""
    space: float
    """0 dry to 1 far."""
    swing: float
    """0 straight to 1 triplets."""
    voices: frozenset[str]
    wanted: frozenset[str]
    """Voices that the prompt names: they come first and a little louder."""
    timbres: dict[str, str]
    beat: str
    """Kind of drum pattern: back, four or half."""

    @property
    def bar_frames(self) -> int:
        return self.beat_frames * self.beats

    @property
    def steps(self) -> int:
        """Sixteenths in a bar."""
        return self.beats * STEPS_A_BEAT

    @property
    def bpm(self) -> float:
        """Beats a minute, as played."""
        return 60 * RATE / self.beat_frames

    def at(self, step: float) -> int:
        """Frame of a step (sixteenths from the bar's start), swung."""
        whole, rest = divmod(step, 2)
        late = self.swing / 3 * (rest if rest <= 1 else 2 - rest)
        return round((2 * whole + rest + late) * self.beat_frames / STEPS_A_BEAT)


def make_style(prompt: str, seed: int) -> Style:
    """The style of that prompt and seed. The prompt settles the kind of music, the seed the choices inside it."""
    words = read_prompt(prompt)
    prompt_streams = RandomStreams("style", prompt)
    take_streams = RandomStreams("style", prompt, seed)
    low, high = words.tempo or (84.0, 116.0)
    centre = prompt_streams.stream("tempo").uniform(low, high)
    bpm = words.bpm or min(max(centre * take_streams.stream("tempo").uniform(0.93, 1.07), low), high)
    modes = words.modes or tuple(_MODES)
    weights = [_MODES.get(mode, 1.0) for mode in modes]
    # The prompt prefers a mode; every third seed goes its own way, inside what the words allow.
    streams = take_streams if take_streams.stream("own mode").happens(0.34) else prompt_streams
    prompt_mood = prompt_streams.stream("mood")
    take_mood = take_streams.stream("mood")
    voices = _voices(take_streams, words.wanted, words.unwanted, words.energy)
    timbres = {
        voice: words.timbres.get(voice)
        or take_streams.stream(f"timbre {voice}").pick(list(instruments), list(instruments.values()))
        for voice, instruments in _TIMBRES.items()
    }
    beat = words.beat or take_streams.stream("beat").pick(list(_BEATS), list(_BEATS.values()))
    return Style(
        beat_frames=round(60 * RATE / bpm),
        beats=words.beats or 4,
        root=words.root if words.root is not None else take_streams.stream("root").below(12),
        mode=streams.stream("mode").pick(modes, weights),
        energy=_clip(0.5 + 0.5 * words.energy + prompt_mood.uniform(-0.15, 0.15) + take_mood.uniform(-0.12, 0.12)),
        brightness=_clip(
            0.5 + 0.5 * words.brightness + prompt_mood.uniform(-0.15, 0.15) + take_mood.uniform(-0.15, 0.15)
        ),
        space=_clip(0.45 + 0.6 * words.space + prompt_mood.uniform(-0.15, 0.15) + take_mood.uniform(-0.1, 0.1)),
        swing=words.swing,
        voices=frozenset(voices),
        wanted=frozenset(words.wanted),
        timbres=timbres,
        beat=beat,
    )


def _voices(streams: RandomStreams, wanted: set[str], unwanted: set[str], energy: float) -> set[str]:
    odds = {"drums": 0.95, "bass": 0.97, "pad": 0.92, "arpeggio": 0.82, "lead": 0.85}
    chosen = {
        voice
        for voice in VOICES
        if voice in wanted or streams.stream(f"voice {voice}").happens(odds[voice] + 0.1 * min(energy, 0.0))
    }
    chosen -= unwanted
    if not chosen & {"pad", "arpeggio", "lead"}:
        # Harmony has to come from somewhere, unless nothing else was asked for.
        chosen |= {"pad"} - unwanted or {"arpeggio"} - unwanted
    return chosen or wanted


def _clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)
