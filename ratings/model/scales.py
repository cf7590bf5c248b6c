"""How large the model's variances and noise levels are: the numbers that are learned, not asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from library.errors import EarmarkError


class RatingError(EarmarkError):
    """The rating model was asked for something that makes no sense."""

    title = "The ranking can't be computed"


@dataclass(frozen=True)
class Ear:
    """One listener's noise: standard deviations in units of the spread of quality."""

    star: float = 0.7
    """Of a star rating."""
    reject: float = 1.1
    """Of a rejection after a few seconds, and of a pick, which is made from memory as often as not."""
    duel: float = 0.7
    """Of the difference in a duel."""
    drift: float = 0.25
    """Of the strictness, which wanders over a sitting."""
    lapse: float = 0.02
    """Share of answers that say nothing: a slip, a moment of inattention. No deviation; not learned."""

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
    deviation: float = 0.15
    """Variance of a listener's opinion of a take about what listeners think of it; unused with one listener."""
    ears: tuple[Ear, ...] = ()
    """In the order of the evidence's listeners; missing ones are `Ear()`."""

    def __post_init__(self) -> None:
        if self.prompt <= 0 or self.seed <= 0 or self.prompt + self.seed >= 1 or self.deviation <= 0:
            raise RatingError("The shares of prompt and seed must be over zero and add up to less than one.")

    @property
    def own(self) -> float:
        """Share of the variance that is the take's own."""
        return 1.0 - self.prompt - self.seed

    def ear(self, listener: int) -> Ear:
        """Noise of the listener with this index."""
        return self.ears[listener] if listener < len(self.ears) else Ear()

    def with_ear(self, listener: int, ear: Ear) -> Scales:
        """The same with another noise for one listener."""
        ears = [self.ear(i) for i in range(max(len(self.ears), listener + 1))]
        ears[listener] = ear
        return replace(self, ears=tuple(ears))
