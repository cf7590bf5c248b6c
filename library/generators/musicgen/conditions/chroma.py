"""The melody of a draft as chroma, without drums and bass: once a sound and window, on all cores, kept for later."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import numpy as np
import torch
from demucs.apply import apply_model
from demucs.audio import convert_audio
from torch import Tensor
from torch.nn import Module

from library.generators.api import CancelledError, Context, Progress, cancellation_check
from library.generators.machine.torch_threads import torch_threads

SEPARATING = "finding the melody in the draft"
_POLL_S = 0.1


class MelodyChroma:
    """What audiocraft's ChromaStemConditioner makes of a sound, with one thread for each of the separator's pieces.

    The pieces are those of demucs, each computed on one thread: the bits don't depend on how many are at work.
    """

    def __init__(self, conditioner: Module, made_by: str) -> None:
        """`made_by` stands for all that the chroma may depend on besides the sound."""
        self._conditioner = conditioner
        self._made_by = made_by
        self._known: dict[str, Tensor] = {}
        self._stopping = threading.Event()
        # Alone, and one after the other: what was cancelled has ended before the next is begun.
        self._separating = ThreadPoolExecutor(1, thread_name_prefix="melody")
        for part in conditioner.demucs.modules():
            part.register_forward_pre_hook(self._stop_here)
        with torch.inference_mode(), torch_threads(1):
            self.silence: Tensor = self._fitted(conditioner.chroma(torch.zeros(1, 1, 1)))
        """Of the null condition: silence separated is silence."""

    def chroma(self, wave: Tensor, name: str, context: Context) -> Tensor:
        """Of `wave` [1, channels, samples] at the model's rate, called `name`: [1, length, pitches].

        Tells how far it is, and raises CancelledError soon after `context` says so.
        """
        key = hashlib.sha256(f"chroma {name} {wave.shape} {self._made_by}".encode()).hexdigest()[:40]
        if key in self._known:
            return self._known[key]
        kept = (context.kept(key) or {}).get("chroma")
        if kept is not None and kept.shape == self.silence.shape and kept.dtype == np.float32:
            chroma = torch.from_numpy(np.asarray(kept))
        else:
            chroma = self._compute(wave, context)
            context.keep(key, {"chroma": chroma.numpy()})
        self._known[key] = chroma
        return chroma

    def close(self) -> None:
        """Let go of the thread."""
        self._stopping.set()
        self._separating.shutdown(wait=False, cancel_futures=True)

    def _compute(self, wave: Tensor, context: Context) -> Tensor:
        count = torch.get_num_threads()
        with ThreadPoolExecutor(count, "stems", _compute_on_one_thread) as threads:
            pieces = _Pieces(threads)
            future = self._separating.submit(self._separate, wave, pieces)
            check_cancelled = cancellation_check(context)
            try:
                while not future.done():
                    check_cancelled()
                    context.report(Progress(pieces.done, max(pieces.submitted, 1), SEPARATING))
                    wait([future], _POLL_S)
            except CancelledError:
                self._stopping.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        torch.set_num_threads(count)  # The threads' setting has reached MKL in this one, too.
        return future.result()

    def _separate(self, wave: Tensor, pieces: _Pieces) -> Tensor:
        _compute_on_one_thread()
        self._stopping.clear()
        conditioner, demucs = self._conditioner, self._conditioner.demucs
        with torch.inference_mode(), _fixed_demucs_shift():
            mix = convert_audio(wave, conditioner.sample_rate, demucs.samplerate, demucs.audio_channels)
            stems = apply_model(demucs, mix, device="cpu", pool=pieces)
            melody = stems[:, conditioner.stem_indices].sum(1)
            melody = convert_audio(melody, demucs.samplerate, conditioner.sample_rate, 1)
            return self._fitted(conditioner.chroma(melody))

    def _fitted(self, chroma: Tensor) -> Tensor:
        """Repeated or cut to the length that the model was trained on, as audiocraft does."""
        length = int(self._conditioner.chroma_len)
        times = -(-length // chroma.shape[1])
        return chroma.repeat(1, times, 1)[:, :length].clone()

    def _stop_here(self, *_: object) -> None:
        """Called before every layer of the separator."""
        if self._stopping.is_set():
            raise CancelledError


class _Pieces:
    """The pool that demucs gives its pieces to: counts them."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self.submitted = 0
        self.done = 0

    def submit(self, compute: Callable[..., Tensor], *given: object, **named: object) -> Future[Tensor]:
        future = self._threads.submit(compute, *given, **named)
        self.submitted += 1
        future.add_done_callback(self._count)
        return future

    def _count(self, _: Future[Tensor]) -> None:
        self.done += 1


def _compute_on_one_thread() -> None:
    torch.get_num_threads()  # Else a thread's first computation would set it to what others have.
    torch.set_num_threads(1)


@contextmanager
def _fixed_demucs_shift() -> Iterator[None]:
    """demucs shifts the sound by a random time, from Python's own generator: always by the same."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)
