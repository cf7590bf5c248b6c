"""acestep.cpp: `request0.json` beside `request00.mp3`, `request01.mp3` …

Its `ace-lm` writes the request with all that it filled in, and `ace-synth` puts a digit behind its name for each take;
the seed of take N is the request's plus N (docs/ARCHITECTURE.md, src/request.h and tools/ace-synth.cpp of
ServeurpersoCom/acestep.cpp, July 2026). A request with seed -1 doesn't tell which one was drawn.
"""

from __future__ import annotations

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_name, first_prompt, seed_in

NAME = "acestep.cpp"
_OWN = ("lm_batch_size", "synth_batch_size", "synth_model", "lm_mode", "lm_seed", "synth_indices", "dcw_scaler")
_MAYBE = ("audio_codes", "inference_steps", "keyscale", "vocal_language", "bpm")


def read(clue: Clue) -> Told | None:
    """The words of the request."""
    numbered = clue.name.lower() == f"{clue.file.stem[:-1]}.json".lower() and clue.file.stem[-1:].isdigit()
    for request in clue.mappings():
        own = any(key in request for key in _OWN) or (numbered and any(key in request for key in _MAYBE))
        if not own or "caption" not in request or "cot_caption" in request:
            continue
        seed = seed_in(request.get("seed"))
        if seed is not None and numbered:
            seed += int(clue.file.stem[-1])
        model = first_name(request, "synth_model", "dit_model")
        return Told(NAME, Origin(first_prompt(request, "caption"), seed, model, "acestep.cpp"))
    return None
