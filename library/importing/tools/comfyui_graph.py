"""ComfyUI's graphs in both of its formats as one: nodes by id, their inputs values or links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

MOST_NODES = 5000
_MOST_NESTED = 6
_INPUT, _OUTPUT = "-10", "-20"
"""The ids of a subgraph's own two ends, in its links."""
_AFTER_SEED = ("fixed", "randomize", "increment", "decrement")
_MUTED, _BYPASSED = 2, 4
_WIDGETS = {
    "KSampler": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler"),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "RandomNoise": ("noise_seed",),
    "CLIPTextEncode": ("text",),
    "TextEncodeAceStepAudio": ("tags", "lyrics", "lyrics_strength"),
    "TextEncodeAceStepAudio1.5": ("tags", "lyrics", "seed", "bpm", "duration"),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "SaveAudio": ("filename_prefix",),
    "SaveAudioMP3": ("filename_prefix", "quality"),
    "SaveAudioOpus": ("filename_prefix", "quality"),
    "ConditioningAverage": ("conditioning_to_strength",),
}
"""The widgets of nodes in their order: the editor's older files don't name them."""
_ONE_VALUE = ("Primitive", "String", "Text", "Int", "Seed")


class Link(NamedTuple):
    """Where an input comes from."""

    node: str
    slot: int


@dataclass(frozen=True)
class Node:
    """A node: what it is, and its inputs by name."""

    kind: str
    inputs: Mapping[str, Any]
    """Values, and Links."""


Graph = dict[str, Node]


def graph_in(document: object) -> Graph:
    """The graph that `document` is, in the format of the API or of the editor; empty where it is none."""
    if not isinstance(document, dict):
        return {}
    if isinstance(document.get("nodes"), list):
        return _from_editor(document)
    nodes = Graph()
    for name, node in list(document.items())[:MOST_NODES]:
        if isinstance(node, dict) and isinstance(kind := node.get("class_type"), str):
            inputs = node.get("inputs")
            given = inputs.items() if isinstance(inputs, dict) else ()
            nodes[str(name)] = Node(kind, {str(key): _link(value) for key, value in given})
    return nodes


def _link(value: object) -> object:
    match value:
        case [str() | int() as node, int() as slot] if not isinstance(node, bool):
            return Link(str(node), slot)
    return value


def _from_editor(document: Mapping[str, Any]) -> Graph:
    definitions = document.get("definitions")
    subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    known = {str(item.get("id")): item for item in _dicts(subgraphs)}
    flat = _Flat(known)
    flat.add(document, "", {}, 0)
    return {name: Node(node.kind, flat.resolved(node.inputs)) for name, node in flat.nodes.items()}


@dataclass
class _Flat:
    """An editor's graph while its subgraphs are unfolded into it."""

    _known: Mapping[str, Mapping[str, Any]]

    def __post_init__(self) -> None:
        self.nodes: Graph = {}
        self._stands_for: dict[Link, Any] = {}
        """What an end of a subgraph, or a node that is bypassed, passes on."""

    def add(self, graph: Mapping[str, Any], path: str, ends: Mapping[int, Any], depth: int) -> None:
        """Unfold `graph`, whose nodes get ids that begin with `path`; `ends`: what its own inputs are linked to."""
        links = dict[str, Link]()
        given = graph.get("links")
        for link in given if isinstance(given, list) else []:
            number, source, slot, target, target_slot = _ends_of(link)
            links[number] = Link(path + source, slot)
            if target == _OUTPUT:
                self._stands_for[Link(path.rstrip(":"), target_slot)] = Link(path + source, slot)
        self._stands_for.update({Link(path + _INPUT, slot): value for slot, value in ends.items()})
        for node in _dicts(graph.get("nodes")):
            if len(self.nodes) >= MOST_NODES:
                return
            self._add_node(node, path, links, depth)

    def _add_node(self, node: Mapping[str, Any], path: str, links: Mapping[str, Link], depth: int) -> None:
        name, kind = path + str(node.get("id")), str(node.get("type"))
        slots = list(_dicts(node.get("inputs")))
        inputs: dict[str, Any] = {
            str(slot.get("name")): links[str(slot["link"])] for slot in slots if str(slot.get("link")) in links
        }
        if node.get("mode") == _MUTED:
            return
        if node.get("mode") == _BYPASSED:
            outputs = [slot.get("type") for slot in _dicts(node.get("outputs"))]
            for place, wanted in enumerate(outputs):
                same = [slot for slot in slots if slot.get("type") == wanted and str(slot.get("name")) in inputs]
                if same:
                    self._stands_for[Link(name, place)] = inputs[str(same[0]["name"])]
            return
        values = _widgets(kind, slots, node.get("widgets_values"))
        inner = self._known.get(kind)
        if inner is None or depth >= _MOST_NESTED:
            self.nodes[name] = Node(kind, values | inputs)
            return
        given = values | inputs
        names = [str(slot.get("name")) for slot in _dicts(inner.get("inputs"))]
        self.add(inner, f"{name}:", {place: given.get(item) for place, item in enumerate(names)}, depth + 1)
        self._promote(node, name)

    def _promote(self, node: Mapping[str, Any], name: str) -> None:
        """Values that the outer node shows for widgets of inner ones."""
        properties, values = node.get("properties"), node.get("widgets_values")
        shown = properties.get("proxyWidgets") if isinstance(properties, dict) else None
        for pair, value in zip(shown or [], values if isinstance(values, list) else [], strict=False):
            match pair:
                case [str() | int() as inner, str() as widget] if f"{name}:{inner}" in self.nodes:
                    target = self.nodes[f"{name}:{inner}"]
                    if value is not None and not isinstance(target.inputs.get(widget), Link):
                        self.nodes[f"{name}:{inner}"] = Node(target.kind, {**target.inputs, widget: value})

    def resolved(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs whose links lead to nodes; what leads nowhere is left out."""
        found = dict[str, Any]()
        for name, value in inputs.items():
            end = value
            for _ in range(MOST_NODES):
                if not isinstance(end, Link) or end not in self._stands_for:
                    break
                end = self._stands_for[end]
            if not isinstance(end, Link) or end.node in self.nodes:
                found[name] = end
        return found


def _ends_of(link: object) -> tuple[str, str, int, str, int]:
    """Number, source and its slot, target and its slot of a link, in either way it is written."""
    if isinstance(link, dict):
        keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
        link = [link.get(key) for key in keys]
    parts = [*link, *[None] * 5][:5] if isinstance(link, list) else [None] * 5
    number, source, slot, target, target_slot = parts
    slots = [item if isinstance(item, int) else 0 for item in (slot, target_slot)]
    return str(number), str(source), slots[0], str(target), slots[1]


def _widgets(kind: str, slots: Sequence[Mapping[str, Any]], values: object) -> dict[str, Any]:
    """Values of a node's widgets by name."""
    if isinstance(values, dict):
        return {str(name): value for name, value in values.items()}
    if not isinstance(values, list):
        return {}
    named = [str(widget.get("name")) for slot in slots if isinstance(widget := slot.get("widget"), dict)]
    known = _WIDGETS.get(kind, ())
    names = known if len(known) > len(named) else named
    if not names and any(part in kind for part in _ONE_VALUE):
        names = ("value",)
    found, rest = dict[str, Any](), iter(values)
    for name in names:
        value = next(rest, None)
        if value in _AFTER_SEED and "seed" not in name and name != "value" and "control" not in name:
            value = next(rest, None)
        found[name] = value
    return found


def _dicts(items: object) -> Iterator[dict[str, Any]]:
    yield from (item for item in (items if isinstance(items, list) else [])[:MOST_NODES] if isinstance(item, dict))
