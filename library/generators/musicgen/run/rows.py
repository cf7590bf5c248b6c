"""From recipes to rows of a batch: what each take starts from, and what is refused before anything is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np
from torch import Tensor

from library.errors import GenerationError, SameTakeError
from library.generators.api import Context
from library.generators.musicgen.conditions.conditioning import Condition, Conditioning, Melody
from library.generators.musicgen.encodec.codec import Codec
from library.generators.musicgen.lm.batch import BatchRow
from library.generators.musicgen.lm.delay_pattern import Codes, DelayPattern
from library.generators.musicgen.prompt_words import quoted
from library.generators.musicgen.spec import SPEC
from library.sound.samples import Samples
from library.take import Draft, Recipe, Sampling

DECODE_LOOP_VERSION = "1"
"""Raise it with every change that changes a take's tokens."""


class RowMaker:
    """Makes the rows of one model's takes."""

    def __init__(
        self,
        *,
        name: str,
        revision: str,
        codec: Codec,
        conditioning: Conditioning,
        delays: DelayPattern,
        cardinality: int,
        machine: str,
    ) -> None:
        """`machine` stands for all of it that a take's tokens may depend on."""
        self._name = name
        self._revision = revision
        self._codec = codec
        self._conditioning = conditioning
        self._delays = delays
        self._cardinality = cardinality
        self._machine = machine
        self._converted: tuple[str, Tensor] | None = None
        self._encoded: tuple[Draft, Codes] | None = None

    def same_to_the_model(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> dict[int, GenerationError]:
        """The recipes whose prompts are one to the model with another recipe's, where all else is the same, too."""
        first: dict[object, Recipe] = {}
        same: dict[int, GenerationError] = {}
        for index, recipe in recipes:
            pieces = (self._conditioning.pieces(recipe.prompt), not recipe.prompt)
            sampling = recipe.sampling or Sampling()
            key = (pieces, recipe.seed, self._frames(recipe), sampling, recipe.draft, context.parent(index))
            twin = first.setdefault(key, recipe)
            if twin.prompt != recipe.prompt:
                same[index] = SameTakeError(
                    f"{quoted(recipe.prompt)} is the same as {quoted(twin.prompt)} to the model.",
                    "Use other words, or another seed.",
                )
        return same

    def make(self, index: int, recipe: Recipe, context: Context) -> BatchRow:
        """The row that becomes the take of `recipe`. Raises GenerationError when it can't be had."""
        rate = self._codec.frame_rate
        SPEC.check_length(recipe.duration_s)
        total = self._frames(recipe)
        if total < 1:
            raise GenerationError(
                f"{recipe.duration_s:g} s is too short for a take.", f"Ask for {1 / rate:g} s or more."
            )
        melody: Melody | None = None
        given = np.empty((len(self._delays.delays), 0), np.int64)
        if recipe.draft is not None and recipe.draft.use == "melody":
            if not self._conditioning.follows_melodies:
                raise GenerationError(
                    f"{self._name} can't follow a melody.",
                    "Choose a melody model, e.g. facebook/musicgen-melody, or continue from the draft instead.",
                )
            if self._converted is None or self._converted[0] != recipe.draft.sound:
                self._converted = (recipe.draft.sound, self._codec.convert(*_draft(recipe.draft, context)))
            melody = Melody(*self._converted, context)
        elif recipe.draft is not None:
            given = self._encode_continuation(recipe, recipe.draft, total, context)
        sampling = recipe.sampling or Sampling()
        token_key = self._token_key(recipe, sampling)
        kept_as = self._kept_as(token_key, total)
        for earlier in (
            self._parent_codes(recipe, token_key, context.parent(index), context),
            self._kept_codes(kept_as, total, context),
        ):
            if earlier is not None and given.shape[1] < earlier.shape[1]:
                given = earlier
        codes = np.full((len(given), total), -1, np.int64)
        codes[:, : given.shape[1]] = given

        def condition(frame: int) -> Condition:
            return self._conditioning.condition(recipe.prompt, melody, frame / rate)

        return BatchRow(index, recipe, sampling, token_key, codes, given.shape[1], condition, kept_as)

    def _frames(self, recipe: Recipe) -> int:
        return int(recipe.duration_s * self._codec.frame_rate + 1e-6)

    def _encode_continuation(self, recipe: Recipe, draft: Draft, total: int, context: Context) -> Codes:
        if self._encoded is None or self._encoded[0] != draft:
            sound, rate = _draft(draft, context)
            if draft.until_s is not None:
                sound = sound[: round(draft.until_s * rate)]
            SPEC.check_length(len(sound) / rate)
            nothing = np.empty((len(self._delays.delays), 0), np.int64)
            self._encoded = (draft, self._codec.encode(sound, rate) if len(sound) else nothing)
        given = self._encoded[1]
        if given.shape[1] > total - 1:
            raise GenerationError(
                f"The draft is {given.shape[1] / self._codec.frame_rate:.1f} s long, but the whole take is only "
                f"{recipe.duration_s:g} s.",
                "Make the take longer, or continue from an earlier point in the draft.",
            )
        return given

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
        total = self._frames(recipe)
        if codes is None or codes.ndim != 2 or len(codes) != len(self._delays.delays):
            return None
        kept = np.asarray(codes[:, : min(max(codes.shape[1] - self._delays.tail, 0), total - 1)], np.int64)
        return kept if self._are_tokens(kept) else None

    def _kept_codes(self, kept_as: str, total: int, context: Context) -> Codes | None:
        """What there is of this very take from a run that came to nothing."""
        codes = (context.kept(kept_as) or {}).get("codes")
        if codes is None or codes.ndim != 2 or len(codes) != len(self._delays.delays) or codes.shape[1] > total:
            return None
        kept = np.asarray(codes, np.int64)
        return kept if self._are_tokens(kept) else None

    def _are_tokens(self, codes: Codes) -> bool:
        return bool(((codes >= 0) & (codes < self._cardinality)).all())

    def _token_key(self, recipe: Recipe, sampling: Sampling) -> str:
        """A hash of what a take's tokens depend on besides its length."""
        drawn_by = msgspec.structs.astuple(sampling)
        facts = (DECODE_LOOP_VERSION, self._revision, recipe.prompt, recipe.seed, drawn_by, recipe.draft)
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:20]

    def _kept_as(self, token_key: str, total: int) -> str:
        """The name of this very take's tokens, as this machine draws them."""
        return hashlib.sha256(f"{token_key} {total} {self._machine}".encode()).hexdigest()[:40]


def _draft(draft: Draft, context: Context) -> tuple[Samples, int]:
    sound, rate = context.draft(draft.sound)
    if not sound.size:
        raise GenerationError("The draft is empty.", "Choose another draft.")
    return sound, rate
