"""One loaded model that makes takes: which rows go when, what memory allows, and sound out of tokens."""

from __future__ import annotations

import hashlib
import platform
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from importlib.metadata import version

import msgspec
import numpy as np
import soundfile
import torch

from library.errors import GenerationError, SameTakeError
from library.generators.api import CancelledError, Context, Failed, Progress, Rendered, cancellation_check
from library.generators.musicgen.conditions.conditioning import Condition, Conditioning, Melody
from library.generators.musicgen.encodec.codec import Codec
from library.generators.musicgen.live_preview import LivePreviews
from library.generators.musicgen.lm.batch import Batch, BatchRow
from library.generators.musicgen.lm.decoder import TransformerDecoder
from library.generators.musicgen.lm.delay_pattern import Codes, DelayPattern
from library.generators.musicgen.lm.windows import Windowing
from library.generators.musicgen.loading.checkpoint import Checkpoint
from library.generators.musicgen.machine.memory import OutOfMemoryError, free_memory, is_out_of_memory
from library.generators.musicgen.prompt_words import quoted
from library.sound.samples import Samples
from library.take import Recipe, Sampling

SHARE_OF_MEMORY = 0.6
WINDOW_STRIDE = 0.6
"""By how much of a window the next one starts later: 18 s of 30 s, audiocraft's default."""
DECODING_SHARE = 0.15
"""What decoding a frame's sound is worth in steps, for the progress."""
DECODE_LOOP_VERSION = "1"
"""Raise it with every change that changes a take's tokens."""
PACKAGES = ("audiocraft", "torch", "torchaudio", "transformers", "numpy", "julius", "demucs")
"""Whose versions a take's bits may depend on."""
_WAIT_S = 0.1


class InferenceEngine:
    """A checkpoint on a device. `close` it before loading the next."""

    def __init__(self, checkpoint: Checkpoint, device: str, max_slots: int) -> None:
        """Take over `checkpoint`: its language model can't be used elsewhere afterwards."""
        lm = checkpoint.lm
        self.name = checkpoint.files.name
        self._revision = checkpoint.revision
        self._licence = checkpoint.files.licence
        self._delays = DelayPattern(tuple(lm.pattern_provider.delays), lm.special_token_id)
        self._codec = Codec(checkpoint.codec, device)
        self._conditioning = Conditioning(lm, self._codec.sample_rate, checkpoint.window_s)
        self._decoder = TransformerDecoder(lm, device)
        frames = int(checkpoint.window_s * self._codec.frame_rate)
        self._windowing = Windowing(frames, int(frames * WINDOW_STRIDE))
        self._max_slots = max_slots
        self.exact = self._decoder.is_batch_invariant()
        dtype = str(self._decoder.dtype).removeprefix("torch.")
        self._fingerprint = _fingerprint(device, dtype) | {
            "decode loop": DECODE_LOOP_VERSION,
            **checkpoint.extra_digests,
        }

    def close(self) -> None:
        self._codec.close()

    def generate(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> Iterator[Rendered | Failed]:
        """Make the takes of `recipes`, each with its index. Ends early when `context` says so."""
        check_cancelled = cancellation_check(context)
        rows: list[BatchRow] = []
        for words in self._conditioning.remarks(list(dict.fromkeys(recipe.prompt for _, recipe in recipes))):
            context.tell(words)
        failed = self._same_to_the_model(recipes, context)
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

    def _same_to_the_model(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> dict[int, GenerationError]:
        """The recipes whose prompts are one to the model with another recipe's, where all else is the same, too."""
        first: dict[object, Recipe] = {}
        same: dict[int, GenerationError] = {}
        for index, recipe in recipes:
            pieces = (self._conditioning.pieces(recipe.prompt), not recipe.prompt)
            frames = int(recipe.duration_s * self._codec.frame_rate + 1e-6)
            sampling = recipe.sampling or Sampling()
            key = (pieces, recipe.seed, frames, sampling, recipe.draft, context.parent(index))
            twin = first.setdefault(key, recipe)
            if twin.prompt != recipe.prompt:
                same[index] = SameTakeError(
                    f"{quoted(recipe.prompt)} is the same as {quoted(twin.prompt)} to the model.",
                    "Use other words, or another seed.",
                )
        return same

    def _make_row(self, index: int, recipe: Recipe, context: Context) -> BatchRow:
        """The row that becomes the take of `recipe`. Raises GenerationError when it can't be had."""
        rate = self._codec.frame_rate
        total = int(recipe.duration_s * rate + 1e-6)
        if total < 1:
            raise GenerationError(
                f"{recipe.duration_s:g} s is too short for a take.", f"Ask for {1 / rate:g} s or more."
            )
        melody: Melody | None = None
        given = np.empty((len(self._delays.delays), 0), np.int64)
        if recipe.draft is not None:
            sound, sound_rate = context.draft(recipe.draft.sound)
            if not sound.size:
                raise GenerationError("The draft is empty.", "Choose another draft.")
            if recipe.draft.use == "melody":
                if not self._conditioning.follows_melodies:
                    raise GenerationError(
                        f"{self.name} can't follow a melody.",
                        "Choose a melody model, e.g. facebook/musicgen-melody, or continue from the draft instead.",
                    )
                melody = Melody(recipe.draft.sound, self._codec.convert(sound, sound_rate))
            else:
                given = self._encode_continuation(recipe, sound, sound_rate, total)
        sampling = recipe.sampling or Sampling()
        token_key = self._token_key(recipe, sampling)
        earlier = self._parent_codes(recipe, token_key, context.parent(index), context)
        if earlier is not None and given.shape[1] < earlier.shape[1]:
            given = earlier[:, : total - 1]
        codes = np.full((len(given), total), -1, np.int64)
        codes[:, : given.shape[1]] = given

        def condition(frame: int) -> Condition:
            return self._conditioning.condition(recipe.prompt, melody, frame / rate)

        return BatchRow(index, recipe, sampling, token_key, codes, given.shape[1], condition)

    def _encode_continuation(self, recipe: Recipe, sound: Samples, rate: int, total: int) -> Codes:
        until_s = recipe.draft.until_s if recipe.draft else None
        if until_s is not None:
            sound = sound[: round(until_s * rate)]
        if not len(sound):
            return np.empty((len(self._delays.delays), 0), np.int64)
        if len(sound) / rate * self._codec.frame_rate > total - 1:
            raise GenerationError(
                f"The draft is {len(sound) / rate:.1f} s long, but the whole take is only {recipe.duration_s:g} s.",
                "Make the take longer, or continue from an earlier point in the draft.",
            )
        return self._codec.encode(sound, rate)

    def _parent_codes(self, recipe: Recipe, token_key: str, parent: str | None, context: Context) -> Codes | None:
        """The tokens of the take that `recipe` extends, as far as a longer take has the same."""
        if parent is None or (recipe.draft is not None and recipe.draft.sound == parent):
            return None
        tokens = context.tokens(parent) or {}
        if not tokens and recipe.revision in (None, self._revision):
            return None  # The recipe says it all: what was heard comes out the same again.
        codes, made_as = tokens.get("codes"), tokens.get("origin")
        if made_as is None or str(made_as) != token_key:
            raise GenerationError(
                "The take can't be extended exactly: it was made with different settings or weights.",
                "Make a new take with the same prompt and seed.",
            )
        if codes is None or codes.ndim != 2 or len(codes) != len(self._delays.delays):
            return None
        kept = np.asarray(codes[:, : max(codes.shape[1] - self._delays.tail, 0)], np.int64)
        return kept if bool(((kept >= 0) & (kept < self._decoder.cardinality)).all()) else None

    def _token_key(self, recipe: Recipe, sampling: Sampling) -> str:
        """A hash of what a take's tokens depend on besides its length."""
        drawn_by = msgspec.structs.astuple(sampling)
        facts = (DECODE_LOOP_VERSION, self._revision, recipe.prompt, recipe.seed, drawn_by, recipe.draft)
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:20]

    def _run(
        self, rows: Sequence[BatchRow], context: Context, check_cancelled: Callable[[], None]
    ) -> Iterator[Rendered | Failed]:
        waiting = deque(rows)
        decoding: dict[Future[Samples], BatchRow] = {}
        meter = _ProgressMeter(rows, context, self._delays.tail, self._codec.frame_rate)
        slots = self._slots(rows)
        previews = LivePreviews(context, self._codec, waiting)
        while waiting:
            try:
                for finished in self._decode(waiting, slots, check_cancelled, meter, previews):
                    decoding |= {self._codec.decode_in_pool(row.codes): row for row in finished}
                    yield from self._collect_rendered(decoding, meter, 0)
                    yield from previews.take_failures()
            except OutOfMemoryError as error:
                if slots == 1:
                    longest = max(waiting, key=lambda row: row.codes.shape[1])
                    waiting.remove(longest)
                    yield Failed(longest.index, error)
                slots = max(1, slots // 2)
        while decoding:
            check_cancelled()
            yield from self._collect_rendered(decoding, meter, _WAIT_S)

    def _decode(
        self,
        waiting: deque[BatchRow],
        slots: int,
        check_cancelled: Callable[[], None],
        meter: _ProgressMeter,
        previews: LivePreviews,
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
                    meter.count_steps(admitted)
                for row in previews.stop_unwanted(batch, waiting):
                    active.remove(row)
                if not len(batch):
                    yield []
                    continue
                finished = batch.step(check_cancelled)
                meter.count_steps(active)
                previews.update(active)
                for row in finished:
                    active.remove(row)
                yield finished
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            for row in active:
                row.known = row.final_frames()
            waiting.extendleft(reversed(active))
            raise OutOfMemoryError(self.name) from error

    def _slots(self, rows: Sequence[BatchRow]) -> int:
        """How many takes fit into memory side by side."""
        if not rows:
            return 1
        longest = max(min(row.codes.shape[1], self._windowing.frames) for row in rows)
        a_take = 2 * self._delays.steps(longest) * self._decoder.bytes_per_position()
        return max(1, min(self._max_slots, int(free_memory(self._decoder.device) * SHARE_OF_MEMORY / a_take)))

    def _collect_rendered(
        self, decoding: dict[Future[Samples], BatchRow], meter: _ProgressMeter, timeout: float
    ) -> Iterator[Rendered | Failed]:
        done, _ = wait(decoding, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            row = decoding.pop(future)
            meter.decoded(row)
            try:
                samples = future.result()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                yield Failed(row.index, OutOfMemoryError(self.name))
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
        return Rendered(row.index, recipe, samples, self._codec.sample_rate, tokens)


class _ProgressMeter:
    """How far a run is, in steps; decoding the sound counts as some."""

    def __init__(self, rows: Sequence[BatchRow], context: Context, tail: int, frame_rate: float) -> None:
        self._context = context
        self._frame_rate = frame_rate
        self._steps = sum(row.codes.shape[1] - row.known + tail for row in rows)
        self._total = self._steps + round(DECODING_SHARE * sum(row.codes.shape[1] for row in rows))
        self._sampled_steps = 0
        self._decoded = 0

    def count_steps(self, rows: Sequence[BatchRow]) -> None:
        self._sampled_steps += len(rows)
        self._report({row.index: row.final_frames() / self._frame_rate for row in rows})

    def decoded(self, row: BatchRow) -> None:
        self._decoded += round(DECODING_SHARE * row.codes.shape[1])
        self._report({})

    def _report(self, seconds: Mapping[int, float]) -> None:
        done = min(self._sampled_steps, self._steps) + self._decoded
        self._context.report(Progress(min(done, self._total), self._total, seconds=seconds))


def _fingerprint(device: str, dtype: str) -> dict[str, str]:
    """What of this machine a take's bits may depend on. The number of threads is left out: it makes no odds."""
    facts = {name: version(name) for name in PACKAGES}
    facts |= {"device": device, "dtype": dtype, "machine": platform.machine()}
    if device == "cuda":
        return facts | {"gpu": torch.cuda.get_device_name()}
    return facts | {"cpu": torch.backends.cpu.get_cpu_capability()}
