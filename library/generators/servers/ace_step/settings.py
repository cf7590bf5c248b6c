"""What can be set of ACE-Step, by Earmark's names, and what the server calls each (docs/en/API.md there)."""

from __future__ import annotations

from library.generators.spec import Setting

SHORTEST_S = 10.0
"""ACE-Step makes nothing shorter: what is, is cut from a take of this length."""
LONGEST_S = 600.0
DEFAULT_STEPS = 8
SETTINGS = (
    Setting(name="steps", kind="whole", default=DEFAULT_STEPS, low=1, high=200,
            help="Steps of diffusion: 8 for turbo models, 32 to 64 for base models."),
    Setting(name="guidance", kind="number", default=7.0, low=0, high=30,
            help="How closely to follow the prompt; base models only."),
    Setting(name="shift", kind="number", default=3.0, low=1, high=5, help="How steps are spread; base models only."),
    Setting(name="scheduler", kind="choice", default="ode", choices=("ode", "sde"), help="How steps are taken."),
    Setting(name="lyrics", kind="text", help="What is sung, \\n between lines; nothing for an instrumental."),
    Setting(name="language", kind="text", help="The language of the lyrics, like en or de."),
    Setting(name="bpm", kind="whole", low=30, high=300, help="Tempo."),
    Setting(name="key", kind="text", help="Key, like C major or F# minor."),
    Setting(name="time_signature", kind="choice", choices=("2", "3", "4", "6"), help="Beats in a bar."),
    Setting(name="strength", kind="number", default=1.0, low=0, high=1, help="How far a melody draft is followed."),
)  # fmt: skip
SENT_AS = {
    "steps": "inference_steps",
    "guidance": "guidance_scale",
    "shift": "shift",
    "scheduler": "infer_method",
    "lyrics": "lyrics",
    "language": "vocal_language",
    "bpm": "bpm",
    "key": "key_scale",
    "time_signature": "time_signature",
    "strength": "audio_cover_strength",
}
