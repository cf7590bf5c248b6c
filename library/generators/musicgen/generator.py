"""The MusicGen generator: loads the model a recipe names, keeps it, and makes takes with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from library.errors import GenerationError
from library.files.reasons import unreadable
from library.generators.api import CancelledError, Context, Failed, Progress, Rendered, cancellation_check
from library.generators.musicgen.published_models import full_name
from library.take import Recipe

if TYPE_CHECKING:
    from library.generators.musicgen.run.engine import InferenceEngine

MAX_SLOTS = 16
"""Takes side by side: on the CPU more make no more a minute."""
_POLL_S = 0.1


class MusicGen:
    """Takes from Meta's MusicGen and checkpoints built like it. The model used last stays loaded."""

    name = "musicgen"

    def __init__(self) -> None:
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="loader")
        self._loaded: tuple[str, Future[InferenceEngine]] | None = None

    def generate(self, recipes: Sequence[Recipe], context: Context) -> Iterator[Rendered | Failed]:
        """Each recipe's take as soon as it is done; many at once, as rows of one batch."""
        models = list(dict.fromkeys(full_name(recipe.model) for recipe in recipes))
        for model in models:
            of_model = [(index, recipe) for index, recipe in enumerate(recipes) if full_name(recipe.model) == model]
            try:
                engine = self._engine(model, context)
            except CancelledError:
                return
            except GenerationError as error:
                if len(models) == 1:
                    raise
                yield from (Failed(index, error) for index, _ in of_model)
                continue
            yield from engine.generate(of_model, context)
            if context.cancelled():
                return

    def _engine(self, model: str, context: Context) -> InferenceEngine:
        """The model of that full name. Raises GenerationError, and CancelledError while it is still being loaded."""
        if self._loaded is None or self._loaded[0] != model:
            if self._loaded is not None:
                self._loader.submit(_close, self._loaded[1])
            # On a thread, so that this one can be cancelled: what is being loaded then is there for the next run.
            self._loaded = (model, self._loader.submit(_load, model))
        future = self._loaded[1]
        check_cancelled = cancellation_check(context)
        while not future.done():
            context.report(Progress(0, 1, f"loading {model}"))
            check_cancelled()
            wait([future], _POLL_S)
        if future.exception() is not None:
            self._loaded = None
        return future.result()


def _load(model: str) -> InferenceEngine:
    # Half a minute of imports on a cold disk: here, where they can be waited for and cancelled.
    from library.generators.musicgen.loading import checkpoint, checkpoint_files
    from library.generators.musicgen.machine.memory import is_out_of_memory
    from library.generators.musicgen.run.engine import InferenceEngine

    try:
        found = checkpoint.load(checkpoint_files.find_checkpoint(model))
        return InferenceEngine(found, _best_device(), MAX_SLOTS)
    except OSError as error:
        unread = unreadable(Path(error.filename or model), error)
        raise GenerationError(unread.what.splitlines()[0], unread.remedy or "Download the model again.") from error
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise GenerationError(
            f"There isn't enough memory to load {model}.", "Close other programs, or choose a smaller model."
        ) from error


def _close(engine: Future[InferenceEngine]) -> None:
    if engine.exception() is None:
        engine.result().close()


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
