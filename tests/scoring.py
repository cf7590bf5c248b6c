"""Scores of all takes, prompts or seeds that a posterior knows; the app reads off those that it shows."""

from __future__ import annotations

import numpy as np

from ratings.model.online import OnlinePosterior
from ratings.model.posterior import FactorName, Posterior, Scores


def take_scores(posterior: Posterior | OnlinePosterior) -> Scores:
    """In the order of the pool, or of the selection."""
    if isinstance(posterior, OnlinePosterior):
        return Scores(posterior.quality, np.sqrt(np.diag(posterior.quality_covariance)))
    return posterior.scores(posterior.take_predictor(np.arange(len(posterior.evidence.pool))))


def effects(posterior: Posterior, name: FactorName) -> Scores:
    """What each prompt adds to its takes, or each seed across prompts, in the order of the pool."""
    return posterior.scores(posterior.effect_predictor(name, np.arange(len(posterior.factors[name].levels))))
