"""How much memory there is, how many takes fit into it, and what to say when there isn't enough."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from library.errors import GenerationError
from library.files.reading import read_file

SHARE_OF_MEMORY = 0.85
"""Of what is free: the rest is for the sound that is being written and measured, and for other programs."""
SOUND_COPIES = 6
"""Of a take's whole sound, in float32, from EnCodec's last layer to the FLAC file."""
PIECE_LAYERS = 5.5
"""What decoding or encoding a piece takes, in times of its widest layer: measured at 4.7, 38.6 MB a second of mono."""
_WORDS = (
    "not enough memory", "can't allocate", "cannot allocate memory", "out of memory", "insufficient memory",
    "alloc_failed", "memoryallocation", "bad_alloc", "bad allocation", "failed to allocate", "unable to allocate",
    "could not allocate", "invalid buffer size",
)  # fmt: skip
"""Of PyTorch on CPU, CUDA (also cuBLAS's and cuDNN's CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED), MPS and
oneDNN, in lower case."""


class OutOfMemoryError(GenerationError):
    """There is no memory for that many takes of the model `name` at once; of one, it is what to say to the user."""

    def __init__(self, name: str, *, kept: bool = False) -> None:
        again = "What is there of it is kept: it goes on from there when you make it again." if kept else ""
        super().__init__(
            f"There isn't enough memory for a take of this length with {name}.",
            f"Close other programs, ask for a shorter take, or choose a smaller model. {again}".strip(),
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, as torch says it on any device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and any(part in words for part in _WORDS)


def release_unused(device: str) -> None:
    """Give back what torch, or a cycle of objects, still holds of it."""
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


@dataclass(frozen=True)
class MemoryPlan:
    """What is done side by side."""

    slots: int
    """Takes whose tokens are drawn together."""
    decoders: int
    """Takes whose sound is made beside that."""
    fits: bool
    """Whether one of each was found to fit; where it wasn't, they are tried all the same."""


def plan_memory(free: int, *, take: int, sound: int, most: MemoryPlan) -> MemoryPlan:
    """What fits into `free` bytes where a take's cache needs `take` and making its sound `sound` of them."""
    budget = int(free * SHARE_OF_MEMORY)
    slots = max(1, min(most.slots, (budget - sound) // take))
    decoders = max(1, min(most.decoders, (budget - slots * take) // sound))
    return MemoryPlan(slots, decoders, take + sound <= budget)


def sound_bytes(frames: int, piece: int, hop: int, width: int, channels: int) -> int:
    """What EnCodec takes to make the sound of `frames` in pieces; `width`: channels of its widest layer."""
    of_piece = PIECE_LAYERS * min(frames, piece) * hop * width * 4
    return int(of_piece + SOUND_COPIES * frames * hop * channels * 4)


def free_memory(device: str) -> int:
    """Bytes that can be had on `device` without pushing anything out, within all limits of this process."""
    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info()
        return int(free)
    if device == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return max(min(_free_on_machine(), *_limits()), 0)


def _free_on_machine() -> int:
    try:
        lines = read_file("/proc/meminfo", 1 << 20).decode("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")) // 2


def _limits() -> Iterator[int]:
    """What each limit of this process leaves it."""
    yield from cgroup_rooms(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        with suppress(OSError):
            yield soft - int(read_file("/proc/self/statm", 4096).split()[0]) * resource.getpagesize()
    yield 1 << 62


def cgroup_rooms(groups: Path, root: Path) -> Iterator[int]:
    """What each memory limit of the control groups listed in `groups` leaves, in version 2 or 1, mounted at `root`."""
    try:
        lines = read_file(groups, 1 << 20).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base, names = root, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            base, names = root / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        parts = [part for part in path.split("/") if part not in ("", "..")]
        # A container sees its own group at the root, under the path it has outside; limits hold for all below.
        for depth in range(len(parts) + 1):
            yield from _room(base.joinpath(*parts[:depth]), *names)


def _room(folder: Path, limit: str, usage: str, reclaimable: str) -> Iterator[int]:
    with suppress(OSError, ValueError):  # not a limit ("max"), or not there
        most, used = (int(read_file(folder / name, 4096)) for name in (limit, usage))
        facts = dict(line.split() for line in read_file(folder / "memory.stat", 1 << 20).decode("ascii").splitlines())
        yield most - used + int(facts.get(reclaimable, 0))
