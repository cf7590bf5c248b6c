"""Takes of one prompt and one seed: what is said so that no two look alike."""

from __future__ import annotations

from library.take import Draft, Recipe, Sampling, Take, digest_of, make_id
from tui.frame.told_apart import told_apart


def take(number, **given):
    values = {
        "id": make_id(digest_of(b"%d" % number)),
        "batch": "b",
        "file": f"{number}.flac",
        "duration_s": 8.0,
        "sample_rate": 8000,
        "channels": 1,
        "created_at": "2026-11-30T00:00:00.000000Z",
        "prompt": "neon",
        "seed": 1,
    }
    return Take(**{**values, **given})


def made(number, *, duration_s=8.0, generator="musicgen", **given):
    recipe = Recipe(generator=generator, prompt="neon", seed=1, duration_s=duration_s, **given)
    return take(number, duration_s=duration_s, generator=generator, model=given.get("model"), recipe=recipe)


def test_one_of_its_kind_needs_no_words():
    assert told_apart([take(1), take(2, seed=2), take(3, prompt="other")]) == {}


def test_by_what_differs_and_by_no_more():
    short, long = made(1, sampling=Sampling()), made(2, duration_s=30.0, sampling=Sampling())
    assert told_apart([short, long]) == {short.id: "0:08", long.id: "0:30"}
    loose, strict = made(1, sampling=Sampling()), made(2, sampling=Sampling(guidance=5.0))
    assert told_apart([loose, strict]) == {loose.id: "guidance 3", strict.id: "guidance 5"}
    three = [made(1, model="a/small"), made(2, model="a/large"), made(3, model="a/large", duration_s=12.0)]
    assert list(told_apart(three).values()) == ["0:08 · small", "0:08 · large", "0:12 · large"]


def test_a_draft_sets_a_take_apart():
    plain, hummed = made(1), made(2, draft=Draft(sound="ab" * 10, use="melody"))
    assert told_apart([plain, hummed]) == {hummed.id: "melody of abab"}


def test_what_is_shown_anyway_is_left_out():
    short, long = made(1), made(2, duration_s=30.0)
    assert told_apart([short, long], shown=["length"]) == {}


def test_imported_takes_without_words_are_told_by_their_files():
    first, second = (take(number, prompt=None, seed=None, file=f"/home/me/jam {number}.wav") for number in (1, 2))
    assert told_apart([first, second]) == {first.id: "jam 1", second.id: "jam 2"}


def test_where_all_else_is_alike_the_id_does():
    first, second = made(1), made(2)
    assert told_apart([first, second]) == {one.id: one.id[:8] for one in (first, second)}
