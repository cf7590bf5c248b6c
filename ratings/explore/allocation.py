"""Which prompts to make the next takes of, while somebody listens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ratings.model.arrays import Floats, Ints, Mask
from ratings.model.posterior import Posterior


@dataclass(frozen=True)
class PromptBelief:
    """What is believed of prompts that takes could be made of, in units of quality."""

    mean: Floats
    """(prompts,)"""
    covariance: Floats
    """(prompts, prompts)"""
    prior: float
    """Variance between prompts before anything is heard."""
    spread: float
    """Variance of what one hearing says about its prompt: of takes of one prompt, and of the answer."""

    @staticmethod
    def of(posterior: Posterior, prompts: Ints, listener: int = -1) -> PromptBelief:
        """Of these prompts (pool indices), as a listener (index; -1 for a new one) would hear them."""
        mean, covariance = posterior.joint(posterior.effect_predictor("prompt", prompts))
        scales = posterior.scales
        noise = posterior.noise(listener).star
        return PromptBelief(mean, covariance, scales.prompt, scales.seed + scales.take + noise**2)

    def heard(self, prompt: int) -> PromptBelief:
        """Once one more take of a prompt is heard, whatever is said of it: as sure as then, the means as they are."""
        shared = self.covariance[:, prompt]
        learned = np.outer(shared, shared) / (shared[prompt] + self.spread)
        return PromptBelief(self.mean, self.covariance - learned, self.prior, self.spread)


def next_prompts(
    belief: PromptBelief, count: int, left: int, coming: Sequence[int] = (), allowed: Mask | None = None
) -> list[int]:
    """Prompts (indices into the belief) for the next `count` takes of the `left` that the budget has.

    `coming` are the prompts of takes that nobody has heard yet; only `allowed` prompts (all, unless given) are chosen.
    Each choice is the prompt whose mean, with optimism that ends as the budget does, is highest: b standard deviations,
    b² = 2 ln(left · prior / (2 · spread)), like the Gittins index of a Gaussian arm with a finite horizon
    (Lattimore, Regret analysis of the finite-horizon Gittins index strategy, 2016). Cost: O(prompts²) a take.
    """
    for prompt in coming:
        belief = belief.heard(prompt)
    open_to = np.ones(len(belief.mean), np.bool_) if allowed is None else allowed
    if not open_to.any():
        return []
    chosen: list[int] = []
    for remaining in range(left, max(left - count, 0), -1):
        worth = remaining * belief.prior / (2 * belief.spread)
        optimism = math.sqrt(2 * math.log(max(worth, 1.0)))
        sd = np.sqrt(np.maximum(np.diagonal(belief.covariance), 0.0))
        best = int(np.argmax(np.where(open_to, belief.mean + optimism * sd, -np.inf)))
        chosen.append(best)
        belief = belief.heard(best)
    return chosen
