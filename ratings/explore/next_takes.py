"""The takes to make next in a session that keeps making what is likely to win."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np

from library.generators.more import fresh_seeds
from library.take import Recipe, Take
from ratings.explore.allocation import PromptBelief, next_prompts
from ratings.history import History
from ratings.model.evidence import TakeFactors, TakePool
from ratings.model.learn_scales import fit_judgements
from ratings.session.plan import Exploration, made_of

BATCH = 4
"""Takes that are asked for at a time."""
AHEAD = 6
"""So many that nobody has heard yet are enough: what comes later knows more."""
GIVEN_UP = 2
"""A prompt of which so many takes were judged, and all of them rejected, is made no more."""


def next_takes(
    exploration: Exploration,
    *,
    takes: Sequence[Take],
    history: History,
    listener: str,
    coming: Sequence[Recipe],
    used: Mapping[str, Collection[int]],
) -> list[Recipe]:
    """What to ask for now; nothing while enough is coming or unheard, or where the budget is spent. For a thread.

    `coming` are recipes in line, `used` the seeds that were tried, by prompt. What is made is chosen by what was judged
    alone, which the posterior knows, so that it needs no correction (Rubin 1976). Raises RatingError if the fit fails.
    """
    prompts = [kind.prompt for kind in exploration.kinds]
    index = {prompt: place for place, prompt in enumerate(prompts)}
    made = made_of(exploration, takes)
    heard = {take.id for take in made if listener in history.ratings(take.id).judged_by}
    waiting = [index[take.prompt] for take in made if take.id not in heard and take.prompt is not None]
    waiting += [index[recipe.prompt] for recipe in coming if recipe.prompt in index]
    left = exploration.takes - len(heard) - len(waiting)
    count = min(BATCH, AHEAD - len(waiting), left)
    if count <= 0:
        return []
    # A take of each prompt that nobody has made stands for it: unheard, it changes nothing for the others.
    phantoms = [TakeFactors(f"~{place}", prompt, None) for place, prompt in enumerate(prompts)]
    judged = set(history.rated())
    pool = TakePool.of([*(take for take in takes if take.id in judged), *phantoms])
    posterior = fit_judgements(pool, history.live())
    known = posterior.evidence.listeners
    levels = np.array([pool.prompts.index(prompt) for prompt in prompts], dtype=np.int64)
    belief = PromptBelief.of(posterior, levels, known.index(listener) if listener in known else -1)
    allowed = np.array([not _is_given_up(prompt, takes, history) for prompt in prompts])
    chosen = next_prompts(belief, count, left, coming=waiting, allowed=allowed)
    recipes: list[Recipe] = []
    for place in chosen:
        kind = exploration.kinds[place]
        tried = {*used.get(kind.prompt, ()), *(recipe.seed for recipe in recipes if recipe.prompt == kind.prompt)}
        recipes += [msgspec.structs.replace(kind, seed=seed) for seed in fresh_seeds(1, tried)]
    return recipes


def _is_given_up(prompt: str, takes: Sequence[Take], history: History) -> bool:
    ratings = [history.ratings(take.id) for take in takes if take.prompt == prompt]
    judged = [each for each in ratings if each.rated]
    return len(judged) >= GIVEN_UP and all(each.rejected for each in judged)
