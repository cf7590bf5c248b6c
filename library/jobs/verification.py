"""Makes takes again from their recipes and compares; and the recipe that makes a take longer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from library.errors import AudioError
from library.files.temporary import TemporaryFolder
from library.jobs.events import Event, TakeRemade
from library.jobs.run_and_wait import run_and_wait
from library.jobs.saving import read_tokens
from library.sound import audio
from library.sound.samples import Samples
from library.store.catalog import Catalog
from library.take import Recipe, Take


@dataclass(frozen=True)
class Comparison:
    """What came of making a take again."""

    take: Take
    identical: bool
    """The same sound, bit for bit."""
    diverges_at_s: float | None = None
    """The first moment at which the sounds differ; None where they don't, or where there is nothing to compare."""
    differs: tuple[str, ...] = ()
    """What is different about the recipe or the machine ("numpy 2.4.1 → 2.4.6"), or why it could not be made."""
    same_tokens: bool | None = None
    """Whether the model's tokens are the same; None for takes without."""
    residue_db: float | None = None
    """RMS of the difference between the sounds, dBFS; None where there is none to give."""

    @property
    def summary(self) -> str:
        """Such as "identical", "same tokens, sound within −140 dB", "differs from 3.42 s on", or why there is none."""
        if self.identical:
            return "identical"
        if self.same_tokens and self.residue_db is not None:
            return f"same tokens, sound within {math.ceil(self.residue_db)} dB".replace("-", "−")
        if self.diverges_at_s is not None:
            return f"differs from {self.diverges_at_s:.2f} s on"
        return " ".join(["couldn't be compared.", *self.differs[-1:]])


def verify(
    catalog: Catalog,
    takes: Sequence[Take],
    on_event: Callable[[Event], None] = lambda _: None,
    *,
    device: str = "auto",
) -> tuple[Comparison, ...]:
    """Make `takes` again, in the worker process, and compare; a comparison each, in order (those done, if interrupted).

    The library is not changed. What can't be made again, or has no recipe, has a comparison that says so.
    """
    able = [take for take in takes if take.recipe is not None]
    comparisons = {
        take.id: Comparison(take, identical=False, differs=("It was imported, so it has no recipe.",))
        for take in takes
        if take.recipe is None
    }
    if able:
        with TemporaryFolder("verify") as folder:
            recipes = [take.recipe for take in able if take.recipe is not None]
            result = run_and_wait(catalog.library, recipes, on_event, scratch=folder.path, device=device)
            for index, take in enumerate(able):
                if (failure := result.failed.get(index)) is not None:
                    comparisons[take.id] = Comparison(take, identical=False, differs=(failure.what,))
                elif (remade := result.remade.get(index)) is not None:
                    comparisons[take.id] = _compare_take(catalog, take, remade)
    return tuple(comparisons[take.id] for take in takes if take.id in comparisons)


def differences(before: Recipe, after: Recipe) -> tuple[str, ...]:
    """What differs between the recipe of a take and the one it was made again by, as "numpy 2.4.1 → 2.4.6"."""
    found = []
    if before.revision != after.revision:
        found.append(f"{before.generator} revision {before.revision or 'unknown'} → {after.revision or 'unknown'}")
    if before.seed != after.seed:
        found.append(f"seed {before.seed} → {after.seed}, which {before.generator} chose")
    if before.model != after.model:
        found.append(f"model {before.model or 'unknown'} → {after.model or 'unknown'}")
    for name in dict.fromkeys([*before.fingerprint, *after.fingerprint]):
        was, now = before.fingerprint.get(name, "unknown"), after.fingerprint.get(name, "unknown")
        if was != now:
            found.append(f"{name} {was} → {now}")
    if not (before.exact and after.exact):
        found.append("This device or build can't promise the same bits.")
    return tuple(found)


def compare(take: Samples, remade_sound: Samples, rate: int) -> tuple[float | None, float | None]:
    """Where two sounds (float32 [frames, channels]) first differ, in seconds, and by how much overall, in dBFS RMS.

    (None, None) for equal ones. Where one is longer, it differs from the other's end on.
    """
    if take.shape[1] != remade_sound.shape[1]:
        return 0.0, None
    common = min(len(take), len(remade_sound))
    unequal = np.flatnonzero((take[:common] != remade_sound[:common]).any(axis=1))
    if not len(unequal):
        return (None, None) if len(take) == len(remade_sound) else (common / rate, None)
    residue = np.sqrt(np.mean(np.square(take[:common].astype(np.float64) - remade_sound[:common])))
    return int(unequal[0]) / rate, float(20 * np.log10(residue))


def _compare_take(catalog: Catalog, take: Take, remade: TakeRemade) -> Comparison:
    differs = differences(take.recipe, remade.recipe) if take.recipe is not None else ()
    tokens_path, same_tokens = catalog.tokens_of(take), None
    if tokens_path is not None and remade.tokens is not None:
        before, after = read_tokens(tokens_path), read_tokens(Path(remade.tokens))
        if before is not None and after is not None:
            same_tokens = before.keys() == after.keys() and all(
                np.array_equal(before[key], after[key]) for key in before
            )
    try:
        if audio.sound_id(Path(remade.sound)) == take.id:
            return Comparison(take, identical=True, differs=differs, same_tokens=same_tokens)
        original, rate = audio.read(catalog.path_of(take))
    except AudioError as error:
        return Comparison(take, False, None, (*differs, f"Its sound: {error.what}"), same_tokens)
    remade_sound, _ = audio.read(Path(remade.sound))
    diverges_at_s, residue_db = compare(original, remade_sound, rate)
    if diverges_at_s is None:
        differs = (*differs, "Its sound file isn't the one that was saved.")
    return Comparison(take, False, diverges_at_s, differs, same_tokens, residue_db)
