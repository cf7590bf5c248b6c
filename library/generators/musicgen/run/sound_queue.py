"""Makes sound of finished tokens, beside the drawing of others'; what there was no memory for is tried again alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait

from library.generators.machine.memory import is_out_of_memory
from library.generators.musicgen.encodec.codec import Codec
from library.generators.musicgen.lm.batch import BatchRow
from library.sound.samples import Samples


class SoundQueue:
    """The rows of one run whose tokens are all there."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._decoding: dict[Future[Samples], BatchRow] = {}
        self._too_large = deque[BatchRow]()

    def __len__(self) -> int:
        return len(self._decoding) + len(self._too_large)

    def add(self, row: BatchRow) -> None:
        self._decoding[self._codec.decode_in_pool(row.codes)] = row

    def collect(self, timeout: float, *, alone: bool = False) -> Iterator[tuple[BatchRow, Samples | None]]:
        """The rows that are done, within so many seconds, each with its sound; None where memory ran out for good.

        `alone`: nothing else takes memory now, so what was too large before is tried again, one by one.
        """
        last = alone and not self._decoding and bool(self._too_large)
        if last:
            self.add(self._too_large.popleft())
        done, _ = wait(self._decoding, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            row = self._decoding.pop(future)
            error = future.exception()
            if error is None:
                yield row, future.result()
            elif not is_out_of_memory(error):
                raise error
            elif row.retried:
                yield row, None
            else:
                row.retried = True
                self._too_large.append(row)
