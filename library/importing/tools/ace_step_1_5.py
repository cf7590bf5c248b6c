"""ACE-Step 1.5: the parameters of a take as JSON beside it, and the answers of its server.

Its screen writes `<id>.json` beside `<id>.flac` (acestep/gradio_ui/events/results_handlers.py and acestep/inference.py
of ace-step/ACE-Step-1.5, February 2026): `caption`, or `cot_caption` where its language model wrote one, and the
take's own `seed`. Its server (acestep/api_server.py) answers with `metas`, which keep the prompt as it was typed, and
a `seed_value` with commas for a batch, whose files stand in `audio_paths`.
"""

from __future__ import annotations

from typing import Any

from library.importing.origin import Origin
from library.importing.tools.clue import (
    Clue,
    Told,
    first_name,
    first_prompt,
    part_of,
    prompt_in,
    seed_of_batch,
    seeds_in,
)  # fmt: skip

NAME = "ACE-Step 1.5"
_OWN = ("cot_caption", "use_cot_caption", "task_type", "seed_value", "dit_model", "use_cot_metas", "cot_lyrics")


def read(clue: Clue) -> Told | None:
    """The words of a take's parameters, or of the answer it came with."""
    for found in clue.mappings():
        answer = part_of(found, "result") or found
        parameters = part_of(answer, "params") or answer
        if not any(key in parameters or key in answer for key in _OWN) or "lm_batch_size" in parameters:
            continue
        metas = part_of(answer, "metas")
        prompt = prompt_in(metas.get("prompt")) or first_prompt(parameters, "caption", "prompt", "cot_caption")
        prompt = prompt or prompt_in(metas.get("caption"))
        model = first_name(answer, "dit_model", "model", "config_path")
        seed = _seed(clue, parameters, answer)
        return Told(NAME, Origin(prompt, seed, model, "ace-step"))
    return None


def _seed(clue: Clue, parameters: dict[str, Any], answer: dict[str, Any]) -> int | None:
    written = [parameters.get("seed"), answer.get("seed_value"), parameters.get("seeds"), answer.get("seeds")]
    seeds = next((seeds for seeds in map(seeds_in, written) if any(seed is not None for seed in seeds)), [])
    paths = answer.get("raw_audio_paths") or answer.get("audio_paths")
    if isinstance(paths, list) and len(paths) == len(seeds) > 1:
        for path, seed in zip(paths, seeds, strict=True):
            if str(path).replace("\\", "/").replace("%2F", "/").rpartition("/")[2].lower() == clue.file.name.lower():
                return seed
    return seed_of_batch(clue, seeds)
