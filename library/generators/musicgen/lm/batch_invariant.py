"""Matrix products whose rows have the same bits whatever stands beside them.

A take must not depend on its neighbours in the batch. MKL, behind torch's own `linear`, rounds differently for other
numbers of rows and of threads; oneDNN's prepacked product does not, and is faster from four rows on.
`rows_are_independent` checks it where it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from library.generators.machine.torch_threads import torch_threads

Linear: TypeAlias = Callable[[Tensor], Tensor]
"""[rows, inputs] to [rows, outputs]."""

PACKED_ROWS = 16
CHECKED_ROW_COUNTS = (1, 2, 3, 8, 16, 31, 64)


def make_linear(weight: Tensor, bias: Tensor | None = None, *, gelu: bool = False) -> Linear:
    """x ↦ x·weightᵀ + bias, through GELU if asked for. `weight`: [outputs, inputs], on the device to compute on.

    On the CPU the weight is copied into oneDNN's own layout; the caller can then let go of it.
    """
    if weight.device.type == "cpu" and torch.backends.mkldnn.is_available() and weight.dtype == torch.float32:
        linear = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - the operator has no public name
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, PACKED_ROWS)  # noqa: SLF001
        activation, algorithm = ("gelu", "none") if gelu else ("none", "")
        return lambda x: linear(x, packed, bias, activation, [], algorithm)
    if gelu:
        return lambda x: functional.gelu(functional.linear(x, weight, bias))
    return lambda x: functional.linear(x, weight, bias)


def attend(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """What one query a row finds: `query` [rows, heads, size], `keys` and `values` [rows, heads, steps, size].

    As two batched products around a softmax: unlike torch's fused attention, the bits do not depend on the threads.
    """
    rows, heads, steps, size = keys.shape
    scores = torch.bmm(
        (query * size**-0.5).reshape(rows * heads, 1, size), keys.reshape(rows * heads, steps, size).transpose(1, 2)
    )
    attended = torch.bmm(scores.softmax(-1), values.reshape(rows * heads, steps, size))
    return attended.view(rows, heads * size)


def rows_are_independent(products: Sequence[tuple[Linear, int]], heads: int, size: int) -> bool:
    """Whether the bits of a row are the same for every number of rows, and with one thread or all.

    `products` come with their number of inputs; attention is checked at `heads` heads of `size`. Takes a few hundred
    products' time.
    """
    noise = torch.Generator().manual_seed(0)
    most = CHECKED_ROW_COUNTS[-1]
    for apply, inputs in products:
        x = torch.randn(most, inputs, generator=noise)
        with torch_threads(1):
            alone = torch.cat([apply(x[row : row + 2]) for row in range(0, most, 2)])
            if any(not torch.equal(apply(x[:rows]), alone[:rows]) for rows in CHECKED_ROW_COUNTS):
                return False
        if any(not torch.equal(apply(x[most - rows :]), alone[most - rows :]) for rows in CHECKED_ROW_COUNTS):
            return False
    query = torch.randn(8, heads, size, generator=noise)
    keys, values = torch.randn(2, 8, heads, 600, size, generator=noise)
    for steps in (1, 7, 16, 33, 129, 512, 600):
        with torch_threads(1):
            alone = torch.cat(
                [attend(query[r : r + 1], keys[r : r + 1, :, :steps], values[r : r + 1, :, :steps]) for r in range(8)]
            )
        for rows in (1, 2, 5, 8):
            if not torch.equal(attend(query[:rows], keys[:rows, :, :steps], values[:rows, :, :steps]), alone[:rows]):
                return False
    return True
