"""ACE-Step, the first version: `<take>_input_params.json` beside `<take>.wav`.

Written by acestep/pipeline_ace_step.py of ace-step/ACE-Step (June 2025): `prompt`, and `actual_seeds`, one for each
take of the batch, which are named `output_<time>_<number>`.
"""

from __future__ import annotations

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_name, first_prompt, seed_of_batch, seeds_in

NAME = "ACE-Step"


def read(clue: Clue) -> Told | None:
    """The words of a run's parameters."""
    for parameters in clue.mappings():
        if "actual_seeds" not in parameters and not ("infer_step" in parameters and "prompt" in parameters):
            continue
        seeds = seeds_in(parameters.get("actual_seeds", parameters.get("manual_seeds")))
        model = first_name(parameters, "lora_name_or_path")
        return Told(NAME, Origin(first_prompt(parameters, "prompt"), seed_of_batch(clue, seeds), model, "ace-step"))
    return None
