"""Text as AUTOMATIC1111's Stable Diffusion web UI writes it, and tools for sound after it, in a tag or a text file.

`prompt`, maybe `Negative prompt: …`, and a last line of settings: `Steps: 50, Sampler: Euler, CFG scale: 7, Seed: 411,
Model: …` (create_infotext in modules/processing.py of AUTOMATIC1111/stable-diffusion-webui, version 1.10, July 2024).
"""

from __future__ import annotations

import re

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, prompt_in, seed_in

NAME = "A1111"
_MOST_TEXT = 100_000
_SETTINGS = re.compile(r"(?:^|\n|\s)(Steps:\s*[0-9]+\s*,[^\n]*)\s*(?:\n[^\n]*)?$")
_SETTING = re.compile(r'\s*([A-Za-z][\w /-]*):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')


def read(clue: Clue) -> Told | None:
    """The words of the first text that is so written."""
    for texts in clue.texts.values():
        for text in texts:
            if len(text) <= _MOST_TEXT and "Steps:" in text and (found := _SETTINGS.search(text.rstrip())):
                settings = {name.lower(): value.strip('" ') for name, value in _SETTING.findall(found[1])}
                words = re.split(r"(?:^|\s)Negative prompt:", text[: found.start()], maxsplit=1)[0]
                if not (prompt := prompt_in(words)):
                    return Told(NAME, unclear="It has settings and a seed but no prompt before them.")
                seed = seed_in(settings.get("seed"))
                return Told(NAME, Origin(prompt, seed, settings.get("model") or None))
    return None
