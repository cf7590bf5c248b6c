"""The sound as a scale of its own: the same ranking, of what was said about production instead of composition."""

from __future__ import annotations

from msgspec import structs

from ratings.history import History
from ratings.judgement import Sound, Stars


def sound_history(history: History) -> History:
    """What `history` says of the sound, as if it were all that had been asked: ranking it ranks by production.

    A copy, which does not follow what is said later. A `TakeRatings` of it has the sound's stars and counts, no more.
    """
    return History(_as_stars(event) for event in history.live() if isinstance(event, Sound))


def _as_stars(event: Sound) -> Stars:
    fields = structs.asdict(event)
    return Stars(stars=fields.pop("sound"), **fields)
