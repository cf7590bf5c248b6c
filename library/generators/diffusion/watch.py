"""What looks at a take while it is made: counts its steps, and stops it within any of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch.nn import Module

from library.errors import GenerationError
from library.generators.api import Context, Progress, cancellation_check
from library.sound.samples import Samples

LOOK_EVERY_S = 0.05
WHOLE = 1000
"""What each take counts in a run's progress."""


class RejectedError(Exception):
    """Nobody wants this take any more."""

    def __init__(self) -> None:
        super().__init__()
        self.told = GenerationError("You rejected this take while it was being made.")


class Watch:
    """Of one take, the `place`-th of so many."""

    def __init__(self, context: Context, index: int, place: int, count: int) -> None:
        self._context = context
        self._index = index
        self._before = place * WHOLE
        self._of = count * WHOLE
        self._check_cancelled = cancellation_check(context)
        self._looked_at = 0.0
        self._done = 0.0
        self._total = 1.0
        self._note = ""

    def expect(self, total: float) -> None:
        """The whole take is that much work, in whatever unit `advance` is given."""
        self._total = max(total, 1.0)

    def note(self, words: str) -> None:
        """What is going on from here on, "" for what is plain."""
        self._note = words
        self._report()
        self._looked_at = 0.0

    def advance(self, work: float = 1.0) -> None:
        """So much more is done. Raises CancelledError and RejectedError."""
        self._done += work
        self._report()
        self._looked_at = 0.0
        self.look()

    def look(self) -> None:
        """Raise CancelledError or RejectedError if it is to stop: cheap enough for every layer of a model."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        self._check_cancelled()
        if self._index in self._context.unwanted():
            raise RejectedError

    def after_step(self, work: float) -> Callable[..., dict[str, Any]]:
        """What diffusers calls at the end of a step, as `callback_on_step_end`."""

        def step_done(*told: dict[str, Any]) -> dict[str, Any]:
            self.advance(work)
            return told[-1]  # after the pipeline, the step and its time

        return step_done

    def preview(self, samples: Callable[[], Samples], rate: int) -> None:
        """Let the first seconds be heard, where someone may listen: they are only made then."""
        if self._context.previews:
            self._context.preview(self._index, samples(), rate)

    def tell(self, words: str) -> None:
        self._context.tell(words)

    @contextmanager
    def inside(self, parts: Mapping[str, object]) -> Iterator[None]:
        """Look before every layer of these models computes, too: a step or a decoder may take minutes."""

        def look(*_: object) -> None:
            self.look()

        modules = {layer for part in parts.values() if isinstance(part, Module) for layer in part.modules()}
        hooks = [layer.register_forward_pre_hook(look) for layer in modules]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _report(self) -> None:
        share = min(self._done / self._total, 1.0)
        self._context.report(Progress(self._before + int(share * WHOLE), self._of, self._note))
