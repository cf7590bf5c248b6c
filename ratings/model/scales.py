"""How large the model's variances and noise levels are: the numbers that are learned, not asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ratings.errors import RatingError
from ratings.model.arrays import Floats
from ratings.model.evidence import TIME_BIN_S

_DRIFT_MEMORY_S = 1200.0


@dataclass(frozen=True)
class ListenerNoise:
    """One listener's noise: standard deviations in units of the spread of what takes are worth to that listener."""

    star: float = 0.7
    """Of a star rating."""
    reject: float = 1.1
    """Of a rejection after a few seconds, and of a pick, which is made from memory as often as not."""
    duel: float = 0.7
    """Of the difference in a duel."""
    drift: float = 0.25
    """Of the strictness, which wanders over a session."""
    lapse: float = 0.02
    """Share of answers that say nothing: a slip, a moment of inattention. No deviation; not learned."""

    @property
    def by_kind(self) -> tuple[float, float, float, float, float]:
        """In the order of the evidence's kinds: a pick is as noisy as a rejection, "neither" as any duel."""
        return self.star, self.reject, self.duel, self.reject, self.duel

    def __post_init__(self) -> None:
        if min(self.star, self.reject, self.duel, self.drift) <= 0:
            raise RatingError("Noise levels must be over zero.")
        if not 0 <= self.lapse < 1:
            raise RatingError("The share of slips must be at least zero and less than one.")


@dataclass(frozen=True)
class Scales:
    """Shares of the variance of quality (they and the take's own add up to 1) and the listeners' noise."""

    prompt: float = 0.25
    """Share of the variance of quality that comes from the prompt."""
    seed: float = 0.05
    """Share that comes from the seed."""
    interaction: float = 1.5
    """Variance of a listener's opinion of a take about what listeners think of it; unused with one listener.

    Two people's ratings correlate by some 0.2 to 0.4: taste of one's own is larger than what is shared.
    """
    noises: tuple[ListenerNoise, ...] = ()
    """In the order of the evidence's listeners; missing ones are `ListenerNoise()`."""
    words: float = 0.5
    """Share of the prompts' variance that is that of words they have in common; unused where they share none."""

    def __post_init__(self) -> None:
        if self.prompt <= 0 or self.seed <= 0 or self.prompt + self.seed >= 1 or self.interaction <= 0:
            raise RatingError("The shares of prompt and seed must be over zero and add up to less than one.")
        if not 0 < self.words < 1:
            raise RatingError("The share of the words must be over zero and less than one.")

    @property
    def take(self) -> float:
        """Share of the variance that is the take's own."""
        return 1.0 - self.prompt - self.seed

    @property
    def own_spread(self) -> float:
        """Standard deviation of what takes are worth to one of several listeners."""
        return float((1.0 + self.interaction) ** 0.5)

    def noise(self, listener: int) -> ListenerNoise:
        return self.noises[listener] if listener < len(self.noises) else ListenerNoise()

    def with_noise(self, listener: int, noise: ListenerNoise) -> Scales:
        noises = [self.noise(i) for i in range(max(len(self.noises), listener + 1))]
        noises[listener] = noise
        return replace(self, noises=tuple(noises))


def drift_correlation(time_bins: Floats | float) -> Floats:
    """Of a listener's strictness with itself so many time bins later (an Ornstein-Uhlenbeck process)."""
    return np.exp(-np.asarray(time_bins) * (TIME_BIN_S / _DRIFT_MEMORY_S))
