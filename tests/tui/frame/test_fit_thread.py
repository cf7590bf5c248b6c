import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.needs import LINUX
from tui.frame.fit_thread import give_back_soon, run_on_fit_thread

STEPS = 8
BLOCK = 65_536
"""Bytes: small enough for the C library to keep what is freed, were it not asked to give it back."""
BLOCKS = 800
KEPT: list[np.ndarray] = []


def _resident_mb() -> float:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


async def test_all_models_are_fitted_on_one_thread_in_the_order_they_were_asked_for():
    done, threads = [], set()

    def work(number: int) -> int:
        threads.add(threading.get_ident())
        done.append(number)
        return number

    assert await asyncio.gather(*(run_on_fit_thread(work, number) for number in range(STEPS))) == list(range(STEPS))
    assert done == list(range(STEPS))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_what_fails_says_so_and_the_thread_goes_on():
    def fail() -> None:
        raise ValueError("no fit")

    with pytest.raises(ValueError, match="no fit"):
        await run_on_fit_thread(fail)
    assert await run_on_fit_thread(sum, (1, 2)) == 3


async def test_what_is_cancelled_before_its_turn_is_never_begun():
    go, begun = threading.Event(), []
    first = asyncio.create_task(run_on_fit_thread(go.wait))
    second = asyncio.create_task(run_on_fit_thread(begun.append, 2))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    go.set()
    assert await first
    with pytest.raises(asyncio.CancelledError):
        await second
    await run_on_fit_thread(begun.append, 3)
    assert begun == [3]


def leave_much_free() -> float:
    """So many megabytes were in use. What is kept lies between what is freed: none of it is at the end of the heap."""
    freed = []
    for _ in range(BLOCKS):
        freed.append(np.ones(BLOCK // 8))
        KEPT.append(np.ones(128))
    return _resident_mb()


@pytest.mark.needs(LINUX)
async def test_what_a_fit_leaves_free_goes_back_to_the_system():
    await run_on_fit_thread(sum, ())
    before = _resident_mb()
    most = await run_on_fit_thread(leave_much_free)
    assert most - before > 0.8 * BLOCKS * BLOCK / 2**20
    assert _resident_mb() - before < 0.3 * BLOCKS * BLOCK / 2**20


@pytest.mark.needs(LINUX)
async def test_what_any_other_thread_leaves_free_goes_back_when_asked():
    await run_on_fit_thread(sum, ())
    before = _resident_mb()
    with ThreadPoolExecutor(1) as other:
        other.submit(leave_much_free).result()
        left = _resident_mb()
        give_back_soon()
        await run_on_fit_thread(sum, ())
        assert left - before > 0.8 * BLOCKS * BLOCK / 2**20
        assert _resident_mb() - before < 0.3 * BLOCKS * BLOCK / 2**20
