"""What can be set of acestep.cpp, by Earmark's names, and what its AceRequest calls each."""

from __future__ import annotations

from library.generators.spec import Setting

SHORTEST_S = 10.0
"""Its language model plans no less: what is shorter is cut from a take of this length."""
LONGEST_S = 600.0
MAX_SEED = 2**32 - 1
"""It uses the lower 32 bits of a seed."""
SETTINGS = (
    Setting(name="planner", kind="yes-no", default=True,
            help="Whether its language model plans the piece first; without, sound comes straight from the prompt."),
    Setting(name="steps", kind="whole", low=1, high=200, help="Steps of diffusion; the model's own unless set."),
    Setting(name="guidance", kind="number", low=0, high=30, help="How closely to follow the prompt."),
    Setting(name="shift", kind="number", low=0, high=10, help="How steps are spread over time."),
    Setting(name="scheduler", kind="choice", default="euler", choices=("euler", "sde", "dpm3m", "stork4"),
            help="How steps are taken."),
    Setting(name="lyrics", kind="text", default="[Instrumental]",
            help="What is sung, \\n between lines; [Instrumental] for nothing."),
    Setting(name="language", kind="text", help="The language of the lyrics, like en or de."),
    Setting(name="bpm", kind="whole", low=30, high=300, help="Tempo."),
    Setting(name="key", kind="text", help="Key, like C major or F# minor."),
    Setting(name="time_signature", kind="choice", choices=("2", "3", "4", "6"), help="Beats in a bar."),
    Setting(name="strength", kind="number", default=1.0, low=0, high=1, help="How far a melody draft is followed."),
    Setting(name="adapter", kind="text", help="A LoRA from the server's folder of adapters."),
    Setting(name="language_model", kind="text", help="The model that plans; the server's first unless set."),
)  # fmt: skip
SENT_AS = {
    "steps": "inference_steps",
    "guidance": "guidance_scale",
    "shift": "shift",
    "scheduler": "solver",
    "lyrics": "lyrics",
    "language": "vocal_language",
    "bpm": "bpm",
    "key": "keyscale",
    "time_signature": "timesignature",
    "strength": "audio_cover_strength",
    "adapter": "adapter",
    "language_model": "lm_model",
}
