"""A generator that loads the model a recipe names, keeps it until another is wanted, and makes takes with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from library.errors import GenerationError
from library.files.reasons import unreadable
from library.generators.api import CancelledError, Context, Failed, Progress, Rendered, cancellation_check
from library.take import Recipe

if TYPE_CHECKING:
    from library.generators.loading.fetching import Fetch

_POLL_S = 0.1


class Engine(Protocol):
    """A model on a device."""

    device: str

    def generate(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> Iterator[Rendered | Failed]:
        """Make the takes of `recipes`, each with its index. Ends early when `context` says so.

        Raises RuntimeError where a device that isn't the CPU fails; what is left is then made on the CPU.
        """

    def close(self) -> None:
        """Give back what it holds."""


class Choice(NamedTuple):
    """What of a recipe decides what has to be loaded."""

    model: str
    """Its one full name."""
    precision: str = ""
    """In what to compute; "" for what is usual."""


@dataclass(frozen=True)
class Loaded:
    """A model on a device, and what to say of that device."""

    engine: Engine
    remark: str


@dataclass(frozen=True)
class _Loading:
    """A model that is loaded, or will be, on the device asked for."""

    wanted: tuple[Choice, str]
    future: Future[Loaded]
    fetch: Fetch


class OneModelGenerator(ABC):
    """Takes from the model that was used last, which stays loaded, or from the next."""

    name: str

    def __init__(self) -> None:
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="loader")
        self._loaded: _Loading | None = None
        self._failed_devices: frozenset[str] = frozenset()
        self._told: set[str] = set()

    @abstractmethod
    def choose(self, recipe: Recipe) -> Choice:
        """The model that a recipe is for: it may be called by several names, or by none."""

    @abstractmethod
    def load(self, choice: Choice, asked: str, failed: frozenset[str], fetch: Fetch) -> Loaded:
        """Load that model, on a thread of its own: fetched if need be, on the device `asked` for.

        Not on a device that `failed` before. Raises GenerationError.
        """

    def generate(self, recipes: Sequence[Recipe], context: Context) -> Iterator[Rendered | Failed]:
        """Each recipe's take as soon as it is done."""
        choices = [self.choose(recipe) for recipe in recipes]
        models = list(dict.fromkeys(choices))
        for choice in models:
            of_model = [(index, recipe) for index, recipe in enumerate(recipes) if choices[index] == choice]
            try:
                engine = self._engine(choice, context.device, context)
                left = yield from self._make(engine, of_model, context)
                if left and not context.cancelled():
                    yield from self._engine(choice, "cpu", context).generate(left, context)
            except CancelledError:
                return
            except GenerationError as error:
                if len(models) == 1:
                    raise
                yield from (Failed(index, error) for index, _ in of_model)
                continue
            if context.cancelled():
                return

    def _make(
        self, engine: Engine, recipes: Sequence[tuple[int, Recipe]], context: Context
    ) -> Generator[Rendered | Failed, None, Sequence[tuple[int, Recipe]]]:
        """Make takes; returns those that the engine's device fails at, for the CPU to make."""
        if engine.device == "cpu":
            yield from engine.generate(recipes, context)
            return []
        from library.generators.machine.devices import fallen_back, first_line
        from library.generators.machine.memory import OutOfMemoryError

        left, too_large = dict(recipes), False
        try:
            for result in engine.generate(recipes, context):
                if isinstance(result, Failed) and isinstance(result.error, OutOfMemoryError):
                    too_large = True
                    continue
                del left[result.index]
                yield result
        except RuntimeError as error:
            self._failed_devices |= {engine.device}
            self._tell_once(context, fallen_back(engine.device, first_line(error)))
        else:
            if too_large:
                self._tell_once(context, fallen_back(engine.device, "it has too little memory"))
        return list(left.items())

    def _tell_once(self, context: Context, words: str) -> None:
        """Tell it in the first job that it concerns, and in no later one."""
        if words not in self._told:
            self._told.add(words)
            context.tell(words)

    def _engine(self, choice: Choice, asked: str, context: Context) -> Engine:
        """The model that was chosen, on the device asked for, or that takes over from it.

        Raises GenerationError, and CancelledError while it is still being loaded.
        """
        if asked in self._failed_devices:
            asked = "cpu"
        if self._loaded is None or self._loaded.wanted != (choice, asked):
            if self._loaded is not None:
                self._loaded.fetch.stopping.set()
                self._loader.submit(_close, self._loaded.future)
            from library.generators.loading.fetching import Fetch  # only now that it is needed

            # On a thread, so that this one can be cancelled: what is being loaded then is there for the next run.
            fetch = Fetch()
            future = self._loader.submit(self.load, choice, asked, self._failed_devices, fetch)
            self._loaded = _Loading((choice, asked), future, fetch)
        future, fetch = self._loaded.future, self._loaded.fetch
        check_cancelled = cancellation_check(context)
        try:
            while not future.done():
                context.report(Progress(fetch.done, max(fetch.of, 1), fetch.note or f"loading {choice.model}"))
                check_cancelled()
                wait([future], _POLL_S)
        except CancelledError:
            if fetch.of:  # what has come is kept, and the rest is fetched when it is wanted again
                fetch.stopping.set()
                self._loaded = None
            raise
        if future.exception() is not None:
            self._loaded = None
        loaded = future.result()
        if loaded.engine.device in self._failed_devices:
            self._loaded = None
            return self._engine(choice, "cpu", context)
        if loaded.remark:
            self._tell_once(context, loaded.remark)
        return loaded.engine


@contextmanager
def told_in_words(model: str) -> Iterator[None]:
    """Turn what goes wrong while that model is loaded, files that can't be read or memory that is full, into words."""
    from library.generators.machine.memory import is_out_of_memory

    try:
        yield
    except OSError as error:
        unread = unreadable(Path(error.filename or model), error)
        raise GenerationError(unread.what.splitlines()[0], unread.remedy or "Download the model again.") from error
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise GenerationError(
            f"There isn't enough memory to load {model}.", "Close other programs, or choose a smaller model."
        ) from error


def _close(loaded: Future[Loaded]) -> None:
    if loaded.exception() is None:
        loaded.result().engine.close()
