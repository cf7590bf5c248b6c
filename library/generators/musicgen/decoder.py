"""MusicGen's transformer for decoding: audiocraft's weights, a preallocated cache, one position a row and call.

Computes what `LMModel.forward` does while streaming, with three differences that only cost or save time: keys and
values of the text are projected once, the heads are one product, and attention runs over exactly the positions a row
has. Rows come in pairs, the prompt's and the null condition's of guidance (Ho & Salimans 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from audiocraft.modules.transformer import create_sin_embedding
from torch.nn import functional

from library.errors import GenerationError
from library.generators.musicgen.foreign import Module, Tensor
from library.generators.musicgen.products import Product, attend, product, rows_agree
from library.generators.musicgen.threads import threads

POSITIONS_AT_ONCE = 1024


@dataclass(frozen=True)
class Norm:
    """A layer norm's weights."""

    weight: Tensor
    bias: Tensor
    epsilon: float

    def __call__(self, x: Tensor) -> Tensor:
        """[rows, dim], normalised."""
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)


@dataclass(frozen=True)
class CrossAttention:
    """A layer's attention to the text."""

    norm: Norm
    query: Product
    project: Callable[[Tensor], tuple[Tensor, Tensor]]
    """Text [rows, length, dim] to keys and values."""
    out: Product
    biased: bool


@dataclass(frozen=True)
class Layer:
    """A layer's weights, as products."""

    norm: Norm
    query_key_value: Product
    out: Product
    cross: CrossAttention | None
    norm_forward: Norm
    widen: Product
    narrow: Product


@dataclass(frozen=True)
class Text:
    """What rows attend to in every layer besides the music: keys and values [rows, heads, length, size] by layer."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]


@dataclass(frozen=True)
class Glance:
    """Rows of one computation that attend to texts of one length together."""

    rows: Tensor
    """Their indices."""
    text: Text


@dataclass(frozen=True)
class Look:
    """Adjacent rows of one computation that have the same number of positions behind them, the new one included."""

    start: int
    stop: int
    slot: int
    """The cache row of the first."""
    length: int


class Cache:
    """Keys and values of all positions so far, by layer. Memory is touched only when it is used."""

    def __init__(self, layers: int, shape: tuple[int, int, int, int], device: str, dtype: object) -> None:
        """`shape`: rows, heads, steps, size of a head."""
        self.keys = [torch.empty(shape, device=device, dtype=dtype) for _ in range(layers)]
        self.values = [torch.empty(shape, device=device, dtype=dtype) for _ in range(layers)]

    def copy(self, source: int, target: int, rows: int, length: int) -> None:
        """Copy `rows` rows from `source` on to `target` on, the first `length` positions of them."""
        for part in (*self.keys, *self.values):
            part[target : target + rows, :, :length] = part[source : source + rows, :, :length]


class Decoder:
    """The transformer, ready to decode on `device`."""

    def __init__(self, lm: Module, device: str = "cpu") -> None:
        """Take over audiocraft's `lm`: its weights are moved out, so it can't be used afterwards.

        Raises GenerationError when the model is built in a way that MusicGen isn't.
        """
        check_supported(lm)
        transformer = lm.transformer
        self._weights: int = sum(weight.numel() for weight in [*transformer.parameters(), *lm.linears.parameters()])
        self.device = device
        self.dtype = torch.float32 if device == "cpu" else torch.float16
        self.dim: int = lm.dim
        self.heads: int = transformer.layers[0].self_attn.num_heads
        self.size = self.dim // self.heads
        self.books: int = lm.n_q
        self.card: int = lm.card
        self._scale: float = transformer.positional_scale
        self._period: float = transformer.max_period
        self._positions = torch.empty(0, self.dim, device=device, dtype=self.dtype)
        with torch.inference_mode():
            self._embeddings = [self._own(embedding.weight) for embedding in lm.emb]
            self.layers = [self._layer(layer) for layer in transformer.layers]
            self._norm = self._own_norm(lm.out_norm)
            bias = [linear.bias for linear in lm.linears]
            self._heads = product(
                self._own(torch.cat([_released(linear) for linear in lm.linears])),
                None if bias[0] is None else self._own(torch.cat(bias)),
            )

    def cache(self, rows: int, steps: int) -> Cache:
        """Room for `rows` rows of up to `steps` positions."""
        return Cache(len(self.layers), (rows, self.heads, steps, self.size), self.device, self.dtype)

    def bytes_per_position(self) -> int:
        """What one row's position takes in the cache."""
        return 2 * len(self.layers) * self.dim * (4 if self.dtype == torch.float32 else 2)

    @property
    def weight_bytes(self) -> int:
        """What one step has to read from memory at least, embeddings aside."""
        return self._weights * (4 if self.dtype == torch.float32 else 2)

    def read(self, text: Tensor) -> Text:
        """Project `text` [rows, length, dim] for every layer, once."""
        pairs = [layer.cross.project(text) for layer in self.layers if layer.cross]
        split = [tuple(part.unflatten(-1, (self.heads, self.size)).transpose(1, 2) for part in pair) for pair in pairs]
        return Text(tuple(keys.contiguous() for keys, _ in split), tuple(values.contiguous() for _, values in split))

    def says_nothing(self, text: Text) -> bool:
        """Whether attending to `text` adds exactly zero, as the null condition does in a model without biases."""
        crosses = [layer.cross for layer in self.layers if layer.cross]
        return not any(cross.biased for cross in crosses) and not any(bool(values.any()) for values in text.values)

    def embed(self, steps: Tensor) -> Tensor:
        """The sum of the codebooks' embeddings for `steps` [rows, codebooks]: [rows, dim]."""
        total = self._embeddings[0][steps[:, 0]]
        for book in range(1, self.books):
            total = total + self._embeddings[book][steps[:, book]]
        return total

    def place(self, x: Tensor, positions: Sequence[int]) -> Tensor:
        """`x` [rows, dim] with each row's position added."""
        while len(self._positions) <= max(positions):
            # In pieces of one size: vectorised sines may round differently at a tensor's ragged end.
            first = len(self._positions)
            steps = torch.arange(first, first + POSITIONS_AT_ONCE).view(1, -1, 1)
            with threads(1):
                more = create_sin_embedding(steps, self.dim, max_period=self._period)[0] * self._scale
            self._positions = torch.cat([self._positions, self._own(more)])
        return x + self._positions[list(positions)]

    def advance(
        self, x: Tensor, looks: Sequence[Look], glances: Sequence[Glance], cache: Cache, poll: Callable[[], None]
    ) -> Tensor:
        """Compute one new position for each row of `x` [rows, dim], and keep its keys and values in `cache`.

        `looks` cover the rows in order; a later look may build on an earlier one's position. `poll` is called in
        every layer and may raise to stop.
        """
        for index, layer in enumerate(self.layers):
            poll()
            keys, values = cache.keys[index], cache.values[index]
            heads = layer.query_key_value(layer.norm(x)).unflatten(-1, (3, self.heads, self.size))
            query, key, value = heads.unbind(1)
            found = []
            for look in looks:
                rows, here = slice(look.slot, look.slot + look.stop - look.start), slice(look.start, look.stop)
                keys[rows, :, look.length - 1] = key[here]
                values[rows, :, look.length - 1] = value[here]
                found.append(attend(query[here], keys[rows, :, : look.length], values[rows, :, : look.length]))
            x = x + layer.out(found[0] if len(found) == 1 else torch.cat(found))
            if layer.cross and glances:
                x = self._glance(x, index, layer.cross, glances)
            x = x + layer.narrow(layer.widen(layer.norm_forward(x)))
        return x

    def logits(self, x: Tensor) -> Tensor:
        """Scores of the tokens that may come next, float32 [rows, codebooks, cardinality]."""
        return self._heads(self._norm(x)).unflatten(-1, (self.books, self.card)).float()

    def is_batch_invariant(self) -> bool:
        """Whether a row's bits depend on that row alone on this machine: checked here and now, on the CPU."""
        if self.device != "cpu":
            return False
        layer = self.layers[0]
        products: list[tuple[Product, int]] = [
            (layer.query_key_value, self.dim),
            (layer.out, self.dim),
            (layer.widen, self.dim),
            (lambda x: layer.narrow(layer.widen(x)), self.dim),
            (self._heads, self.dim),
            (layer.norm, self.dim),
        ]
        if layer.cross:
            products += [(layer.cross.query, self.dim), (layer.cross.out, self.dim)]
        with torch.inference_mode():
            return rows_agree(products, self.heads, self.size)

    def _glance(self, x: Tensor, index: int, cross: CrossAttention, glances: Sequence[Glance]) -> Tensor:
        rows = glances[0].rows if len(glances) == 1 else torch.cat([glance.rows for glance in glances])
        chosen = x[rows]
        query = cross.query(cross.norm(chosen)).unflatten(-1, (self.heads, self.size))
        found, start = [], 0
        for glance in glances:
            stop = start + len(glance.rows)
            found.append(attend(query[start:stop], glance.text.keys[index], glance.text.values[index]))
            start = stop
        x[rows] = chosen + cross.out(found[0] if len(found) == 1 else torch.cat(found))
        return x

    def _layer(self, layer: Module) -> Layer:
        attention = layer.self_attn
        return Layer(
            norm=self._own_norm(layer.norm1),
            query_key_value=product(self._own(_released(attention, "in_proj_")), self._own(attention.in_proj_bias)),
            out=self._product(attention.out_proj),
            cross=None if layer.cross_attention is None else self._cross(layer),
            norm_forward=self._own_norm(layer.norm2),
            widen=self._product(layer.linear1, gelu=True),
            narrow=self._product(layer.linear2),
        )

    def _cross(self, layer: Module) -> CrossAttention:
        attention = layer.cross_attention
        weight, bias = self._own(_released(attention, "in_proj_")), self._own(attention.in_proj_bias)
        dim = self.dim
        biases = (None, None) if bias is None else (bias[:dim], bias[dim:])
        query = product(weight[:dim].contiguous(), biases[0])
        rest = product(weight[dim:].contiguous(), biases[1])

        def project(text: Tensor) -> tuple[Tensor, Tensor]:
            keys, values = (
                rest(text.to(self.device, self.dtype).flatten(0, 1)).unflatten(0, text.shape[:2]).chunk(2, -1)
            )
            return keys, values

        biased = bias is not None or attention.out_proj.bias is not None
        return CrossAttention(
            self._own_norm(layer.norm_cross), query, project, self._product(attention.out_proj), biased
        )

    def _product(self, linear: Module, *, gelu: bool = False) -> Product:
        return product(self._own(_released(linear)), self._own(linear.bias), gelu=gelu)

    def _own_norm(self, norm: Module) -> Norm:
        return Norm(self._own(norm.weight), self._own(norm.bias), norm.eps)

    def _own(self, tensor: Tensor) -> Tensor:
        """`tensor` on the device, None where there is none."""
        return None if tensor is None else tensor.detach().to(self.device, self.dtype)


def check_supported(lm: Module) -> None:
    """Raise GenerationError, naming the reason, unless audiocraft's `lm` is built as MusicGen's models are."""
    reasons = list(_unsupported(lm))
    if reasons:
        raise GenerationError(
            f"This checkpoint isn't built like MusicGen: it has {', '.join(reasons)}.",
            "Choose one of Meta's MusicGen models, or one fine-tuned from them.",
        )


def _unsupported(lm: Module) -> Iterator[str]:
    transformer = lm.transformer
    if lm.out_norm is None or not all(layer.norm_first for layer in transformer.layers):
        yield "norms after its layers"
    if transformer.positional_embedding != "sin":
        yield f"{transformer.positional_embedding} positions"
    for layer in transformer.layers:
        attention = layer.self_attn
        if not (attention.custom and attention.causal) or attention.past_context is not None:
            yield "attention that isn't causal over everything before"
            break
        if attention.qk_layer_norm or attention.kv_repeat != 1 or attention.rope is not None:
            yield "an attention variant"
            break
        if layer.cross_attention is not None and layer.cross_attention.qk_layer_norm:
            yield "normalised cross-attention"
            break
        if not isinstance(layer.layer_scale_1, torch.nn.Identity):
            yield "scaled layers"
            break
        if layer.activation is not functional.gelu and not isinstance(layer.activation, torch.nn.GELU):
            yield "an activation other than GELU"
            break


def _released(module: Module, prefix: str = "") -> Tensor:
    """The module's weight, which it no longer holds: the largest models fit into memory once, not twice."""
    weight = getattr(module, f"{prefix}weight").detach()
    setattr(module, f"{prefix}weight", None)
    return weight
