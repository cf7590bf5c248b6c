"""Lets takes be heard, and rejected, while they are being made."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial

from library.errors import GenerationError
from library.generators.api import Context, Failed
from library.generators.musicgen.encodec.codec import Codec
from library.generators.musicgen.lm.batch import Batch, BatchRow
from library.sound.samples import Samples

PREVIEW_S = 3.0
"""How much new there is of a take when it can first be heard. Takes under twice as long are done soon enough."""
GROWTH = 1.4
"""How much longer than its last preview a take is when the next one of those listened to is made. Every preview is
decoded from the start, as EnCodec looks both ways: this way all of them take 3.5 times the longest, under a twentieth
of what making one take costs."""


class LivePreviews:
    """Makes the previews of one run's takes, and takes out those that nobody wants."""

    def __init__(self, context: Context, codec: Codec, rows: Sequence[BatchRow]) -> None:
        self._context = context
        self._codec = codec
        shortest = int(PREVIEW_S * codec.frame_rate)
        self._next_preview_at = {
            row.index: row.known + shortest
            for row in rows
            if context.previews and len(row.codes[0]) - row.known >= 2 * shortest
        }
        """Frames that a take must have for its next preview."""
        self._previewed: set[int] = set()
        self._decoding: set[int] = set()
        self._stopped: list[BatchRow] = []

    def stop_unwanted(self, batch: Batch, waiting: deque[BatchRow]) -> list[BatchRow]:
        """Stop the takes that nobody wants any more. Returns those that were in `batch`."""
        unwanted = self._context.unwanted()
        if not unwanted:
            return []
        for row in [row for row in waiting if row.index in unwanted]:
            waiting.remove(row)
            self._stopped.append(row)
        dropped = batch.drop(lambda row: row.index in unwanted)
        self._stopped += dropped
        return dropped

    def take_failures(self) -> Iterator[Failed]:
        """Tell of the takes stopped since the last time."""
        while self._stopped:
            error = GenerationError("You rejected this take while it was being made.")
            yield Failed(self._stopped.pop().index, error)

    def update(self, rows: Sequence[BatchRow]) -> None:
        """Decode, beside all else, the takes that can be heard first, and more of the one that is listened to."""
        listened = self._context.listened()
        for row in rows:
            index = row.index
            enough = index in self._decoding or (index in self._previewed and index not in listened)
            if enough or index not in self._next_preview_at:
                continue
            if (final_frames := row.final_frames()) >= self._next_preview_at[index]:
                self._next_preview_at[index] = round(final_frames * GROWTH)
                self._previewed.add(index)
                self._decoding.add(index)
                sound = self._codec.decode_in_pool(row.codes[:, :final_frames].copy())
                sound.add_done_callback(partial(self._send_preview, index))

    def _send_preview(self, index: int, sound: Future[Samples]) -> None:
        """Called on the thread that decoded it."""
        if not sound.cancelled() and sound.exception() is None:
            self._context.preview(index, sound.result(), self._codec.sample_rate)
        self._decoding.discard(index)
