"""Imports audiocraft without packages that it imports and MusicGen doesn't need; before any other import of it.

Of xformers MusicGen only calls `ops.unbind`, by audiocraft's default backend; spaCy is for other tokenizers.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

import torch


class _LowerTriangularMask:
    """Marks a causal prefill; audiocraft only asks whether there is one."""


def _stand_in_for_xformers() -> None:
    package, ops = ModuleType("xformers"), ModuleType("xformers.ops")
    vars(package).update(ops=ops)
    vars(ops).update(unbind=torch.unbind, LowerTriangularMask=_LowerTriangularMask, memory_efficient_attention=None)
    _put_in_place(package, ops)


def _put_in_place(*modules: ModuleType) -> None:
    for module in modules:
        module.__spec__ = ModuleSpec(module.__name__, None)
        sys.modules[module.__name__] = module


if "xformers" not in sys.modules and find_spec("xformers") is None:
    _stand_in_for_xformers()
if "spacy" not in sys.modules:  # where it is installed, it would cost each start a second
    _put_in_place(ModuleType("spacy"))
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")  # fetches past the sessions that are watched
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import audiocraft.models.builders
logging.getLogger("audiocraft").setLevel(logging.ERROR)

__all__ = ["audiocraft"]
