"""Udio, and those that download from it: JSON beside the sound, with the song as the site's interface has it.

A song has `song_path`, `prompt`, `tags` (a list), `lyrics` and `title` (answers of www.udio.com/api as public clients
keep them: flowese/UdioWrapper, 2024; PiAPI's music-u, May 2025). Its seed is that of the request, mostly -1.
"""

from __future__ import annotations

from typing import Any

from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_prompt, prompt_in, seed_in

NAME = "Udio"


def read(clue: Clue) -> Told | None:
    """The words of a song."""
    for data in clue.mappings():
        songs = [song for song in _songs(data) if "song_path" in song]
        if len(songs) > 1:
            stem = clue.file.stem
            songs = [song for song in songs if str(song.get("id")) in stem or song.get("title") == stem]
        if songs or any("udio.com" in str(data.get(key)) for key in ("url", "song_url", "source")):
            song = songs[0] if songs else data
            prompt = first_prompt(song, "prompt", "gpt_description_prompt") or first_prompt(data, "prompt")
            if not prompt and isinstance(tags := song.get("tags"), list):
                prompt = prompt_in(", ".join(tag for tag in tags[:100] if isinstance(tag, str)))
            origin = Origin(prompt, seed_in(song.get("seed")), None, "udio")
            return Told(NAME, origin, guess=first_prompt(song, "title"))
    return None


def _songs(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The song itself, or the songs of an answer."""
    outer = [data, *(data[key] for key in ("output", "data", "track", "song") if isinstance(data.get(key), dict))]
    inner = [song for item in outer for song in (item["songs"] if isinstance(item.get("songs"), list) else [])]
    return [song for song in [*outer, *inner[:100]] if isinstance(song, dict)]
