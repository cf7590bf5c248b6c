"""From the model's scale back to the listeners': the stars that a quality earns on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ratings.model.arrays import Floats
from ratings.model.evidence import LEVELS, REJECT, STAR
from ratings.model.posterior import Posterior


@dataclass(frozen=True)
class StarScale:
    """Cut-points and noise of everyone who gave stars or rejected, each weighing by how often they did."""

    cuts: Floats
    """(listeners, 4)"""
    variance: Floats
    """(listeners,) of one star rating: noise, strictness of the day, and the listener's own taste."""
    share: Floats
    """(listeners,) adding up to 1"""

    @staticmethod
    def of(posterior: Posterior) -> StarScale:
        """As learned; where nobody did, what is assumed before the first."""
        evidence, scales = posterior.evidence, posterior.scales
        given = np.bincount(
            evidence.listener[np.isin(evidence.kind, (STAR, REJECT))], minlength=len(evidence.listeners)
        )
        who = np.flatnonzero(given)
        names = [evidence.listeners[i] for i in who] or [""]
        noises = [posterior.noise(i) for i in who.tolist()] or [posterior.noise(-1)]
        taste = scales.interaction if posterior.layout.several_listeners else 0.0
        unit = 1.0 + taste  # the variance of what takes are worth to a listener
        return StarScale(
            np.array([posterior.thresholds(name).cuts for name in names]),
            np.array([unit * (noise.star**2 + noise.drift**2) + taste for noise in noises]),
            given[who] / given.sum() if len(who) else np.ones(1),
        )

    @staticmethod
    def own(posterior: Posterior, listener: int) -> StarScale:
        """Of what takes are worth to one listener (an index, or -1 for one who has judged nothing)."""
        evidence, noise = posterior.evidence, posterior.noise(listener)
        name = evidence.listeners[listener] if listener >= 0 else ""
        others = posterior.layout.several_listeners or (listener < 0 and len(evidence.listeners) > 0)
        unit = posterior.scales.own_spread if others else 1.0
        # What is assumed of cut-points is in units of what takes are worth to the listener.
        assumed = posterior.prior_thresholds(listener)[: LEVELS - 1] != 0
        cuts = posterior.thresholds(name).cuts * np.where(assumed, unit, 1.0)
        return StarScale(cuts[None], np.array([unit**2 * (noise.star**2 + noise.drift**2)]), np.ones(1))

    def stars(self, quality: Floats, spread: float = 0.0) -> Floats:
        """Mean stars, 1 to 5, of takes of each `quality`; of takes that vary around it by the variance `spread`.

        Grows with quality whatever the listeners' scales, so that ends of intervals stay ends of intervals.
        """
        width = np.sqrt(self.variance + spread)[:, None, None]
        over = ndtr((quality[None, :, None] - self.cuts[:, None, :]) / width).sum(axis=2)
        return np.clip(1.0 + self.share @ over, 1.0, 5.0)
