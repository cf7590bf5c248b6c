"""Takes that are decoded side by side, each a pair of rows: they start, end and are dropped one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray

from library.generators.musicgen.conditioning import Condition
from library.generators.musicgen.decoder import Decoder, Glance, Look, Text
from library.generators.musicgen.foreign import Tensor
from library.generators.musicgen.interleaving import Codes, Interleaving
from library.generators.musicgen.sampling import draw
from library.generators.musicgen.windows import Window, Windowing
from library.take import Sampling

PREFILL_AT_ONCE = 16
"""Positions a prefill computes together; the bits don't depend on it."""


@dataclass(eq=False)
class Row:
    """A take in the making."""

    index: int
    """Which of the recipes it is."""
    seed: int
    sampling: Sampling
    codes: Codes
    """The take's tokens, -1 where there are none yet."""
    known: int
    """Frames at the start that are given."""
    condition: Callable[[int], Condition]
    """The condition of the window that starts at that frame."""
    windows: list[Window] = field(default_factory=list)
    """Still to do, the present one first."""
    step: int = 0
    """The step of the present window's sequence that is drawn next."""

    def settled(self) -> int:
        """Frames at the start whose tokens are all there, and final: going on from them gives the same take."""
        complete: NDArray[np.bool_] = np.all(self.codes >= 0, axis=0)
        return len(complete) if complete.all() else int(complete.argmin())


@dataclass(frozen=True, eq=False)
class _Seat:
    """A row in the cache: what it attends to, and where its sequence starts."""

    row: Row
    prefix: int
    """Positions in front of the sequence."""
    text: tuple[Text | None, ...]
    """What the prompt's row and the null row attend to; None where it would add nothing."""


class Batch:
    """Up to `seats` takes on one decoder. Which ones share a batch leaves no trace in them."""

    def __init__(
        self, decoder: Decoder, interleaving: Interleaving, windowing: Windowing, *, seats: int, positions: int
    ) -> None:
        """`positions`: the longest sequence there will be, prefix included."""
        self._decoder = decoder
        self._interleaving = interleaving
        self._windowing = windowing
        self._cache = decoder.cache(2 * seats, positions)
        self._seats: list[_Seat] = []
        self._glances: list[Glance] = []
        self.capacity = seats

    def __len__(self) -> int:
        return len(self._seats)

    def admit(self, rows: Sequence[Row], poll: Callable[[], None]) -> None:
        """Seat `rows` and draw their first steps. `poll` is called often, and may raise to stop."""
        first = len(self._seats)
        for row in rows:
            row.windows = list(self._windowing.cut(row.codes.shape[1], row.known))
        with torch.inference_mode():
            self._open(rows, first, poll)

    def step(self, poll: Callable[[], None]) -> list[Row]:
        """Draw one step of every take; those that are finished leave their seats and are returned."""
        seats = self._seats
        inputs = np.stack([self._input(seat.row) for seat in seats])
        positions = [seat.prefix + seat.row.step - 1 for seat in seats]
        with torch.inference_mode():
            decoder = self._decoder
            x = decoder.place(decoder.embed(torch.from_numpy(inputs).to(decoder.device)), positions)
            x = decoder.advance(x.repeat_interleave(2, 0), self._looks(positions), self._glances, self._cache, poll)
            self._draw(seats, decoder.logits(x))
        return self._move_on(poll)

    def drop(self, unwanted: Callable[[Row], bool]) -> list[Row]:
        """Take out the rows that nobody wants any more, and return them."""
        gone = [seat.row for seat in self._seats if unwanted(seat.row)]
        for row in gone:
            self._leave(row)
        self._face()
        return gone

    def _open(self, rows: Sequence[Row], first: int, poll: Callable[[], None]) -> None:
        """Seat `rows` from seat `first` on, at the start of their present windows."""
        opened: dict[tuple[Condition, bytes, int], tuple[int, _Seat, Tensor, int]] = {}
        for place, row in enumerate(rows, first):
            window = row.windows[0]
            condition = row.condition(window.offset)
            given = row.codes[:, window.offset : window.offset + window.known]
            key = (condition, given.tobytes(), window.known)
            if key in opened:  # Takes that start alike: the same positions, computed once.
                source, twin, logits, length = opened[key]
                self._cache.copy(2 * source, 2 * place, 2, length)
                seat = _Seat(row, twin.prefix, twin.text)
            else:
                seat = self._seat(row, condition)
                logits, length = self._prefill(seat, condition, given, place, poll)
                opened[key] = (place, seat, logits, length)
            row.step = window.known + 1
            self._seats[place : place + 1] = [seat]
            self._draw([seat], logits)
        self._face()

    def _seat(self, row: Row, condition: Condition) -> _Seat:
        texts: tuple[Text | None, ...] = ()
        if condition.text is not None:
            both = [self._decoder.read(condition.text[row : row + 1]) for row in range(2)]
            texts = tuple(None if self._decoder.says_nothing(text) else text for text in both)
        return _Seat(row, condition.prefix.shape[1], texts)

    def _prefill(
        self, seat: _Seat, condition: Condition, given: Codes, place: int, poll: Callable[[], None]
    ) -> tuple[Tensor, int]:
        """Compute the positions that are given. Returns the logits after them, and how many they are."""
        decoder = self._decoder
        steps = torch.from_numpy(self._interleaving.inputs(given, 0, given.shape[1] + 1).T).to(decoder.device)
        prefix = condition.prefix.to(decoder.device, decoder.dtype)
        whole = torch.cat([prefix, decoder.embed(steps).expand(2, -1, -1)], dim=1).transpose(0, 1)  # position first
        length = len(whole)
        x = whole[:0]
        for start in range(0, length, PREFILL_AT_ONCE):
            stop = min(start + PREFILL_AT_ONCE, length)
            positions = [position for position in range(start, stop) for _ in range(2)]
            x = decoder.place(whole[start:stop].reshape(-1, decoder.dim), positions)
            looks = [Look(2 * i, 2 * i + 2, 2 * place, start + i + 1) for i in range(stop - start)]
            glances = [
                Glance(torch.arange(which, 2 * (stop - start), 2), _repeated(text, stop - start))
                for which, text in enumerate(seat.text)
                if text is not None
            ]
            x = decoder.advance(x, looks, glances, self._cache, poll)
        return decoder.logits(x[-2:]), length

    def _input(self, row: Row) -> NDArray[np.int64]:
        window = row.windows[0]
        codes = row.codes[:, window.offset : window.offset + window.frames]
        return self._interleaving.inputs(codes, row.step - 1, row.step)[:, 0]

    def _looks(self, positions: Sequence[int]) -> list[Look]:
        looks = []
        for position, run in groupby(range(len(positions)), key=lambda place: positions[place]):
            places = list(run)
            looks.append(Look(2 * places[0], 2 * places[-1] + 2, 2 * places[0], position + 1))
        return looks

    def _face(self) -> None:
        """Put rows that attend to texts of one length together."""
        if not self._seats or not self._seats[0].text:
            self._glances = []
            return
        texts = [
            (2 * place + which, text)
            for place, seat in enumerate(self._seats)
            for which, text in enumerate(seat.text)
            if text is not None
        ]
        texts.sort(key=lambda pair: _length(pair[1]))
        self._glances = []
        for _, run in groupby(texts, key=lambda pair: _length(pair[1])):
            rows, together = zip(*run, strict=True)
            self._glances.append(Glance(torch.tensor(rows, device=self._decoder.device), _stacked(together)))

    def _draw(self, seats: Sequence[_Seat], logits: Tensor) -> None:
        """Draw the next step of every take in `seats` from `logits` [2 · seats, codebooks, cardinality]."""
        guidance = torch.tensor([seat.row.sampling.guidance for seat in seats], device=logits.device).view(-1, 1, 1)
        prompted, null = logits[0::2], logits[1::2]
        scores = (null + (prompted - null) * guidance).cpu().numpy()
        for seat, score in zip(seats, scores, strict=True):
            row = seat.row
            window = row.windows[0]
            drawn = draw(score, row.sampling, row.seed, window.offset + row.step)
            stretch = row.codes[:, window.offset : window.offset + window.frames]
            self._interleaving.fill(stretch, window.known, row.step, drawn)
            row.step += 1

    def _move_on(self, poll: Callable[[], None]) -> list[Row]:
        """Open the next window of the takes that are at the end of theirs; return those that have none left."""
        finished = []
        for seat in list(self._seats):
            row = seat.row
            if row.step < self._interleaving.steps(row.windows[0].frames):
                continue
            window = row.windows.pop(0)
            row.known = window.offset + window.frames
            row.step = 0
            if not row.windows:
                finished.append(row)
        for row in finished:
            self._leave(row)
        if finished:
            self._face()
        sliding = [(place, seat.row) for place, seat in enumerate(self._seats) if seat.row.step == 0]
        if sliding:
            with torch.inference_mode():
                self._slide(sliding, poll)
        return finished

    def _slide(self, sliding: Sequence[tuple[int, Row]], poll: Callable[[], None]) -> None:
        for _, run in groupby(enumerate(sliding), key=lambda pair: pair[1][0] - pair[0]):
            places = [pair for _, pair in run]
            self._open([row for _, row in places], places[0][0], poll)

    def _leave(self, row: Row) -> None:
        """Free the take's seat; the last one moves there."""
        place = next(place for place, seat in enumerate(self._seats) if seat.row is row)
        last = self._seats.pop()
        if place < len(self._seats):
            self._cache.copy(2 * len(self._seats), 2 * place, 2, last.prefix + max(last.row.step - 1, 0))
            self._seats[place] = last


def _length(text: Text) -> int:
    return int(text.keys[0].shape[2])


def _repeated(text: Text, times: int) -> Text:
    return Text(
        tuple(keys.expand(times, -1, -1, -1) for keys in text.keys),
        tuple(values.expand(times, -1, -1, -1) for values in text.values),
    )


def _stacked(texts: Sequence[Text]) -> Text:
    return Text(
        tuple(torch.cat(keys) for keys in zip(*(text.keys for text in texts), strict=True)),
        tuple(torch.cat(values) for values in zip(*(text.values for text in texts), strict=True)),
    )
