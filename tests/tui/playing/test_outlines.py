"""The cache of outlines: bounded, and measured again where one has gone."""

from __future__ import annotations

import numpy as np
import soundfile

from library.take import Take, digest_of, make_id
from tui.playing.outlines import Outlines

RATE = 8000


def a_take(path):
    return Take(
        id=make_id(digest_of(str(path).encode())),
        batch="b",
        file=str(path),
        duration_s=1.0,
        sample_rate=RATE,
        channels=1,
        created_at="2026-01-01T00:00:00Z",
    )


async def test_it_keeps_the_last_ones_used(tmp_path):
    cache = Outlines(kept=2)
    paths = [tmp_path / f"{number}.flac" for number in range(3)]
    for path in paths:
        soundfile.write(path, np.full(RATE, 0.5), RATE)
    takes = [a_take(path) for path in paths]
    for number in (0, 1, 0, 2):
        await cache.outline(takes[number], paths[number])
    assert len(cache) == 2
    assert cache.at_hand(takes[1], paths[1]) is None
    assert cache.at_hand(takes[0], paths[0]) is not None
    paths[0].unlink()
    assert max((await cache.outline(takes[0], paths[0])).peaks) == 255
