"""The union of heard places."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.playing.player.played_places import PlayedPlaces


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200))))
def test_it_is_the_size_of_the_union(spans: list[tuple[int, int]]) -> None:
    heard = PlayedPlaces()
    places: set[int] = set()
    for start, end in spans:
        heard.add(start, end)
        places.update(range(start, end))
    assert heard.total == len(places)
