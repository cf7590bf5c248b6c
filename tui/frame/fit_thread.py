"""The thread on which models are fitted: one for all screens, whose memory the next fit uses again.

On a pool's threads every fit would leave behind what the C library keeps free for each of them: tens of megabytes a
thread. And two fits at once would only take the time from each other and from the keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from tui.frame.spare_memory import give_back

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="thinking")


async def run_on_fit_thread(work: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs) -> _Result:
    """Run `work` when the thread is free. Cancelled before its turn, it is never begun."""

    def run() -> _Result:
        try:
            return work(*given, **named)
        finally:
            give_back()  # a fit of 100,000 takes leaves some 70 MB

    return await asyncio.get_running_loop().run_in_executor(_THREAD, run)


def give_back_soon() -> None:
    """Hand memory that is free to the system when the thread is: see `give_back`."""
    _THREAD.submit(give_back)
