"""Words of prompts in the posterior: what is judged of one prompt speaks of its neighbours, and no more than it can."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.chances import NewTakes
from ratings.model.evidence import STAR, Evidence, TakeFactors, TakePool, TimeBin
from ratings.model.posterior import fit
from ratings.model.prompt_words import FEWEST, PromptWords
from ratings.ranking.word_effects import WordEffect, told_words, word_effects


def evidence_of(stars):
    """One listener's stars: {prompt: (stars of its takes)}."""
    pool = TakePool.of(
        [TakeFactors(f"{prompt} {i}", prompt, None) for prompt, given in stars.items() for i in range(len(given))]
    )
    given = np.array([one for each in stars.values() for one in each if one], dtype=np.int64)
    take = np.flatnonzero([one > 0 for each in stars.values() for one in each])
    count = len(take)
    zero = np.zeros(count, np.int64)
    return Evidence(
        pool, ("ann",), (TimeBin(0, "one", 0),), zero + STAR, take, zero - 1, given, zero, zero,
        np.ones(count, np.bool_), np.ones(count, np.bool_),
    )  # fmt: skip


SLOW_IS_GOOD = {
    "slow harp": (5, 4, 5), "slow organ": (5, 5, 4), "slow brass": (4, 5, 5),
    "fast harp": (1, 2, 2), "fast organ": (2, 1, 1), "fast brass": (1, 2, 1),
}  # fmt: skip


def test_a_word_that_works_is_found_and_speaks_of_prompts_that_nobody_made():
    posterior = fit(evidence_of(SLOW_IS_GOOD))
    found = {effect.parts: effect.works for effect in word_effects(posterior)}
    assert found[("slow",)] is True
    assert found[("fast",)] is False
    assert found[("harp",)] is None
    new = NewTakes.of_prompts(posterior, ["slow choir", "fast choir", "choir"])
    slow, fast, other = posterior.scores(new.effects).mean
    assert slow > 0.2 > -0.2 > fast
    assert other == 0
    scales = posterior.scales
    assert new.spread == pytest.approx(
        1 - scales.prompt * scales.words * np.array([0.5, 0.5, 0]), abs=1e-9
    )  # seed, take, and of the prompt what words don't say: one of two


def test_a_prompt_that_was_not_heard_leans_on_its_words():
    stars = SLOW_IS_GOOD | {"slow bells": (0, 0), "fast bells": (0, 0)}
    posterior = fit(evidence_of(stars))
    prompts = posterior.evidence.pool.prompts
    levels = np.array([prompts.index("slow bells"), prompts.index("fast bells")])
    slow, fast = posterior.scores(posterior.effect_predictor("prompt", levels)).mean
    assert slow > 0.2 > -0.2 > fast
    takes = np.array([posterior.evidence.pool.index["slow bells 0"], posterior.evidence.pool.index["fast bells 1"]])
    assert posterior.scores(posterior.take_predictor(takes)).mean == pytest.approx([slow, fast])


def test_takes_that_nobody_judged_change_nothing_for_the_others():
    more = SLOW_IS_GOOD | {f"slow x{i}": (0,) for i in range(5)}
    before, after = fit(evidence_of(SLOW_IS_GOOD)), fit(evidence_of(more))
    assert [one.parts for one in word_effects(after)] == [one.parts for one in word_effects(before)]
    means = [[one.mean for one in word_effects(each)] for each in (before, after)]
    assert means[0] == pytest.approx(means[1], abs=1e-6)


def test_words_that_always_come_together_are_told_as_one():
    stars = {"slow minor harp": (5, 5), "slow minor organ": (5, 4), "fast harp": (1, 1), "fast organ": (2, 1)}
    parts = [one.parts for one in word_effects(fit(evidence_of(stars)))]
    assert parts[0] == ("slow minor",)
    posterior = fit(evidence_of({**stars, "minor march, slow": (4,)}))
    assert ("slow", "minor") in [one.parts for one in word_effects(posterior)]
    # A prompt with one of them alone says nothing of either.
    new = NewTakes.of_prompts(posterior, ["slow waltz"])
    assert posterior.scores(new.effects).mean.tolist() == [0]


@pytest.mark.parametrize("prompts", [("a b", "a c", "b d"), ("one", "two", "three", "four"), ()])
def test_few_prompts_or_such_without_words_in_common_have_none(prompts):
    words = PromptWords.of(prompts, np.ones(len(prompts), np.bool_))
    assert len(prompts) < FEWEST or prompts[0] == "one"
    assert words.words == ()
    assert words.of_prompt.shape == (len(prompts), 0)


def test_arrows_stand_at_the_words_themselves():
    works = (
        WordEffect(("slow",), 0.5, 0.2, 0.8),
        WordEffect(("slow waltz",), 0.6, 0.3, 0.9),
        WordEffect(("harp",), 0.1, -0.2, 0.4),
        WordEffect(("fast", "loud"), -0.5, -0.8, -0.2),
    )
    prompt = "Slow  waltz, slowly; fast harp (LOUD, slow)"
    told = [(prompt[start:end], good) for start, end, good in told_words(prompt, works)]
    assert told == [("Slow  waltz", True), ("fast", False), ("LOUD", False), ("slow", True)]
    assert list(told_words("a.*b", (WordEffect((".*",), 1, 1, 1),))) in ([], [(1, 3, True)])
