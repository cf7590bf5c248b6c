"""One loaded model that makes takes: which rows go when, what memory allows, and sound out of tokens."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial

import msgspec
import numpy as np
import soundfile

from library.errors import GenerationError
from library.generators.api import Context, Failed, Progress, Rendered
from library.generators.musicgen.batch import Batch, BatchRow
from library.generators.musicgen.cancellation import CancellationCheck, CancelledError
from library.generators.musicgen.checkpoint import Checkpoint
from library.generators.musicgen.codec import Codec
from library.generators.musicgen.conditioning import Condition, Conditioning, Melody
from library.generators.musicgen.decoder import TransformerDecoder
from library.generators.musicgen.delay_pattern import Codes, DelayPattern
from library.generators.musicgen.fingerprint import fingerprint
from library.generators.musicgen.live_preview import LivePreviews
from library.generators.musicgen.memory import OutOfMemoryError, free_memory, is_out_of_memory
from library.generators.musicgen.windows import Windowing
from library.sound.samples import Samples
from library.take import Recipe, Sampling

SHARE_OF_MEMORY = 0.6
WINDOW_STRIDE = 0.6
"""By how much of a window the next one starts later: 18 s of 30 s, audiocraft's default."""
DECODING_SHARE = 0.15
"""What decoding a frame's sound is worth in steps, for the progress."""
DECODE_LOOP_VERSION = "1"
"""Raise it with every change that changes a take's tokens."""
_WAIT_S = 0.1


@dataclass(frozen=True)
class _Request:
    """A recipe, and the row it became."""

    index: int
    recipe: Recipe
    row: BatchRow
    token_key: str


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
        self._fingerprint = fingerprint(device, str(self._decoder.dtype).removeprefix("torch."))
        self._fingerprint |= {"decode loop": DECODE_LOOP_VERSION, **checkpoint.extra_digests}

    @property
    def weight_bytes(self) -> int:
        """What one step has to read from memory at least."""
        return self._decoder.weight_bytes

    def close(self) -> None:
        """Let go of its threads."""
        self._codec.close()

    def generate(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> Iterator[Rendered | Failed]:
        """Make the takes of `recipes`, each with its index. Ends early when `context` says so."""
        check_cancelled = CancellationCheck(context)
        requests: list[_Request] = []
        try:
            for index, recipe in recipes:
                check_cancelled()
                try:
                    requests.append(self._make_request(index, recipe, context))
                except GenerationError as error:
                    yield Failed(index, error)
            yield from self._run(requests, context, check_cancelled)
        except CancelledError:
            return

    def _make_request(self, index: int, recipe: Recipe, context: Context) -> _Request:
        """What `recipe` asks for. Raises GenerationError when it can't be had."""
        rate = self._codec.frame_rate
        total = int(recipe.duration_s * rate + 1e-6)
        if total < 1:
            raise GenerationError(
                f"A take of {recipe.duration_s:g} s is too short.", f"Ask for {1 / rate:g} s or more."
            )
        melody: Melody | None = None
        given = np.empty((len(self._delays.delays), 0), np.int64)
        if recipe.draft is not None:
            sound, sound_rate = context.draft(recipe.draft.sound)
            if not sound.size:
                raise GenerationError("The draft is empty.", "Choose another draft.")
            if recipe.draft.use == "melody":
                melody = self._melody(recipe.draft.sound, sound, sound_rate)
            else:
                given = self._encode_continuation(recipe, sound, sound_rate, total)
        token_key = self._token_key(recipe)
        earlier = self._parent_codes(recipe, token_key, context.parent(index), context)
        if earlier is not None and given.shape[1] < earlier.shape[1]:
            given = earlier[:, : total - 1]
        codes = np.full((len(given), total), -1, np.int64)
        codes[:, : given.shape[1]] = given
        sampling = recipe.sampling or Sampling()
        row = BatchRow(
            index, recipe.seed, sampling, codes, given.shape[1], partial(self._condition, recipe.prompt, melody)
        )
        return _Request(index, recipe, row, token_key)

    def _condition(self, prompt: str, melody: Melody | None, frame: int) -> Condition:
        return self._conditioning.condition(prompt, melody, frame / self._codec.frame_rate)

    def _melody(self, name: str, sound: Samples, rate: int) -> Melody:
        if not self._conditioning.follows_melodies:
            raise GenerationError(
                f"{self.name} can't follow a melody.",
                "Choose a melody model, e.g. facebook/musicgen-melody, or use the draft for a continuation.",
            )
        return Melody(name, self._codec.convert(sound, rate))

    def _encode_continuation(self, recipe: Recipe, sound: Samples, rate: int, total: int) -> Codes:
        until_s = recipe.draft.until_s if recipe.draft else None
        if until_s is not None:
            sound = sound[: round(until_s * rate)]
        if not len(sound):
            return np.empty((len(self._delays.delays), 0), np.int64)
        if len(sound) / rate * self._codec.frame_rate > total - 1:
            raise GenerationError(
                f"The draft is {len(sound) / rate:.1f} s long, and the take is to be {recipe.duration_s:g} s with it.",
                "Ask for a longer take, or go on from an earlier point of the draft.",
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
                "The take can't be extended exactly: it was made with other settings or other weights.",
                "Make a new take with its prompt and seed.",
            )
        if codes is None or codes.ndim != 2 or len(codes) != len(self._delays.delays):
            return None
        kept = np.asarray(codes[:, : max(codes.shape[1] - self._delays.tail, 0)], np.int64)
        return kept if bool(((kept >= 0) & (kept < self._decoder.cardinality)).all()) else None

    def _token_key(self, recipe: Recipe) -> str:
        """A hash of what a take's tokens depend on besides its length."""
        sampling = recipe.sampling or Sampling()
        facts = (
            DECODE_LOOP_VERSION,
            self._revision,
            recipe.prompt,
            recipe.seed,
            msgspec.structs.astuple(sampling),
            recipe.draft,
        )
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:20]

    def _run(
        self, requests: Sequence[_Request], context: Context, check_cancelled: CancellationCheck
    ) -> Iterator[Rendered | Failed]:
        by_row = {id(request.row): request for request in requests}
        waiting = deque(request.row for request in requests)
        decoding: dict[Future[Samples], _Request] = {}
        meter = _ProgressMeter(requests, context, self._delays.tail, self._codec.frame_rate)
        slots = self._slots(requests)
        previews = LivePreviews(context, self._codec, waiting)
        while waiting:
            try:
                for finished in self._decode(waiting, slots, check_cancelled, meter, previews):
                    decoding |= {self._codec.decode_in_pool(row.codes): by_row[id(row)] for row in finished}
                    yield from self._collect_rendered(decoding, meter, 0)
                    yield from previews.take_failures()
            except OutOfMemoryError as error:
                if slots == 1:
                    longest = max(waiting, key=lambda row: row.codes.shape[1])
                    waiting.remove(longest)
                    yield Failed(longest.index, error.as_generation_error())
                slots = max(1, slots // 2)
        while decoding:
            check_cancelled()
            yield from self._collect_rendered(decoding, meter, _WAIT_S)

    def _decode(
        self,
        waiting: deque[BatchRow],
        slots: int,
        check_cancelled: CancellationCheck,
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

    def _slots(self, requests: Sequence[_Request]) -> int:
        """How many takes fit into memory side by side."""
        if not requests:
            return 1
        longest = max(min(request.row.codes.shape[1], self._windowing.frames) for request in requests)
        a_take = 2 * self._delays.steps(longest) * self._decoder.bytes_per_position()
        return max(1, min(self._max_slots, int(free_memory(self._decoder.device) * SHARE_OF_MEMORY / a_take)))

    def _collect_rendered(
        self, decoding: dict[Future[Samples], _Request], meter: _ProgressMeter, timeout: float
    ) -> Iterator[Rendered | Failed]:
        done, _ = wait(decoding, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            request = decoding.pop(future)
            meter.decoded(request.row)
            try:
                samples = future.result()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                yield Failed(request.index, OutOfMemoryError(self.name).as_generation_error())
            else:
                yield self._rendered(request, samples)

    def _rendered(self, request: _Request, samples: Samples) -> Rendered:
        # A draft's id stands for the file where it is lossy, and decoders differ in the last bits.
        decoder = {} if request.recipe.draft is None else {"libsndfile": soundfile.__libsndfile_version__}
        recipe = msgspec.structs.replace(
            request.recipe,
            model=self.name,
            sampling=request.recipe.sampling or Sampling(),
            revision=self._revision,
            licence=self._licence,
            fingerprint=self._fingerprint | decoder,
            exact=self.exact,
        )
        tokens = {"codes": request.row.codes.astype(np.int16), "origin": np.array(request.token_key)}
        return Rendered(request.index, recipe, samples, self._codec.sample_rate, tokens)


class _ProgressMeter:
    """How far a run is, in steps; decoding the sound counts as some."""

    def __init__(self, requests: Sequence[_Request], context: Context, tail: int, frame_rate: float) -> None:
        self._context = context
        self._frame_rate = frame_rate
        self._steps = sum(request.row.codes.shape[1] - request.row.known + tail for request in requests)
        self._total = self._steps + round(DECODING_SHARE * sum(request.row.codes.shape[1] for request in requests))
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
