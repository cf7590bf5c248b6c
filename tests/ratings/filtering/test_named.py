"""Takes that were chosen one by one are found again by the filter that names them, and no others."""

from __future__ import annotations

from datetime import UTC, datetime

from library.take import Take, digest_of, make_id
from ratings.browse import Query, View
from ratings.filtering.named import MOST, filter_of
from ratings.history import History
from ratings.session.plan import new_plan


def take(number):
    return Take(
        id=make_id(digest_of(b"%d" % number)), batch="b", file="a.flac", duration_s=1.0, sample_rate=8000, channels=1,
        created_at="2026-01-01T00:00:00.000000Z",
    )  # fmt: skip


def test_it_finds_these_and_no_others():
    takes = [take(number) for number in range(2000)]
    chosen = takes[100:150]
    query = Query.parse(filter_of(chosen))
    assert query.named == 50
    assert {one.id for one in View(History(), takes).rows(query)} == {one.id for one in chosen}


def test_a_plan_has_room_for_the_most():
    selection = filter_of([take(number) for number in range(MOST)])
    assert new_plan(datetime.now(UTC), selection=selection).selection == selection


def test_a_filter_that_asks_for_more_names_none():
    assert Query.parse("id:1f0e neon").named is None
    assert Query.parse("neon").named is None
