"""What riffusion, ace-step and stable-audio are and take, told without loading them: no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from library.generators.diffusion.families import ACE_STEP, RIFFUSION, STABLE_AUDIO
from library.generators.spec import Setting, Spec

SCHEDULERS = {
    "ddim": "DDIMScheduler",
    "dpm++": "DPMSolverMultistepScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler-a": "EulerAncestralDiscreteScheduler",
    "heun": "HeunDiscreteScheduler",
    "pndm": "PNDMScheduler",
    "unipc": "UniPCMultistepScheduler",
}
"""By what is typed: diffusers' class."""
PRECISION = Setting(
    name="precision", kind="choice", choices=("float32", "bfloat16", "float16"),
    help="What to compute in; usually float32 on the CPU, and half of that on a GPU.",
)  # fmt: skip
NEGATIVE = Setting(name="negative", kind="text", help="What the take should be unlike.")


def _steps(default: int) -> Setting:
    return Setting(name="steps", kind="whole", default=default, low=1, high=1000, help="Denoising steps.")


def _guidance(default: float, more: str = "") -> Setting:
    help_text = f"How closely to follow the prompt; 1 turns it off.{more}"
    return Setting(name="guidance", kind="number", default=default, low=1, high=100, help=help_text)


@dataclass(frozen=True, kw_only=True)
class DiffusionSpec(Spec):
    """A generator whose models are diffusers' pipelines, by name on the hub or as a folder."""

    @property
    def remedy(self) -> str | None:
        """How to install it, where it isn't."""
        if find_spec("diffusers") is None or find_spec("torch") is None:
            return "To add it, run `make musicgen` in Earmark's folder (about 3 GB)."
        return None


RIFFUSION_SPEC = DiffusionSpec(
    name="riffusion",
    title="Riffusion",
    line="Stable Diffusion on pictures of spectrograms: five seconds a picture, wider ones for longer takes, walks.",
    made_by="library.generators.diffusion.generators:Riffusion",
    models=(RIFFUSION.example,),
    other_models=True,
    settings=(
        _steps(50),
        _guidance(7.0),
        NEGATIVE,
        Setting(name="strength", kind="number", default=0.75, low=0, high=1, above_low=True,
                help="With a draft: how far to go from it; 1 leaves nothing of it."),
        Setting(name="to", kind="text", help="Walk, picture by picture, to this prompt, or to a seed if it's one."),
        Setting(name="scheduler", kind="choice", choices=tuple(SCHEDULERS),
                help="How noise is taken away; the model's own if none is named."),
        Setting(name="stereo", kind="yes-no", default=True,
                help="Whether green is left and blue is right; else the colours make one channel."),
        PRECISION,
    ),
    drafts=("melody",),
    shortest_s=0.5,
    longest_s=120.0,
    devices=("auto", "cpu", "cuda", "mps"),
    seeded="yes",
    exact=True,
)  # fmt: skip
ACE_STEP_SPEC = DiffusionSpec(
    name="ace-step",
    title="ACE-Step",
    line="ACE-Step 1.5 in this program: whole songs with lyrics, made for 10 s to 10 minutes; covers of a draft.",
    made_by="library.generators.diffusion.generators:AceStep",
    models=(ACE_STEP.example, "ACE-Step/acestep-v15-xl-base-diffusers"),
    other_models=True,
    settings=(
        Setting(name="lyrics", kind="text", help="Words to sing: \\n begins a line, [verse] and [chorus] name parts."),
        Setting(name="language", kind="text", default="en", help="Of the lyrics, as a code like en, de or zh."),
        Setting(name="bpm", kind="whole", low=30, high=300, help="Beats a minute."),
        Setting(name="key", kind="text", help="Such as C major or A minor."),
        Setting(name="meter", kind="choice", choices=("2", "3", "4", "6"), help="Beats in a bar."),
        _steps(8),
        _guidance(7.0, " Turbo models have it built in."),
        Setting(name="shift", kind="number", default=3.0, low=0, high=10, above_low=True,
                help="More of the steps for the coarse, where it is greater."),
        Setting(name="strength", kind="number", default=1.0, low=0, high=1,
                help="With a draft as melody: how much of the take follows it."),
        PRECISION,
    ),
    drafts=("melody", "continuation"),
    shortest_s=0.5,
    longest_s=600.0,
    devices=("auto", "cpu", "cuda", "mps"),
    seeded="yes",
    exact=True,
)  # fmt: skip
STABLE_AUDIO_SPEC = DiffusionSpec(
    name="stable-audio",
    title="Stable Audio",
    line="Stable Audio Open: sounds and short pieces from text, up to 47 s, in stereo.",
    made_by="library.generators.diffusion.generators:StableAudio",
    models=(STABLE_AUDIO.example,),
    other_models=True,
    settings=(_steps(100), _guidance(7.0), NEGATIVE, PRECISION),
    shortest_s=0.5,
    longest_s=47.5,
    devices=("auto", "cpu", "cuda", "mps"),
    seeded="yes",
    exact=True,
)


def specs() -> tuple[Spec, ...]:
    """The three of this folder."""
    return (RIFFUSION_SPEC, ACE_STEP_SPEC, STABLE_AUDIO_SPEC)
