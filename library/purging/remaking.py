"""Takes made again beside the library, one after the other, each handed over while its sound is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library.errors import AudioError
from library.files.durable import remove_file
from library.files.temporary import TemporaryFolder
from library.jobs.events import Event, JobProgress, TakeFailed, TakeRemade
from library.jobs.run_and_wait import run_and_wait
from library.jobs.verification import differences
from library.library import Library
from library.sound.audio import sound_id
from library.take import Recipe, Take

Step = Callable[[float, float], None]
Stopped = Callable[[], bool]


@dataclass(frozen=True)
class Remade:
    """A take that came out identical, while its sound lies there."""

    take: Take
    recipe: Recipe
    """Completed with the fingerprint of this machine as it is now."""
    sound: Path
    tokens: Path | None = None
    """The model's tokens, if it has any."""


@dataclass
class Remaking:
    """What became of the others."""

    failed: dict[str, str] = field(default_factory=dict)
    """Why a take did not come out identical, by its id, in a sentence or two."""
    cancelled: bool = False


class _StoppedError(Exception):
    """Nobody wants to go on."""


def remake(
    library: Library,
    takes: Sequence[Take],
    handle: Callable[[Remade], None],
    *,
    otherwise: Callable[[Remade, str], None] | None = None,
    step: Step = lambda _done, _of: None,
    stopped: Stopped = lambda: False,
    device: str = "auto",
) -> Remaking:
    """Make takes again in the worker process and give those that come out identical to `handle`, as they come.

    Takes without a recipe are among the failures, and those that come out otherwise, unless `otherwise` takes them with
    their ids. What `handle` raises ends it; what was handled until then stays so.
    """
    able = [take for take in takes if take.recipe is not None]
    done = Remaking({take.id: NO_RECIPE for take in takes if take.recipe is None})
    if not able:
        return done
    heard = set[str]()

    def follow(event: Event) -> None:
        if isinstance(event, JobProgress):
            step(event.done, event.of)
        elif isinstance(event, TakeRemade):
            heard.add(able[event.index].id)
            _hand_over(able[event.index], event, handle, otherwise, done)
        elif isinstance(event, TakeFailed):
            heard.add(able[event.index].id)
            done.failed[able[event.index].id] = f"It can't be made again: {event.what} {event.remedy}".strip()
        if stopped():
            raise _StoppedError

    with TemporaryFolder("remaking") as folder:
        recipes = [take.recipe for take in able if take.recipe is not None]
        try:
            result = run_and_wait(library, recipes, follow, scratch=folder.path, device=device)
            done.cancelled = result.cancelled
        except _StoppedError:
            done.cancelled = True
    for take in able:
        if take.id not in heard and not done.cancelled:
            done.failed[take.id] = "It can't be made again."
    return done


NO_RECIPE = "It was imported: it can't be made again."


def _hand_over(
    take: Take,
    remade: TakeRemade,
    handle: Callable[[Remade], None],
    otherwise: Callable[[Remade, str], None] | None,
    done: Remaking,
) -> None:
    sound = Path(remade.sound)
    made = Remade(take, remade.recipe, sound, None if remade.tokens is None else Path(remade.tokens))
    try:
        found = sound_id(sound)
    except AudioError as error:
        done.failed[take.id] = f"It can't be made again: {error}"
        return
    if found == take.id:
        handle(made)
    elif otherwise is not None:
        otherwise(made, found)
    else:
        why = differences(take.recipe, remade.recipe) if take.recipe is not None else ()
        done.failed[take.id] = f"It comes out otherwise here{': ' + '; '.join(why) if why else ''}."
    for path in (remade.sound, remade.tokens):
        if path is not None:
            remove_file(Path(path))
