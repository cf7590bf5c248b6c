"""Takes that are decoded side by side, each a pair of rows: they start, end and are dropped one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from library.generators.musicgen.conditions.conditioning import Condition
from library.generators.musicgen.lm.decoder import (
    CrossAttentionGroup,
    SelfAttentionGroup,
    TextKeyValues,
    TransformerDecoder,
)
from library.generators.musicgen.lm.delay_pattern import Codes, DelayPattern
from library.generators.musicgen.lm.sampling import sample_tokens
from library.generators.musicgen.lm.windows import Window, Windowing
from library.take import Recipe, Sampling

PREFILL_CHUNK = 16
"""Positions a prefill computes together; the bits don't depend on it."""


@dataclass(eq=False)
class BatchRow:
    """A take in the making."""

    index: int
    """Which of the recipes it is."""
    recipe: Recipe
    sampling: Sampling
    token_key: str
    """Stands for what its tokens depend on besides their number."""
    codes: Codes
    """The take's tokens, -1 where there are none yet."""
    known: int
    """Frames at the start that are given."""
    condition: Callable[[int], Condition]
    """The condition of the window that starts at that frame."""
    kept_as: str = ""
    """The name its tokens are kept by until the take is saved."""
    retried: bool = False
    """Whether making its sound failed once for lack of memory."""
    retried_tokens: bool = False
    """Whether drawing its tokens did, with no other take beside it."""
    windows: list[Window] = field(default_factory=list)
    """Still to do, the present one first."""
    step: int = 0
    """The step of the present window's sequence that is drawn next."""

    def final_frames(self) -> int:
        """Frames at the start whose tokens are all there, and final: going on from them gives the same take."""
        complete: NDArray[np.bool_] = np.all(self.codes >= 0, axis=0)
        return len(complete) if complete.all() else int(complete.argmin())


@dataclass(frozen=True, eq=False)
class _Slot:
    """A take's place in the batch and the cache: what it attends to, and where its sequence starts."""

    row: BatchRow
    prefix: int
    """Positions in front of the sequence."""
    text: tuple[TextKeyValues | None, ...]
    """What the prompt's row and the null row attend to; None where it would add nothing."""


class Batch:
    """Up to `slots` takes on one decoder. Which ones share a batch leaves no trace in them."""

    def __init__(
        self, decoder: TransformerDecoder, delays: DelayPattern, windowing: Windowing, *, slots: int, positions: int
    ) -> None:
        """`positions`: the longest sequence there will be, prefix included."""
        self._decoder = decoder
        self._delays = delays
        self._windowing = windowing
        self._cache = decoder.cache(2 * slots, positions)
        self._slots: list[_Slot] = []
        self._text_groups: list[CrossAttentionGroup] = []
        self.capacity = slots

    def __len__(self) -> int:
        return len(self._slots)

    def admit(self, rows: Sequence[BatchRow], check_cancelled: Callable[[], None]) -> None:
        """Give `rows` slots and draw their first steps. `check_cancelled` is called often, and may raise to stop."""
        first = len(self._slots)
        for row in rows:
            row.windows = list(self._windowing.cut(row.codes.shape[1], row.known))
        with torch.inference_mode():
            self._start_windows(dict(enumerate(rows, first)), check_cancelled)

    def step(self, check_cancelled: Callable[[], None]) -> list[BatchRow]:
        """Draw one step of every take; those that are finished leave their slots and are returned."""
        slots = self._slots
        inputs = np.stack([self._step_input(slot.row) for slot in slots])
        positions = [slot.prefix + slot.row.step - 1 for slot in slots]
        with torch.inference_mode():
            decoder = self._decoder
            x = decoder.add_positions(decoder.embed(torch.from_numpy(inputs).to(decoder.device)), positions)
            x = decoder.forward(
                x.repeat_interleave(2, 0),
                self._self_attention_groups(positions),
                self._text_groups,
                self._cache,
                check_cancelled,
            )
            self._sample_step(slots, decoder.logits(x))
        return self._advance_windows(check_cancelled)

    def drop(self, unwanted: Callable[[BatchRow], bool]) -> list[BatchRow]:
        """Take out the rows that nobody wants any more, and return them."""
        dropped = [slot.row for slot in self._slots if unwanted(slot.row)]
        self._free_slots(dropped)
        return dropped

    def _start_windows(self, rows: Mapping[int, BatchRow], check_cancelled: Callable[[], None]) -> None:
        """Put `rows` into the slots of those numbers, at the start of their present windows."""
        opened: dict[tuple[Condition, bytes, int], tuple[int, _Slot, Tensor, int]] = {}
        for place, row in rows.items():
            window = row.windows[0]
            condition = row.condition(window.offset)
            given = row.codes[:, window.offset : window.offset + window.known]
            key = (condition, given.tobytes(), window.known)
            if key in opened:  # Takes that start alike: the same positions, computed once.
                source, twin, logits, length = opened[key]
                self._cache.copy(2 * source, 2 * place, 2, length)
                slot = _Slot(row, twin.prefix, twin.text)
            else:
                slot = self._make_slot(row, condition)
                logits, length = self._prefill(slot, condition, given, place, check_cancelled)
                opened[key] = (place, slot, logits, length)
            row.step = window.known + 1
            self._slots[place : place + 1] = [slot]
            self._sample_step([slot], logits)
        self._group_texts()

    def _make_slot(self, row: BatchRow, condition: Condition) -> _Slot:
        texts: tuple[TextKeyValues | None, ...] = ()
        if condition.text is not None:
            both = [self._decoder.project_text(condition.text[row : row + 1]) for row in range(2)]
            texts = tuple(None if self._decoder.is_null_text(text) else text for text in both)
        return _Slot(row, condition.prefix.shape[1], texts)

    def _prefill(
        self, slot: _Slot, condition: Condition, given: Codes, place: int, check_cancelled: Callable[[], None]
    ) -> tuple[Tensor, int]:
        """Compute the positions that are given. Returns the logits after them, and how many they are."""
        decoder = self._decoder
        steps = torch.from_numpy(self._delays.inputs(given, 0, given.shape[1] + 1).T).to(decoder.device)
        prefix = condition.prefix.to(decoder.device, decoder.dtype)
        sequence = torch.cat([prefix, decoder.embed(steps).expand(2, -1, -1)], dim=1).transpose(0, 1)  # position first
        length = len(sequence)
        x = sequence[:0]
        for start in range(0, length, PREFILL_CHUNK):
            stop = min(start + PREFILL_CHUNK, length)
            positions = [position for position in range(start, stop) for _ in range(2)]
            x = decoder.add_positions(sequence[start:stop].reshape(-1, decoder.dim), positions)
            groups = [SelfAttentionGroup(2 * i, 2 * i + 2, 2 * place, start + i + 1) for i in range(stop - start)]
            text_groups = [
                CrossAttentionGroup(torch.arange(which, 2 * (stop - start), 2), _repeated(text, stop - start))
                for which, text in enumerate(slot.text)
                if text is not None
            ]
            x = decoder.forward(x, groups, text_groups, self._cache, check_cancelled)
        return decoder.logits(x[-2:]), length

    def _step_input(self, row: BatchRow) -> NDArray[np.int64]:
        window = row.windows[0]
        codes = row.codes[:, window.offset : window.offset + window.frames]
        return self._delays.inputs(codes, row.step - 1, row.step)[:, 0]

    def _self_attention_groups(self, positions: Sequence[int]) -> list[SelfAttentionGroup]:
        groups = []
        for position, run in groupby(range(len(positions)), key=lambda place: positions[place]):
            places = list(run)
            groups.append(SelfAttentionGroup(2 * places[0], 2 * places[-1] + 2, 2 * places[0], position + 1))
        return groups

    def _group_texts(self) -> None:
        """Put rows that attend to texts of one length together."""
        if not self._slots or not self._slots[0].text:
            self._text_groups = []
            return
        texts = [
            (2 * place + which, text)
            for place, slot in enumerate(self._slots)
            for which, text in enumerate(slot.text)
            if text is not None
        ]
        texts.sort(key=lambda pair: _text_length(pair[1]))
        self._text_groups = []
        for _, run in groupby(texts, key=lambda pair: _text_length(pair[1])):
            rows, together = zip(*run, strict=True)
            keys, values = (
                torch.cat(parts, dim=1) for parts in zip(*((t.keys, t.values) for t in together), strict=True)
            )
            indices = torch.tensor(rows, device=self._decoder.device)
            self._text_groups.append(CrossAttentionGroup(indices, TextKeyValues(keys, values)))

    def _sample_step(self, slots: Sequence[_Slot], logits: Tensor) -> None:
        """Draw the next step of every take in `slots` from `logits` [2 · slots, codebooks, cardinality]."""
        guidance = torch.tensor([slot.row.sampling.guidance for slot in slots], device=logits.device).view(-1, 1, 1)
        prompted, null = logits[0::2], logits[1::2]
        scores = (null + (prompted - null) * guidance).cpu().numpy()
        for slot, score in zip(slots, scores, strict=True):
            row = slot.row
            window = row.windows[0]
            drawn = sample_tokens(score, row.sampling, row.recipe.seed, window.offset + row.step)
            window_codes = row.codes[:, window.offset : window.offset + window.frames]
            self._delays.fill(window_codes, window.known, row.step, drawn)
            row.step += 1

    def _advance_windows(self, check_cancelled: Callable[[], None]) -> list[BatchRow]:
        """Open the next window of the takes that are at the end of theirs; return those that have none left."""
        for row in (slot.row for slot in self._slots):
            if row.step >= self._delays.steps(row.windows[0].frames):
                window = row.windows.pop(0)
                row.known, row.step = window.offset + window.frames, 0
        finished = [slot.row for slot in self._slots if not slot.row.windows]
        self._free_slots(finished)
        sliding = {place: slot.row for place, slot in enumerate(self._slots) if slot.row.step == 0}
        if sliding:
            with torch.inference_mode():
                self._start_windows(sliding, check_cancelled)
        return finished

    def _free_slots(self, rows: Sequence[BatchRow]) -> None:
        """Free the takes' slots; the last one moves to where each was."""
        for row in rows:
            place = next(place for place, slot in enumerate(self._slots) if slot.row is row)
            last = self._slots.pop()
            if place < len(self._slots):
                self._cache.copy(2 * len(self._slots), 2 * place, 2, last.prefix + max(last.row.step - 1, 0))
                self._slots[place] = last
        if rows:
            self._group_texts()


def _text_length(text: TextKeyValues) -> int:
    return int(text.keys.shape[3])


def _repeated(text: TextKeyValues, times: int) -> TextKeyValues:
    return TextKeyValues(text.keys.expand(-1, times, -1, -1, -1), text.values.expand(-1, times, -1, -1, -1))
