"""Suno, and those that download from it: JSON beside the sound, and what the MP3's tags say. No seed is ever told.

Suno's feed has `metadata.gpt_description_prompt` (what was asked for in words), `metadata.tags` (the style) and
`metadata.prompt`: the lyrics where there are any, else the words (answers of studio-api.suno.ai as public clients keep
them, November 2026). Its files say `made with suno; created=…; id=…` in a comment. SunoSync (suno_utils.py of
sunsetsacoustic/SunoSync, version 2, 2025) writes `SUNO_UUID`, the lyrics, and the description as a comment.
"""

from __future__ import annotations

import re
from typing import Any

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_name, first_prompt, part_of, prompt_in

NAME = "Suno"
_STAMP = re.compile(r"made with suno\b|suno\.(?:com|ai)/", re.IGNORECASE)
_LYRICS = re.compile(r"\n|\[[^\]\n]{1,40}\]")


def read(clue: Clue) -> Told | None:
    """The words of a clip."""
    for data in clue.mappings():
        clip = part_of(data, "clip") or data
        details = part_of(clip, "metadata") or clip
        if _is_clip(clip, details):
            prompt = first_prompt(details, "gpt_description_prompt") or first_prompt(clip, "gpt_description_prompt")
            for part in (details, clip):
                written = part.get("prompt")
                if not prompt and isinstance(written, str) and not _LYRICS.search(written.strip()):
                    prompt = prompt_in(written)
            prompt = prompt or first_prompt(details, "tags", "style") or first_prompt(clip, "tags", "style")
            model = first_name(clip, "model_name", "major_model_version", "mv")
            return Told(NAME, Origin(prompt, None, model, "suno"), guess=first_prompt(clip, "title"))
    return _from_tags(clue)


def _is_clip(clip: dict[str, Any], details: dict[str, Any]) -> bool:
    if "gpt_description_prompt" in details or "gpt_description_prompt" in clip or "major_model_version" in clip:
        return True
    if str(clip.get("model_name", "")).startswith("chirp") or str(clip.get("mv", "")).startswith("chirp"):
        return True
    about = "tags" in details or "prompt" in details
    return details is not clip and about and ("audio_url" in clip or "title" in clip)


def _from_tags(clue: Clue) -> Told | None:
    comments = [text for name in ("comment", "description") for text in clue.texts.get(name, ())]
    stamped = any(_STAMP.search(text[:500]) for text in comments)
    if not stamped and "suno_uuid" not in clue.texts:
        return None
    words = [text for text in comments if not _STAMP.search(text[:500])] if "suno_uuid" in clue.texts else []
    lyrics = clue.texts.get("lyrics", ())
    spoken = (prompt_in(text) for text in words if text not in lyrics and not _LYRICS.search(text))
    prompt = next(filter(None, spoken), None)
    return Told(NAME, Origin(prompt, None, None, "suno"))
