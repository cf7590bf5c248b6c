"""AudioCraft+ (MusicGen+): one object in the comment of the WAV, and in a JSON file of its own.

Written by `add_tags` in app.py of GrandaddyShmax/audiocraft_plus (August 2023): all values are texts, `texts` is a
list as Python prints it, with a text for each stretch of the take, and `global_prompt` counts for all of them.
"""

from __future__ import annotations

import ast

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_name, prompt_in, seed_in

NAME = "AudioCraft+"
_MOST_TEXT = 100_000


def read(clue: Clue) -> Told | None:
    """The words of the object."""
    for data in clue.mappings():
        if "texts" in data and ("global_prompt" in data or "cfg_coef" in data or "audio_mode" in data):
            texts = [prompt_in(data.get("global_prompt")), *map(prompt_in, _texts(data["texts"]))]
            prompt = prompt_in(", ".join(dict.fromkeys(filter(None, texts))))
            model = first_name(data, "custom_model") or first_name(data, "model")
            return Told(NAME, Origin(prompt, seed_in(data.get("seed")), model, "audiocraft-plus"))
    return None


def _texts(value: object) -> list[object]:
    if isinstance(value, str) and len(value) <= _MOST_TEXT:
        try:
            value = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
