"""MusicGen's transformer for decoding: audiocraft's weights, a preallocated cache, one position a row and call.

Computes what `LMModel.forward` does while streaming, with three differences that only cost or save time: keys and
values of the text are projected once, the heads are one product, and attention runs over exactly the positions a row
has. Rows come in pairs, the prompt's and the null condition's of guidance (Ho & Salimans 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from audiocraft.modules.transformer import create_sin_embedding
from torch import Tensor
from torch.nn import Module, functional

from library.errors import GenerationError
from library.generators.machine.torch_threads import torch_threads
from library.generators.musicgen.lm.batch_invariant import Linear, attend, make_linear, rows_are_independent

POSITIONS_CHUNK = 1024


@dataclass(frozen=True)
class CrossAttention:
    """A layer's attention to the text."""

    norm: Module
    query: Linear
    project: Callable[[Tensor], tuple[Tensor, Tensor]]
    """Text [rows, length, dim] to keys and values."""
    output_projection: Linear
    biased: bool


@dataclass(frozen=True)
class Layer:
    """A layer's weights, as products."""

    self_attention_norm: Module
    qkv_projection: Linear
    output_projection: Linear
    cross: CrossAttention | None
    feed_forward_norm: Module
    up_projection: Linear
    down_projection: Linear


@dataclass(frozen=True)
class TextKeyValues:
    """What rows attend to in every layer besides the music: keys and values [layers, rows, heads, length, size]."""

    keys: Tensor
    values: Tensor


@dataclass(frozen=True)
class CrossAttentionGroup:
    """Rows of one computation that attend to texts of one length together."""

    rows: Tensor
    """Their indices."""
    text: TextKeyValues


@dataclass(frozen=True)
class SelfAttentionGroup:
    """Adjacent rows of one computation that have the same number of positions behind them, the new one included."""

    start: int
    stop: int
    slot: int
    """The cache row of the first."""
    length: int


class KeyValueCache:
    """Keys and values of all positions so far, by layer. Memory is touched only when it is used."""

    def __init__(self, layers: int, shape: tuple[int, int, int, int], device: str, dtype: object) -> None:
        """`shape`: rows, heads, steps, size of a head."""
        self.keys = [torch.empty(shape, device=device, dtype=dtype) for _ in range(layers)]
        self.values = [torch.empty(shape, device=device, dtype=dtype) for _ in range(layers)]

    def copy(self, source: int, target: int, rows: int, length: int) -> None:
        """Copy `rows` rows from `source` on to `target` on, the first `length` positions of them."""
        for part in (*self.keys, *self.values):
            part[target : target + rows, :, :length] = part[source : source + rows, :, :length]


class TransformerDecoder:
    """The transformer, ready to decode on `device`."""

    def __init__(self, lm: Module, device: str = "cpu") -> None:
        """Take over audiocraft's `lm`: its weights are moved out, so it can't be used afterwards.

        Raises GenerationError when the model is built in a way that MusicGen isn't.
        """
        if reasons := list(_unsupported(lm)):
            raise GenerationError(
                f"This checkpoint doesn't have MusicGen's architecture: it has {', '.join(reasons)}.",
                "Choose one of Meta's MusicGen models, or one fine-tuned from them.",
            )
        transformer = lm.transformer
        self.device = device
        self.dtype = torch.float32 if device == "cpu" else torch.float16
        self.dim: int = lm.dim
        self.heads: int = transformer.layers[0].self_attn.num_heads
        self.head_size = self.dim // self.heads
        self.codebooks: int = lm.n_q
        self.cardinality: int = lm.card
        self._scale: float = transformer.positional_scale
        self._period: float = transformer.max_period
        self._positions = torch.empty(0, self.dim, device=device, dtype=self.dtype)
        with torch.inference_mode():
            self._embeddings = [self._to_device(embedding.weight) for embedding in lm.emb]
            self.layers = [self._layer(layer) for layer in transformer.layers]
            self._norm = lm.out_norm.to(device, self.dtype)
            bias = [linear.bias for linear in lm.linears]
            self._output_heads = make_linear(
                self._to_device(torch.cat([_release_weight(linear) for linear in lm.linears])),
                None if bias[0] is None else self._to_device(torch.cat(bias)),
            )

    def cache(self, rows: int, steps: int) -> KeyValueCache:
        """Room for `rows` rows of up to `steps` positions."""
        return KeyValueCache(len(self.layers), (rows, self.heads, steps, self.head_size), self.device, self.dtype)

    def bytes_per_position(self) -> int:
        """What one row's position takes in the cache."""
        return 2 * len(self.layers) * self.dim * (4 if self.dtype == torch.float32 else 2)

    def project_text(self, text: Tensor) -> TextKeyValues:
        """Project `text` [rows, length, dim] for every layer, once."""
        pairs = [layer.cross.project(text) for layer in self.layers if layer.cross]
        keys, values = (
            torch.stack([part.unflatten(-1, (self.heads, self.head_size)).transpose(1, 2) for part in parts])
            for parts in zip(*pairs, strict=True)
        )
        return TextKeyValues(keys, values)

    def is_null_text(self, text: TextKeyValues) -> bool:
        """Whether attending to `text` adds exactly zero, as the null condition does in a model without biases."""
        crosses = [layer.cross for layer in self.layers if layer.cross]
        return not any(cross.biased for cross in crosses) and not bool(text.values.any())

    def embed(self, steps: Tensor) -> Tensor:
        """The sum of the codebooks' embeddings for `steps` [rows, codebooks]: [rows, dim]."""
        total = self._embeddings[0][steps[:, 0]]
        for book in range(1, self.codebooks):
            total = total + self._embeddings[book][steps[:, book]]
        return total

    def add_positions(self, x: Tensor, positions: Sequence[int]) -> Tensor:
        """`x` [rows, dim] with each row's position added."""
        while len(self._positions) <= max(positions):
            # In pieces of one size: vectorised sines may round differently at a tensor's ragged end.
            first = len(self._positions)
            steps = torch.arange(first, first + POSITIONS_CHUNK).view(1, -1, 1)
            with torch_threads(1):
                more = create_sin_embedding(steps, self.dim, max_period=self._period)[0] * self._scale
            self._positions = torch.cat([self._positions, self._to_device(more)])
        return x + self._positions[list(positions)]

    def forward(
        self,
        x: Tensor,
        groups: Sequence[SelfAttentionGroup],
        text_groups: Sequence[CrossAttentionGroup],
        cache: KeyValueCache,
        check_cancelled: Callable[[], None],
    ) -> Tensor:
        """Compute one new position for each row of `x` [rows, dim], and keep its keys and values in `cache`.

        `groups` cover the rows in order; a later group may build on an earlier one's position. `check_cancelled` is
        called in every layer and may raise to stop.
        """
        for index, layer in enumerate(self.layers):
            check_cancelled()
            keys, values = cache.keys[index], cache.values[index]
            heads = layer.qkv_projection(layer.self_attention_norm(x)).unflatten(-1, (3, self.heads, self.head_size))
            query, key, value = heads.unbind(1)
            attended = []
            for group in groups:
                rows, here = slice(group.slot, group.slot + group.stop - group.start), slice(group.start, group.stop)
                keys[rows, :, group.length - 1] = key[here]
                values[rows, :, group.length - 1] = value[here]
                attended.append(attend(query[here], keys[rows, :, : group.length], values[rows, :, : group.length]))
            x = x + layer.output_projection(attended[0] if len(attended) == 1 else torch.cat(attended))
            if layer.cross and text_groups:
                x = self._attend_to_text(x, index, layer.cross, text_groups)
            x = x + layer.down_projection(layer.up_projection(layer.feed_forward_norm(x)))
        return x

    def logits(self, x: Tensor) -> Tensor:
        """Scores of the tokens that may come next, float32 [rows, codebooks, cardinality]."""
        return self._output_heads(self._norm(x)).unflatten(-1, (self.codebooks, self.cardinality)).float()

    def is_batch_invariant(self) -> bool:
        """Whether a row's bits depend on that row alone on this machine: checked here and now, on the CPU."""
        if self.device != "cpu":
            return False
        layer = self.layers[0]
        products: list[tuple[Linear, int]] = [
            (layer.qkv_projection, self.dim),
            (layer.output_projection, self.dim),
            (layer.up_projection, self.dim),
            (lambda x: layer.down_projection(layer.up_projection(x)), self.dim),
            (self._output_heads, self.dim),
            (layer.self_attention_norm, self.dim),
        ]
        if layer.cross:
            products += [(layer.cross.query, self.dim), (layer.cross.output_projection, self.dim)]
        with torch.inference_mode():
            return rows_are_independent(products, self.heads, self.head_size)

    def _attend_to_text(
        self, x: Tensor, index: int, cross: CrossAttention, text_groups: Sequence[CrossAttentionGroup]
    ) -> Tensor:
        rows = text_groups[0].rows if len(text_groups) == 1 else torch.cat([group.rows for group in text_groups])
        chosen = x[rows]
        query = cross.query(cross.norm(chosen)).unflatten(-1, (self.heads, self.head_size))
        attended, start = [], 0
        for group in text_groups:
            stop = start + len(group.rows)
            attended.append(attend(query[start:stop], group.text.keys[index], group.text.values[index]))
            start = stop
        x[rows] = chosen + cross.output_projection(attended[0] if len(attended) == 1 else torch.cat(attended))
        return x

    def _layer(self, layer: Module) -> Layer:
        attention = layer.self_attn
        return Layer(
            self_attention_norm=layer.norm1.to(self.device, self.dtype),
            qkv_projection=make_linear(
                self._to_device(_release_weight(attention, "in_proj_")), self._to_device(attention.in_proj_bias)
            ),
            output_projection=self._linear(attention.out_proj),
            cross=None if layer.cross_attention is None else self._cross_attention(layer),
            feed_forward_norm=layer.norm2.to(self.device, self.dtype),
            up_projection=self._linear(layer.linear1, gelu=True),
            down_projection=self._linear(layer.linear2),
        )

    def _cross_attention(self, layer: Module) -> CrossAttention:
        attention = layer.cross_attention
        weight, bias = self._to_device(_release_weight(attention, "in_proj_")), self._to_device(attention.in_proj_bias)
        dim = self.dim
        biases = (None, None) if bias is None else (bias[:dim], bias[dim:])
        query = make_linear(weight[:dim].contiguous(), biases[0])
        rest = make_linear(weight[dim:].contiguous(), biases[1])

        def project(text: Tensor) -> tuple[Tensor, Tensor]:
            keys, values = (
                rest(text.to(self.device, self.dtype).flatten(0, 1)).unflatten(0, text.shape[:2]).chunk(2, -1)
            )
            return keys, values

        biased = bias is not None or attention.out_proj.bias is not None
        norm = layer.norm_cross.to(self.device, self.dtype)
        return CrossAttention(norm, query, project, self._linear(attention.out_proj), biased)

    def _linear(self, linear: Module, *, gelu: bool = False) -> Linear:
        return make_linear(self._to_device(_release_weight(linear)), self._to_device(linear.bias), gelu=gelu)

    def _to_device(self, tensor: Tensor) -> Tensor:
        """`tensor` on the device, None where there is none."""
        return None if tensor is None else tensor.detach().to(self.device, self.dtype)


def _unsupported(lm: Module) -> Iterator[str]:
    """What of audiocraft's `lm` is not built as MusicGen's models are."""
    transformer = lm.transformer
    if lm.out_norm is None or not all(layer.norm_first for layer in transformer.layers):
        yield "norms after its layers"
    if transformer.positional_embedding != "sin":
        yield f"{transformer.positional_embedding} positions"
    yield from islice(filter(None, map(_unsupported_in_layer, transformer.layers)), 1)


def _unsupported_in_layer(layer: Module) -> str | None:
    attention = layer.self_attn
    if not (attention.custom and attention.causal) or attention.past_context is not None:
        return "attention that isn't causal over everything before"
    if attention.qk_layer_norm or attention.kv_repeat != 1 or attention.rope is not None:
        return "an attention variant"
    if layer.cross_attention is not None and layer.cross_attention.qk_layer_norm:
        return "normalised cross-attention"
    if not isinstance(layer.layer_scale_1, torch.nn.Identity):
        return "scaled layers"
    if layer.activation is not functional.gelu and not isinstance(layer.activation, torch.nn.GELU):
        return "an activation other than GELU"
    return None


def _release_weight(module: Module, prefix: str = "") -> Tensor:
    """The module's weight, which it no longer holds: the largest models fit into memory once, not twice."""
    weight = getattr(module, f"{prefix}weight").detach()
    setattr(module, f"{prefix}weight", None)
    return weight
