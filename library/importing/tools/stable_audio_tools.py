"""stable-audio-tools: names such as `warm pads.cfg7.411.wav`, and the conditioning it is called with, kept as JSON.

The names are made in stable_audio_tools/interface/interfaces/diffusion_cond.py (Stability-AI/stable-audio-tools,
February 2026): the prompt, maybe `.neg-` and the negative prompt, the guidance, the seed. The prompt is cut at 150
characters, and signs that no file name may have are dashes. Its functions take a list of `conditioning`, which those
who call them keep.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_name, first_prompt, prompt_in, seed_in

NAME = "stable-audio-tools"
_CUT_AT = 150
_STEM = re.compile(r"(?P<prompt>.+?)(?:\.neg-.*)?\.cfg-?[0-9]+(?:\.[0-9]+)?\.(?P<seed>[0-9]{1,20})", re.DOTALL)


def read(clue: Clue) -> Told | None:
    """The words of a call."""
    for data in clue.mappings():
        conditioning = data.get("conditioning")
        entry = conditioning[0] if isinstance(conditioning, list) and conditioning else data
        if not isinstance(entry, dict) or not ("seconds_total" in entry or "seconds_start" in entry):
            continue
        prompt = first_prompt(entry, "prompt", "text") or first_prompt(data, "prompt")
        model = first_name(data, "model", "model_name", "pretrained_name", "ckpt_path")
        return Told(NAME, Origin(prompt, seed_in(data.get("seed")), model, "stable-audio-tools"))
    return None


def read_name(path: PurePath) -> Told | None:
    """The words of a name; None for one that is made otherwise, or whose prompt may be cut off."""
    found = _STEM.fullmatch(path.stem)
    if found is None or len(found["prompt"]) >= _CUT_AT:
        return None
    prompt = prompt_in(found["prompt"].strip("_ "))
    return Told(NAME, Origin(prompt, seed_in(found["seed"]), None, "stable-audio-tools")) if prompt else None
