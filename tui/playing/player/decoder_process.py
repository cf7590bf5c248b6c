"""The decoder process: decodes what is wanted, and removes the folder of chunks when its input ends."""

from __future__ import annotations

import os
import queue
import shutil
import sys
from pathlib import Path

from library.processes.pipes import Pipes
from tui.playing.player.messages import DECODER, Decoding, DecodingFailed, Want
from tui.playing.player.take_decoder import TakeDecoder

NICENESS = 5
"""What is heard now goes before what may be heard next."""


def main() -> None:
    """Serve commands until there will be no more."""
    pipes = Pipes(DECODER)
    folder, budget = Path(sys.argv[1]), int(sys.argv[2])
    os.nice(NICENESS)
    inbox: queue.SimpleQueue[Want | None] = queue.SimpleQueue()
    pipes.listen(inbox.put, lambda: inbox.put(None))
    for leftover in folder.glob("*.pcm"):  # of a decoder that crashed
        leftover.unlink(missing_ok=True)
    decoder = TakeDecoder(folder, budget=budget)
    report: Decoding | DecodingFailed = Decoding(None)
    while True:
        idle = report == Decoding(None)
        while idle or not inbox.empty():
            want = inbox.get()
            if want is None:
                shutil.rmtree(folder, ignore_errors=True)
                return
            if inbox.empty():  # else a newer one replaces it
                decoder.want(want.takes)
            idle = False
        before, report = report, decoder.step()
        if report != before or isinstance(report, DecodingFailed):
            pipes.send(report)


if __name__ == "__main__":
    main()
