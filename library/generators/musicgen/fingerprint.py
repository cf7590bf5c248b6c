"""What of this machine a take's bits may depend on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import torch

PACKAGES = ("audiocraft", "torch", "torchaudio", "transformers", "numpy", "julius", "demucs")


def fingerprint(device: str, dtype: str) -> dict[str, str]:
    """Library versions, device, dtype and the processor's kind. The number of threads is left out: it makes no odds."""
    facts = {name: _version(name) for name in PACKAGES}
    facts |= {"device": device, "dtype": dtype, "machine": platform.machine()}
    if device == "cuda":
        facts["gpu"] = torch.cuda.get_device_name()
    else:
        facts["cpu"] = torch.backends.cpu.get_cpu_capability()
    return facts


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
