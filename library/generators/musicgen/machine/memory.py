"""How much memory there is, and what to say when there isn't enough."""

from __future__ import annotations

import os

import torch

from library.errors import GenerationError
from library.files.reading import read_file


class OutOfMemoryError(GenerationError):
    """There is no memory for that many takes of the model `name` at once; of one, it is what to say to the user."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There isn't enough memory for a take of this length with {name}.",
            "Close other programs, ask for a shorter take, or choose a smaller model.",
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, as torch says it on any device."""
    says_so = any(words in str(error) for words in ("not enough memory", "can't allocate"))
    return says_so or isinstance(error, MemoryError | torch.OutOfMemoryError)


def free_memory(device: str) -> int:
    """Bytes that can be had on `device` without pushing anything out."""
    if device == "cuda":
        free, _ = torch.cuda.mem_get_info()
        return int(free)
    if device == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    try:
        lines = read_file("/proc/meminfo", 1 << 20).decode("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")) // 2
