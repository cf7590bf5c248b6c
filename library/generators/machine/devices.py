"""Which device computes: the one asked for or found, where it works when it is tried, else the CPU."""

from __future__ import annotations

import torch
from torch.nn import functional

from library.generators.machine.memory import free_memory

NAMES = {"cuda": "The NVIDIA GPU", "mps": "Apple's GPU"}
WORKING_BYTES = 1 << 30
"""What a device needs beside the weights to be of any use: a take's cache and a piece of its sound."""
_SHOWN = 120


def choose_device(asked: str, needed: int, failed: frozenset[str] = frozenset()) -> tuple[str, str]:
    """The device to compute on for "auto", "cpu", "cuda" or "mps", and what to say where it isn't the one asked for.

    `needed`: bytes of the weights on a GPU. What has `failed` before is not taken again, and not told of again.
    """
    for device in {"auto": tuple(NAMES), "cpu": ()}.get(asked, (asked,)):
        if device in failed or (asked == "auto" and not _is_there(device)):
            continue
        reason = why_not(device, needed)
        return (device, "") if reason is None else ("cpu", fallen_back(device, reason))
    return "cpu", ""


def fallen_back(device: str, reason: str) -> str:
    """What a user is told when the CPU takes over."""
    return f"{NAMES.get(device, device)} can't be used: {reason}. The CPU takes over."


def why_not(device: str, needed: int) -> str | None:
    """Why a model of that many bytes can't be computed on `device`; None where all kinds of its work were tried."""
    try:
        _try(device)
        free = free_memory(device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        return first_line(error)
    if free < needed + WORKING_BYTES:
        return f"it has {free / 1e9:.1f} GB free, and the model needs {(needed + WORKING_BYTES) / 1e9:.1f} GB there"
    return None


def first_line(error: BaseException) -> str:
    """What `error` says first: the rest is for developers of PyTorch."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0].split(". ")[0].rstrip(".")
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _is_there(device: str) -> bool:
    return bool(torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available())


def _try(device: str) -> None:
    """Do once what the model does. Raises what PyTorch raises: no driver, not built for it, too old for its kernels."""
    half = torch.ones(4, 64, device=device, dtype=torch.float16)
    scores = functional.linear(functional.layer_norm(half, (64,)), torch.ones(64, 64, device=device, dtype=half.dtype))
    functional.gelu(torch.bmm(scores.softmax(-1)[None], scores.T[None])).cpu()
    if device != "mps":  # where EnCodec stays on the CPU
        sound = torch.ones(1, 8, 64, device=device)
        lstm = torch.nn.LSTM(8, 8, 2).to(device)
        with torch.inference_mode():
            functional.conv1d(lstm(sound.permute(2, 0, 1))[0].permute(1, 2, 0), sound[:, :, :7]).cpu()
