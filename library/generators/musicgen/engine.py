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
from library.generators.api import Context, Failed, LiveContext, Progress, Rendered, Samples
from library.generators.musicgen.batch import Batch, Row
from library.generators.musicgen.checkpoint import Checkpoint
from library.generators.musicgen.codec import Codec
from library.generators.musicgen.conditioning import Condition, Conditioning, Melody
from library.generators.musicgen.decoder import Decoder
from library.generators.musicgen.fingerprint import fingerprint
from library.generators.musicgen.interleaving import Codes, Interleaving
from library.generators.musicgen.listening import Listening
from library.generators.musicgen.memory import OutOfMemoryError, free_memory, is_out_of_memory
from library.generators.musicgen.polling import CancelledError, Poll
from library.generators.musicgen.windows import Windowing
from library.take import Recipe, Sampling

SHARE_OF_MEMORY = 0.6
STRIDE = 0.6
"""By how much of a window the next one starts later: 18 s of 30 s, audiocraft's default."""
DECODING = 0.15
"""What decoding a frame's sound is worth in steps, for the progress."""
FORMAT = "1"
"""Raise it with every change that changes a take's tokens."""
_WAIT_S = 0.1


@dataclass(frozen=True)
class _Order:
    """A recipe, and the row it became."""

    index: int
    recipe: Recipe
    row: Row
    origin: str


class Engine:
    """A checkpoint on a device. `close` it before loading the next."""

    def __init__(self, checkpoint: Checkpoint, device: str, most_seats: int) -> None:
        """Take over `checkpoint`: its language model can't be used elsewhere afterwards."""
        lm = checkpoint.lm
        self.name = checkpoint.files.name
        self._revision = checkpoint.revision
        self._licence = checkpoint.files.licence
        self._interleaving = Interleaving(tuple(lm.pattern_provider.delays), lm.special_token_id)
        self._codec = Codec(checkpoint.codec, device)
        self._conditioning = Conditioning(lm, self._codec.sample_rate, checkpoint.window_s)
        self._decoder = Decoder(lm, device)
        frames = int(checkpoint.window_s * self._codec.frame_rate)
        self._windowing = Windowing(frames, int(frames * STRIDE))
        self._most_seats = most_seats
        self.exact = self._decoder.is_batch_invariant()
        self._fingerprint = fingerprint(device, str(self._decoder.dtype).removeprefix("torch."))
        self._fingerprint |= {"decode loop": FORMAT, **checkpoint.named}

    @property
    def weight_bytes(self) -> int:
        """What one step has to read from memory at least."""
        return self._decoder.weight_bytes

    def close(self) -> None:
        """Let go of its threads."""
        self._codec.close()

    def make(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> Iterator[Rendered | Failed]:
        """Make the takes of `recipes`, each with its index. Ends early when `context` says so."""
        poll = Poll(context)
        orders: list[_Order] = []
        try:
            for index, recipe in recipes:
                poll()
                try:
                    orders.append(self._order(index, recipe, context))
                except GenerationError as error:
                    yield Failed(index, error)
            yield from self._run(orders, context, poll)
        except CancelledError:
            return

    def _order(self, index: int, recipe: Recipe, context: Context) -> _Order:
        """What `recipe` asks for. Raises GenerationError when it can't be had."""
        rate = self._codec.frame_rate
        total = int(recipe.duration_s * rate + 1e-6)
        if total < 1:
            raise GenerationError(
                f"A take of {recipe.duration_s:g} s is too short.", f"Ask for {1 / rate:g} s or more."
            )
        melody: Melody | None = None
        given = np.empty((len(self._interleaving.delays), 0), np.int64)
        if recipe.draft is not None:
            sound, sound_rate = context.draft(recipe.draft.sound)
            if not sound.size:
                raise GenerationError("The draft is empty.", "Choose another draft.")
            if recipe.draft.use == "melody":
                melody = self._melody(recipe.draft.sound, sound, sound_rate)
            else:
                given = self._continued(recipe, sound, sound_rate, total)
        origin = self._origin(recipe)
        earlier = self._extended(recipe, origin, context.parent(index), context)
        if earlier is not None and given.shape[1] < earlier.shape[1]:
            given = earlier[:, : total - 1]
        codes = np.full((len(given), total), -1, np.int64)
        codes[:, : given.shape[1]] = given
        sampling = recipe.sampling or Sampling()
        row = Row(index, recipe.seed, sampling, codes, given.shape[1], partial(self._condition, recipe.prompt, melody))
        return _Order(index, recipe, row, origin)

    def _condition(self, prompt: str, melody: Melody | None, frame: int) -> Condition:
        return self._conditioning.condition(prompt, melody, frame / self._codec.frame_rate)

    def _melody(self, name: str, sound: Samples, rate: int) -> Melody:
        if not self._conditioning.follows_melodies:
            raise GenerationError(
                f"{self.name} can't follow a melody.",
                "Choose a melody model, e.g. facebook/musicgen-melody, or use the draft for a continuation.",
            )
        return Melody(name, self._codec.convert(sound, rate))

    def _continued(self, recipe: Recipe, sound: Samples, rate: int, total: int) -> Codes:
        until_s = recipe.draft.until_s if recipe.draft else None
        if until_s is not None:
            sound = sound[: round(until_s * rate)]
        if not len(sound):
            return np.empty((len(self._interleaving.delays), 0), np.int64)
        if len(sound) / rate * self._codec.frame_rate > total - 1:
            raise GenerationError(
                f"The draft is {len(sound) / rate:.1f} s long, and the take is to be {recipe.duration_s:g} s with it.",
                "Ask for a longer take, or go on from an earlier point of the draft.",
            )
        return self._codec.encode(sound, rate)

    def _extended(self, recipe: Recipe, origin: str, parent: str | None, context: Context) -> Codes | None:
        """The tokens of the take that `recipe` extends, as far as a longer take has the same."""
        if parent is None or (recipe.draft is not None and recipe.draft.sound == parent):
            return None
        tokens = context.tokens(parent) or {}
        if not tokens and recipe.revision in (None, self._revision):
            return None  # The recipe says it all: what was heard comes out the same again.
        codes, made_as = tokens.get("codes"), tokens.get("origin")
        if made_as is None or str(made_as) != origin:
            raise GenerationError(
                "The take can't be extended exactly: it was made with other settings or other weights.",
                "Make a new take with its prompt and seed.",
            )
        if codes is None or codes.ndim != 2 or len(codes) != len(self._interleaving.delays):
            return None
        kept = np.asarray(codes[:, : max(codes.shape[1] - self._interleaving.tail, 0)], np.int64)
        return kept if bool(((kept >= 0) & (kept < self._decoder.card)).all()) else None

    def _origin(self, recipe: Recipe) -> str:
        """A hash of what a take's tokens depend on besides its length."""
        sampling = recipe.sampling or Sampling()
        facts = (FORMAT, self._revision, recipe.prompt, recipe.seed, msgspec.structs.astuple(sampling), recipe.draft)
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:20]

    def _run(self, orders: Sequence[_Order], context: Context, poll: Poll) -> Iterator[Rendered | Failed]:
        by_row = {id(order.row): order for order in orders}
        waiting = deque(order.row for order in orders)
        sounds: dict[Future[Samples], _Order] = {}
        meter = _Meter(orders, context, self._interleaving.tail, self._codec.frame_rate)
        seats = self._seats(orders)
        live = Listening(context, self._codec, waiting) if isinstance(context, LiveContext) else None
        while waiting:
            try:
                for finished in self._decode(waiting, seats, poll, meter, live):
                    sounds |= {self._codec.decode_soon(row.codes): by_row[id(row)] for row in finished}
                    yield from self._finished(sounds, meter, 0)
                    if live is not None:
                        yield from live.stopped()
            except OutOfMemoryError as error:
                if seats == 1:
                    longest = max(waiting, key=lambda row: row.codes.shape[1])
                    waiting.remove(longest)
                    yield Failed(longest.index, error.told())
                seats = max(1, seats // 2)
        while sounds:
            poll()
            yield from self._finished(sounds, meter, _WAIT_S)

    def _decode(
        self, waiting: deque[Row], seats: int, poll: Poll, meter: _Meter, live: Listening | None
    ) -> Iterator[list[Row]]:
        """Decode the rows in `waiting`; after every step, those whose tokens are all there.

        Raises OutOfMemoryError; then all that are not finished are in `waiting` again, with the tokens they have.
        """
        active: list[Row] = []
        try:
            prefix = max(row.condition(0).prefix.shape[1] for row in waiting)
            longest = max(min(row.codes.shape[1], self._windowing.frames) for row in waiting)
            positions = prefix + self._interleaving.steps(longest) + 1
            batch = Batch(
                self._decoder, self._interleaving, self._windowing, seats=min(seats, len(waiting)), positions=positions
            )
            while waiting or active:
                arrived = [waiting.popleft() for _ in range(min(len(waiting), batch.capacity - len(batch)))]
                active += arrived
                if arrived:
                    batch.admit(arrived, poll)
                    meter.stepped(arrived)
                if live is not None:
                    for row in live.reject(batch, waiting):
                        active.remove(row)
                    if not len(batch):
                        yield []
                        continue
                finished = batch.step(poll)
                meter.stepped(active)
                if live is not None:
                    live.listen(active)
                for row in finished:
                    active.remove(row)
                yield finished
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            for row in active:
                row.known = row.settled()
            waiting.extendleft(reversed(active))
            raise OutOfMemoryError(self.name) from error

    def _seats(self, orders: Sequence[_Order]) -> int:
        """How many takes fit into memory side by side."""
        if not orders:
            return 1
        longest = max(min(order.row.codes.shape[1], self._windowing.frames) for order in orders)
        a_take = 2 * self._interleaving.steps(longest) * self._decoder.bytes_per_position()
        return max(1, min(self._most_seats, int(free_memory(self._decoder.device) * SHARE_OF_MEMORY / a_take)))

    def _finished(
        self, sounds: dict[Future[Samples], _Order], meter: _Meter, timeout: float
    ) -> Iterator[Rendered | Failed]:
        done, _ = wait(sounds, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            order = sounds.pop(future)
            meter.heard(order.row)
            try:
                samples = future.result()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                yield Failed(order.index, OutOfMemoryError(self.name).told())
            else:
                yield self._rendered(order, samples)

    def _rendered(self, order: _Order, samples: Samples) -> Rendered:
        # A draft's id stands for the file where it is lossy, and decoders differ in the last bits.
        decoder = {} if order.recipe.draft is None else {"libsndfile": soundfile.__libsndfile_version__}
        recipe = msgspec.structs.replace(
            order.recipe,
            model=self.name,
            sampling=order.recipe.sampling or Sampling(),
            revision=self._revision,
            licence=self._licence,
            fingerprint=self._fingerprint | decoder,
            exact=self.exact,
        )
        tokens = {"codes": order.row.codes.astype(np.int16), "origin": np.array(order.origin)}
        return Rendered(order.index, recipe, samples, self._codec.sample_rate, tokens)


class _Meter:
    """How far a run is, in steps; decoding the sound counts as some."""

    def __init__(self, orders: Sequence[_Order], context: Context, tail: int, frame_rate: float) -> None:
        self._context = context
        self._frame_rate = frame_rate
        self._steps = sum(order.row.codes.shape[1] - order.row.known + tail for order in orders)
        self._of = self._steps + round(DECODING * sum(order.row.codes.shape[1] for order in orders))
        self._drawn = 0
        self._heard = 0

    def stepped(self, rows: Sequence[Row]) -> None:
        self._drawn += len(rows)
        self._report({row.index: row.settled() / self._frame_rate for row in rows})

    def heard(self, row: Row) -> None:
        self._heard += round(DECODING * row.codes.shape[1])
        self._report({})

    def _report(self, seconds: Mapping[int, float]) -> None:
        done = min(self._drawn, self._steps) + self._heard
        self._context.report(Progress(min(done, self._of), self._of, seconds=seconds))
