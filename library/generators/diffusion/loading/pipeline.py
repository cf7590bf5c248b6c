"""Builds a pipeline from files that were checked, on the device that there is room on."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from safetensors import SafetensorError

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
import diffusers

from library.errors import GenerationError
from library.generators.diffusion.families import Family, Pipeline
from library.generators.diffusion.loading.pipeline_files import PipelineFiles
from library.generators.machine.devices import first_line
from library.generators.machine.memory import free_memory, is_out_of_memory

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""A number takes, in each precision."""
WORKING_SHARE = 0.25
"""Of the weights: what computing with them takes besides, at the least."""

_UNFIT = (
    *(AssertionError, AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError),
    SafetensorError,
)
"""What diffusers and transformers raise over files that aren't what they should be."""

diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
logging.getLogger("transformers").setLevel(logging.ERROR)


def check_memory(files: PipelineFiles, precision: str) -> None:
    """Raise GenerationError where the weights don't fit into the memory that is free, before they are read."""
    needed = int(files.numbers * BYTES[precision] * (1 + WORKING_SHARE))
    free = free_memory("cpu")
    if needed > free:
        smaller = "" if precision != "float32" else "set precision to bfloat16, which takes half as much, "
        raise GenerationError(
            f"{files.name} needs {needed / 1e9:.1f} GB of memory in {precision}, and {free / 1e9:.1f} GB are free.",
            f"Close other programs, {smaller}or choose a smaller model.",
        )


def build(files: PipelineFiles, family: Family, precision: str) -> Pipeline:
    """The pipeline, on the CPU. Raises GenerationError; runs no code that came with it, and asks no network."""
    left_out = dict(family.left_out) | {part: None for part in family.optional if part not in files.parts}
    kind = getattr(diffusers, family.pipelines[0])
    with _as_generation_error(files.name), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = kind.from_pretrained(
            str(files.folder),
            local_files_only=True,
            use_safetensors=True,
            variant=files.needed.variant,
            torch_dtype=getattr(torch, precision),
            **left_out,
        )
    pipeline.set_progress_bar_config(disable=True)
    for module in pipeline.components.values():
        if isinstance(module, torch.nn.Module):
            module.eval().requires_grad_(False)
    return pipeline


@contextmanager
def _as_generation_error(name: str) -> Iterator[None]:
    """Turn what diffusers raises over files that aren't what they should be into an error for the user."""
    try:
        yield
    except _UNFIT as error:
        if is_out_of_memory(error):
            raise
        raise GenerationError(
            f"{name} can't be loaded: {first_line(error)}.", "Download it again, or choose another model."
        ) from error
