"""TTS-WebUI (TTS Generation WebUI): `<take>.json` beside each take, and the same object in the comment of OGG and FLAC.

Written by tts_webui/utils/save_json_result.py, tts_webui/decorators/decorator_save_metadata.py and its ffmpeg
extension (rsxdalv/tts-generation-webui, May 2025): keys with an underscore tell the format, `_type` the model's kind;
the words are under `text`, in older files under `prompt`, and `seed` is a text or a number.
"""

from __future__ import annotations

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_name, first_prompt, seed_in

NAME = "TTS-WebUI"


def read(clue: Clue) -> Told | None:
    """The words of the object."""
    for data in clue.mappings():
        if "_version" in data and ("_type" in data or "_hash_version" in data):
            model = first_name(data, "model", "model_name", "_type")
            prompt, seed = first_prompt(data, "text", "prompt"), seed_in(data.get("seed"))
            return Told(NAME, Origin(prompt, seed, model, "tts-webui"))
    return None
