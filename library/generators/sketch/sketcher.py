"""The sketcher: composes and plays a take from a prompt's words and a seed. Rules and chance, no neural model."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from itertools import count

import msgspec
import numpy as np
import scipy
from numpy.lib import introspect
from numpy.typing import NDArray

from library.errors import GenerationError
from library.generators.api import Context, Failed, Progress, Rendered
from library.generators.sketch.accompaniment import Arpeggio, Bass, Pad
from library.generators.sketch.drum_kit import make_drum_kit
from library.generators.sketch.drums import Drums
from library.generators.sketch.form import Bar, Form
from library.generators.sketch.melody import Lead
from library.generators.sketch.mixer import Hall, Mixer, loudness_gain, master
from library.generators.sketch.random_streams import RandomStreams
from library.generators.sketch.spec import SPEC
from library.generators.sketch.style import RATE, make_style
from library.generators.sketch.synth import PATCHES, Instrument
from library.take import Recipe

REVISION = "1"
"""Raise it with every change that changes a take's bits."""


class Sketch:
    """One take in the making: gives its bars in order, each a pure function of the ones before."""

    def __init__(self, prompt: str, seed: int) -> None:
        streams = RandomStreams("sketch", REVISION, prompt, seed)
        self.style = make_style(prompt, seed)
        self._form = Form(self.style, streams)
        self._drums = Drums(self.style, streams) if "drums" in self.style.voices else None
        self._kit = make_drum_kit(streams, self.style.brightness, self.style.energy) if self._drums else {}
        parts: dict[str, Bass | Pad | Arpeggio | Lead] = {
            "bass": Bass(self.style, streams),
            "pad": Pad(self.style, streams),
            "arpeggio": Arpeggio(self.style, streams),
            "lead": Lead(self.style, streams, seed, self._form.key),
        }
        self._parts = {voice: part for voice, part in parts.items() if voice in self.style.voices}
        self._instruments = {
            voice: Instrument(
                PATCHES[voice][self.style.timbres[voice]],
                self.style.brightness,
                RandomStreams("sound", prompt, seed, voice),
            )
            for voice in self._parts
        }
        self._hall = Hall.build(self.style, streams)
        # From a bar with all voices in that is played for this alone, whatever the take's length.
        self._gain = loudness_gain(self._play(self._form.fullest(), Mixer(self.style, self._hall)))

    def bars(self) -> Iterator[NDArray[np.float32]]:
        """The take, bar by bar, without end: float32 [2, bar]."""
        mixer = Mixer(self.style, self._hall)
        for index in count():
            yield master(self._play(self._form.bar(index), mixer), self._gain)

    def _play(self, bar: Bar, mixer: Mixer) -> NDArray[np.float32]:
        style = self.style
        kicks: list[int] = []
        if self._drums is not None and "drums" in bar.voices:
            for hit in self._drums.hits(bar):
                frame = style.at(hit.step)
                mixer.add("drums", self._kit[hit.drum], frame, hit.velocity)
                if hit.drum == "kick":
                    kicks.append(frame)
        for voice, part in self._parts.items():
            if voice not in bar.voices:
                continue
            instrument = self._instruments[voice]
            for note in part.notes(bar):
                held = round(note.steps * style.beat_frames / 4)
                sound = instrument.note(note.pitch, held, note.open, note.pan)
                mixer.add(voice, sound, style.at(note.step), note.velocity)
        return mixer.next_bar(kicks)


class Sketcher:
    """The embedded generator `sketch`: stereo at 44.1 kHz, any two durations of a recipe equal as far as both go."""

    name = SPEC.name

    def generate(self, recipes: Sequence[Recipe], context: Context) -> Iterator[Rendered | Failed]:
        """Each recipe's take in turn. Drafts and models are refused; sampling settings do not apply and are dropped."""
        durations = [max(recipe.duration_s, 0.0) for recipe in recipes]
        total = max(round(1000 * sum(durations)), 1)
        for index, recipe in enumerate(recipes):
            done = round(1000 * sum(durations[:index]))
            context.report(Progress(done, total))
            if (error := _refusal(recipe, context.parent(index))) is not None:
                yield Failed(index, error)
                continue
            frames = max(round(recipe.duration_s * RATE), 1)
            sound = np.empty((frames, 2), np.float32)
            filled = 0
            for bar in Sketch(recipe.prompt, recipe.seed).bars():
                if context.cancelled():
                    return
                if index in context.unwanted():
                    break
                part = bar[:, : frames - filled]
                sound[filled : filled + part.shape[1]] = part.T
                filled += part.shape[1]
                context.report(Progress(done + round(1000 * filled / RATE), total, seconds={index: filled / RATE}))
                if filled >= frames:
                    yield Rendered(index, _complete(recipe), sound, RATE)
                    break
            if filled < frames:
                yield Failed(index, GenerationError("You rejected this take while it was being made."))


def _refusal(recipe: Recipe, parent: str | None) -> GenerationError | None:
    if parent is not None and recipe.revision not in (None, REVISION):
        return GenerationError(
            "The take can't be extended exactly: it was made by a different version of the sketcher.",
            "Make a new take with the same prompt and seed.",
        )
    if not recipe.duration_s > 0:
        return GenerationError(f"The sketcher can't make {recipe.duration_s:g} s.", "Ask for more than 0 s.")
    try:
        if recipe.draft is not None:
            SPEC.check_draft(recipe.draft.use, recipe.model)
        SPEC.check_model(recipe.model)
        SPEC.check_length(recipe.duration_s)
    except GenerationError as error:
        return error
    return None


def _complete(recipe: Recipe) -> Recipe:
    return msgspec.structs.replace(
        recipe,
        revision=REVISION,
        sampling=None,
        settings={},
        fingerprint={
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "machine": platform.machine(),
            "system": platform.system(),
            "cpu": _simd_instructions(),
        },
    )


def _simd_instructions() -> str:
    """The processor's instructions that numpy takes sines by here: with others they round differently."""
    chosen = introspect.opt_func_info(func_name="^sin$").get("sin", {}).get("dd", {})
    return str(chosen.get("current", "baseline"))
