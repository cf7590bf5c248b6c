"""Where a seed means nothing, it says so wherever it stands."""

from __future__ import annotations

from library.generators import registry
from library.generators.probed import Grade, Probe, keep_probe
from library.take import Take
from ratings.history import TakeRatings
from tui.frame.probe_words import seed_words, short_seed
from tui.frame.take_columns import COLUMNS


def make_take(seed: int | None, generator: str | None) -> Take:
    return Take(
        id="ab" * 10, prompt="harp", seed=seed, duration_s=10.0, sample_rate=44100, channels=2,
        created_at="2026-10-01T12:00:00Z", batch="b", file="harp.flac", generator=generator,
    )  # fmt: skip


def probe(grade: Grade) -> None:
    keep_probe(registry.usual(), Probe(generator=registry.usual().name, grade=grade, at="2026-01-01T00:00:00Z"))


def test_it_says_so_from_the_probe_on_and_no_longer_after_a_better_one():
    take = make_take(seed=7, generator=registry.usual().name)
    (column,) = (one for one in COLUMNS if one.name == "seed")
    for grade, short, long in (("exact", "7", "7"), ("unseeded", "7?", "7 (means nothing)"), ("close", "7", "7")):
        probe(grade)
        assert (short_seed(take), seed_words(take)) == (short, long)
        assert column.text(take, TakeRatings()) == short


def test_a_take_without_a_seed_and_one_of_an_unknown_tool_say_nothing():
    probe("unseeded")
    assert short_seed(make_take(seed=None, generator=registry.usual().name)) == ""
    assert short_seed(make_take(seed=7, generator="suno")) == "7"
    assert short_seed(make_take(seed=7, generator=None)) == "7"
