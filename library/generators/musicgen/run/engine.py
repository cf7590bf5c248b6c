"""One loaded model that makes takes: which rows go when, what memory allows, and sound out of tokens."""

from __future__ import annotations

import platform
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import msgspec
import numpy as np
import soundfile
import torch

from library.errors import GenerationError
from library.generators.api import CancelledError, Context, Failed, Rendered, cancellation_check
from library.generators.machine.memory import (
    MemoryPlan,
    OutOfMemoryError,
    free_memory,
    is_out_of_memory,
    plan_memory,
    release_unused,
)
from library.generators.musicgen.conditions.conditioning import Conditioning
from library.generators.musicgen.encodec.codec import Codec
from library.generators.musicgen.lm.batch import Batch, BatchRow
from library.generators.musicgen.lm.decoder import TransformerDecoder
from library.generators.musicgen.lm.delay_pattern import DelayPattern
from library.generators.musicgen.lm.windows import Windowing, stride_s
from library.generators.musicgen.loading.checkpoint import Checkpoint
from library.generators.musicgen.run.live_preview import LivePreviews
from library.generators.musicgen.run.progress_meter import ProgressMeter
from library.generators.musicgen.run.rows import DECODE_LOOP_VERSION, RowMaker
from library.generators.musicgen.run.sound_queue import SoundQueue
from library.generators.musicgen.run.token_keeper import TokenKeeper
from library.sound.samples import Samples
from library.take import Recipe

PACKAGES = ("audiocraft", "torch", "torchaudio", "transformers", "numpy", "julius", "demucs")
"""Whose versions a take's bits may depend on."""
_WAIT_S = 0.1


@dataclass(frozen=True)
class _Watch:
    """What looks at every step of a run."""

    meter: ProgressMeter
    previews: LivePreviews
    keeper: TokenKeeper


class InferenceEngine:
    """A checkpoint on a device. `close` it before loading the next."""

    def __init__(self, checkpoint: Checkpoint, device: str, max_slots: int) -> None:
        """Take over `checkpoint`: its language model can't be used elsewhere afterwards."""
        lm = checkpoint.lm
        self.name = checkpoint.files.name
        self.device = device
        self._revision = checkpoint.revision
        self._licence = checkpoint.files.licence
        self._delays = DelayPattern(tuple(lm.pattern_provider.delays), lm.special_token_id)
        self._codec = Codec(checkpoint.codec, device)
        dtype = "float32" if device == "cpu" else "float16"
        self._fingerprint = _fingerprint(device, dtype) | {
            "decode loop": DECODE_LOOP_VERSION,
            **checkpoint.extra_digests,
        }
        machine = repr(sorted(self._fingerprint.items()))
        self._conditioning = Conditioning(lm, self._codec.sample_rate, checkpoint.window_s, machine)
        self._decoder = TransformerDecoder(lm, device)
        frames = int(checkpoint.window_s * self._codec.frame_rate)
        stride = stride_s(checkpoint.window_s, self._codec.sample_rate)
        self._windowing = Windowing(frames, int(stride * self._codec.frame_rate + 1e-6))
        self._most = MemoryPlan(max_slots, self._codec.workers, fits=True)
        self.exact = self._decoder.is_batch_invariant()
        self._row_maker = RowMaker(
            name=self.name,
            revision=self._revision,
            codec=self._codec,
            conditioning=self._conditioning,
            delays=self._delays,
            cardinality=self._decoder.cardinality,
            machine=machine,
        )

    def close(self) -> None:
        self._codec.close()
        self._conditioning.close()

    def generate(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> Iterator[Rendered | Failed]:
        """Make the takes of `recipes`, each with its index. Ends early when `context` says so."""
        check_cancelled = cancellation_check(context)
        rows: list[BatchRow] = []
        for words in self._conditioning.remarks(list(dict.fromkeys(recipe.prompt for _, recipe in recipes))):
            context.tell(words)
        failed = self._row_maker.same_to_the_model(recipes, context)
        yield from (Failed(index, error) for index, error in failed.items())
        try:
            for index, recipe in recipes:
                check_cancelled()
                if index in failed:
                    continue
                try:
                    rows.append(self._make_row(index, recipe, context))
                except GenerationError as error:
                    yield Failed(index, error)
            yield from self._run(rows, context, check_cancelled)
        except CancelledError:
            return

    def _make_row(self, index: int, recipe: Recipe, context: Context) -> BatchRow:
        """The row that becomes the take of `recipe`. Raises GenerationError when it can't be had."""
        for retried in (False, True):
            try:
                return self._row_maker.make(index, recipe, context)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if retried:
                    raise OutOfMemoryError(self.name) from error
            release_unused(self.device)
        raise AssertionError

    def _run(
        self, rows: Sequence[BatchRow], context: Context, check_cancelled: Callable[[], None]
    ) -> Iterator[Rendered | Failed]:
        waiting = deque(row for row in rows if row.known < row.codes.shape[1])
        sounds = SoundQueue(self._codec)
        meter = ProgressMeter(rows, context, self._delays.tail, self._codec.frame_rate)
        plan = self._plan(rows, context)
        self._codec.allow(plan.decoders)
        previews, keeper = LivePreviews(context, self._codec, waiting), TokenKeeper(context)
        watch = _Watch(meter, previews, keeper)
        slots = plan.slots
        for row in rows:
            if row not in waiting:  # killed while its sound was made
                sounds.add(row)
        while waiting:
            try:
                for finished in self._decode(waiting, slots, watch, check_cancelled):
                    for row in finished:
                        keeper.keep(row)
                        sounds.add(row)
                    yield from self._collect_rendered(sounds, meter, 0)
                    yield from previews.take_failures()
            except OutOfMemoryError:
                release_unused(self.device)
                if slots == 1:
                    longest = max(waiting, key=lambda row: row.codes.shape[1])
                    waiting.remove(longest)
                    if longest.retried_tokens:
                        keeper.keep(longest)
                        yield Failed(longest.index, OutOfMemoryError(self.name, kept=longest.known > 0))
                    else:  # once more when all others are done, and nothing else takes memory
                        longest.retried_tokens = True
                        while len(sounds):
                            check_cancelled()
                            yield from self._collect_rendered(sounds, meter, _WAIT_S, alone=True)
                        waiting.append(longest)
                slots = max(1, slots // 2)
        while len(sounds):
            check_cancelled()
            yield from self._collect_rendered(sounds, meter, _WAIT_S, alone=True)

    def _decode(
        self, waiting: deque[BatchRow], slots: int, watch: _Watch, check_cancelled: Callable[[], None]
    ) -> Iterator[list[BatchRow]]:
        """Decode the rows in `waiting`; after every step, those whose tokens are all there.

        Raises OutOfMemoryError; then all that are not finished are in `waiting` again, with the tokens they have.
        """
        active: list[BatchRow] = []
        try:
            prefix = max(row.condition(0).prefix.shape[1] for row in waiting)
            longest = max(min(row.codes.shape[1], self._windowing.frames) for row in waiting)
            positions = prefix + self._delays.steps(longest) + 1
            batch = Batch(
                self._decoder, self._delays, self._windowing, slots=min(slots, len(waiting)), positions=positions
            )
            while waiting or active:
                admitted = [waiting.popleft() for _ in range(min(len(waiting), batch.capacity - len(batch)))]
                active += admitted
                if admitted:
                    batch.admit(admitted, check_cancelled)
                    watch.meter.count_steps(admitted)
                for row in watch.previews.stop_unwanted(batch, waiting):
                    active.remove(row)
                if not len(batch):
                    yield []
                    continue
                finished = batch.step(check_cancelled)
                watch.meter.count_steps(active)
                watch.previews.update(active)
                for row in finished:
                    active.remove(row)
                watch.keeper.keep_now_and_then(active)
                yield finished
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            for row in active:
                row.known = row.final_frames()
            finished = [row for row in active if row.known == row.codes.shape[1]]
            waiting.extendleft(row for row in reversed(active) if row not in finished)
            if finished:
                yield finished
            raise OutOfMemoryError(self.name) from error
        except CancelledError:
            watch.keeper.keep_all(active)
            raise

    def _plan(self, rows: Sequence[BatchRow], context: Context) -> MemoryPlan:
        """How many takes fit into memory side by side. Tells of it where that is fewer than could be made."""
        if not rows:
            return self._most
        longest = max(row.codes.shape[1] for row in rows)
        steps = self._delays.steps(min(longest, self._windowing.frames))
        a_take = 2 * steps * self._decoder.bytes_per_position()
        free = free_memory(self.device)
        plan = plan_memory(free, take=a_take, sound=self._codec.sound_bytes(longest), most=self._most)
        if plan.slots < min(len(rows), self._most.slots):
            a_take_and_sound = (a_take + self._codec.sound_bytes(longest)) / 1e9
            context.tell(
                f"{plan.slots} of {len(rows)} takes are made at a time: {free / 1e9:.1f} GB of memory are free, and "
                f"one take of this length needs {a_take_and_sound:.1f} GB."
            )
        return plan

    def _collect_rendered(
        self, sounds: SoundQueue, meter: ProgressMeter, timeout: float, *, alone: bool = False
    ) -> Iterator[Rendered | Failed]:
        for row, samples in sounds.collect(timeout, alone=alone):
            meter.decoded(row)
            if samples is None:
                yield Failed(row.index, OutOfMemoryError(self.name, kept=True))
            else:
                yield self._rendered(row, samples)

    def _rendered(self, row: BatchRow, samples: Samples) -> Rendered:
        # A draft's id stands for the file where it is lossy, and decoders differ in the last bits.
        decoder = {} if row.recipe.draft is None else {"libsndfile": soundfile.__libsndfile_version__}
        recipe = msgspec.structs.replace(
            row.recipe,
            model=self.name,
            sampling=row.sampling,
            revision=self._revision,
            licence=self._licence,
            fingerprint=self._fingerprint | decoder,
            exact=self.exact,
        )
        tokens = {"codes": row.codes.astype(np.int16), "origin": np.array(row.token_key)}
        return Rendered(row.index, recipe, samples, self._codec.sample_rate, tokens, row.kept_as)


def _fingerprint(device: str, dtype: str) -> dict[str, str]:
    """What of this machine a take's bits may depend on. The number of threads is left out: it makes no odds."""
    facts = {name: version(name) for name in PACKAGES}
    facts |= {"device": device, "dtype": dtype, "machine": platform.machine()}
    if device == "cuda":
        return facts | {"gpu": torch.cuda.get_device_name()}
    return facts | {"cpu": torch.backends.cpu.get_cpu_capability()}
