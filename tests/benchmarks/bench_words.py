"""Whether the words that work are found: simulated listeners whose taste is partly in the words of the prompts.

Run it by itself: `python tests/benchmarks/bench_words.py`. Prompts have three of ten words; every take is heard once.
Correlation and 80 % intervals are of the words' true effects; gain is what words tell of prompts that nobody heard, as
the part of the variance of their true worth.
"""

from __future__ import annotations

import os
import sys
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the app

import numpy as np

from ratings.model.chances import NewTakes
from ratings.model.evidence import STAR, Evidence, TakeFactors, TakePool, TimeBin
from ratings.model.learn_scales import learn
from tests.benchmarks.measuring import scaled

WORDS = ("slow", "minor", "harp", "brass", "drums", "choir", "organ", "waltz", "bells", "strings")
EACH, SEEDS, NEW = 3, 5, 15
NOISE = 0.7


class Found(NamedTuple):
    share: float
    correlation: float
    covered: float
    gain: float
    covered_new: float


def simulate(prompts: int, prompt_share: float, word_share: float, number: int) -> Found:
    """One listener: `word_share` of the prompts' variance is that of their words."""
    rng = np.random.default_rng((7, prompts, int(100 * word_share), number))
    chosen = rng.permutation(list(combinations(range(len(WORDS)), EACH)))[: prompts + NEW]
    has = np.zeros((prompts + NEW, len(WORDS)))
    np.put_along_axis(has, chosen, 1.0, axis=1)
    texts = [", ".join(WORDS[i] for i in each) for each in chosen]
    effects = rng.normal(0, (prompt_share * word_share / EACH) ** 0.5, len(WORDS))
    of_prompt = has @ effects + rng.normal(0, (prompt_share * (1 - word_share)) ** 0.5, prompts + NEW)
    of_prompt -= of_prompt[:prompts].mean()
    pool = TakePool.of([TakeFactors(f"{p}-{s}", texts[p], s) for p in range(prompts) for s in range(SEEDS)])
    count = len(pool)
    quality = of_prompt[pool.prompt_of] + rng.normal(0, 0.05**0.5, SEEDS)[pool.seed_of]
    quality += rng.normal(0, (0.95 - prompt_share) ** 0.5, count)
    said = quality + rng.normal(0, NOISE, count)
    evidence = Evidence(
        pool, ("ann",), (TimeBin(0, "one", 0),), np.full(count, STAR), rng.permutation(count), np.full(count, -1),
        np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64), np.ones(count, np.bool_),
        np.ones(count, np.bool_),
    )  # fmt: skip
    evidence.outcome[:] = 1 + np.searchsorted([-1, -0.3, 0.3, 1], said[evidence.take])
    posterior = learn(evidence)

    scores = posterior.scores(posterior.word_predictor())
    names = [WORDS.index(word.parts[0]) for word in posterior.layout.words.words]
    true = effects[names] * (1 - has[:prompts].mean(axis=0)[names])
    new = NewTakes.of_prompts(posterior, texts[prompts:])
    expected = posterior.scores(new.effects)
    sd = np.sqrt(expected.sd**2 + posterior.text_variance(texts[prompts:]))
    unheard = of_prompt[prompts:]
    return Found(
        posterior.scales.words,
        float(np.corrcoef(scores.mean, true)[0, 1]) if word_share else np.nan,
        float(np.mean((scores.low < true) & (true < scores.mean + (scores.mean - scores.low)))),
        1 - float(np.mean((unheard - expected.mean) ** 2) / np.mean(unheard**2)),
        float(np.mean(np.abs(unheard - expected.mean) < 1.2816 * sd)),
    )


def main() -> None:
    """A line for each kind of listener: means over listeners, with twice their standard error."""
    listeners = scaled(40, 1)
    print(f"{listeners} listeners a line; prompts x {SEEDS} seeds, each heard once; noise {NOISE}")
    print("prompts  prompt var  of words    learned   correlation   80 % hold    gain, unheard   80 % hold")
    for prompts, prompt_share in scaled(((20, 0.25), (20, 0.5), (50, 0.25)), ((12, 0.25),)):
        for word_share in (0.0, 0.3, 0.7):
            found = [simulate(prompts, prompt_share, word_share, number) for number in range(listeners)]
            figures = []
            for values in zip(*found, strict=True):
                error = 2 * float(np.std(values)) / max(len(values), 1) ** 0.5
                figures.append(f"{np.mean(values):6.2f} ±{error:4.2f}")
            print(f"{prompts:7}  {prompt_share:10.2f}  {word_share:8.1f} {'  '.join(figures)}")


if __name__ == "__main__":
    main()
