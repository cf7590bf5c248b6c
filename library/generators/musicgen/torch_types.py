"""Names for torch's and audiocraft's types, which a type checker without them can't know."""

from __future__ import annotations

from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""torch.Tensor"""
Module: TypeAlias = Any
"""torch.nn.Module: a model of audiocraft's, or a part of one."""
