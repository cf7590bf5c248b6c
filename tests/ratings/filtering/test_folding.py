"""Takes folded by prompt equal their definition, whatever is open; a row is found again in every state."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from library.take import Take
from ratings.browse import SORTS, Query, View
from ratings.filtering.folding import PromptGroup
from ratings.history import History


def take(number, prompt, seed):
    return Take(
        id=f"{number:020x}", batch="b", file="x.flac", duration_s=1.0, sample_rate=8000, channels=1, prompt=prompt,
        seed=seed, created_at=f"2026-01-01T00:00:00.{number:06d}Z",
    )  # fmt: skip


TAKES = st.lists(st.tuples(st.sampled_from([None, "a", "b", "B", "c"]), st.sampled_from([None, 1, 2, 9])), max_size=14)


def by_definition(rows, opened):
    """What stands in each line: the prompt of one that is folded or open, or a take."""
    prompts = {}
    for one in rows:
        prompts.setdefault(one.prompt, []).append(one)
    lines = []
    for prompt, takes in prompts.items():
        if len(takes) == 1:
            lines += takes
        else:
            lines += [("prompt", prompt), *(takes if prompt in opened else [])]
    return lines


def line(row):
    return ("prompt", row.prompt) if isinstance(row, PromptGroup) else row


@settings(max_examples=200, deadline=None)
@given(TAKES, st.sampled_from(SORTS), st.sets(st.sampled_from([None, "a", "b", "B", "c"])), st.data())
def test_folded_rows_are_those_of_the_definition(made, sort, opened, data):
    view = View(History(), [take(number, prompt, seed) for number, (prompt, seed) in enumerate(made)])
    rows = view.rows(Query(), sort)
    folded = view.fold(rows)
    assert [line(row) for row in folded] == by_definition(rows, ())
    folded = folded.opening([group.number for row in rows if (group := folded.group_of(row)) and row.prompt in opened])
    expected = by_definition(rows, opened)
    assert [line(row) for row in folded] == expected == [line(row) for row in folded[:]]
    assert len(folded) == len(expected)
    for at, row in enumerate(folded):
        assert folded.place_of(row) == at
    for one in rows:
        where = folded[folded.place_of(one)]
        assert where == one or (isinstance(where, PromptGroup) and one in list(where) and one.prompt not in opened)
    in_order = [one for prompt in dict.fromkeys(one.prompt for one in rows) for one in rows if one.prompt == prompt]
    assert list(view.unfold(folded)) == in_order
    if made and (group := folded.group_of(data.draw(st.sampled_from(list(rows))))):
        seeds = [one.seed for one in group.by_seed(len(group))]
        assert seeds == sorted(seeds, key=lambda seed: (seed is None, seed))


def test_of_a_filter_only_what_it_lists_is_in_the_fold():
    view = View(History(), [take(0, "rain", 1), take(1, "rain", 2), take(2, "snow", 1), take(3, "rain", 3)])
    folded = view.fold(view.rows(Query.parse("seed:1-2")))
    rain = folded.group_of(take(0, "rain", 1))
    assert [one.seed for one in rain] == [2, 1]
    assert folded.place_of(take(3, "rain", 3)) is None
    assert folded.place_of(take(9, "unknown", 3)) is None
