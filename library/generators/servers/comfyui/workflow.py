"""A ComfyUI workflow in API format: read, and where prompt, seed, length, settings and output stand in it."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from library.errors import GenerationError
from library.files.decoding import NotJsonError, decode_json
from library.files.reading import read_file

MAX_BYTES = 16 << 20
Value: TypeAlias = Any
"""What stands in an input: of any form."""
Nodes: TypeAlias = Mapping[str, Mapping[str, Value]]
Place = tuple[str, str]
"""A node and its input."""
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_TEXTS = (
    "text",
    "tags",
    "prompt",
    "caption",
    "text_positive",
    "positive_prompt",
    "description",
    "style",
    "string",
    "value",
)
_SEEDS = ("seed", "noise_seed", "rand_seed")
_LENGTHS = ("seconds", "seconds_total", "duration", "audio_duration", "duration_seconds", "audio_length",
            "length_seconds", "max_duration", "total_seconds")  # fmt: skip
_MODELS = ("ckpt_name", "unet_name", "model_name", "model_path", "model")
_SETTINGS = {"steps": "steps", "cfg": "guidance", "guidance": "guidance", "cfg_scale": "guidance",
             "guidance_scale": "guidance", "denoise": "strength", "scheduler": "scheduler", "lyrics": "lyrics",
             "bpm": "bpm", "keyscale": "key",
             "language": "language", "timesignature": "time_signature"}  # fmt: skip
"""Inputs that are settings, by Earmark's names for them."""
_VALUES = ("value", "int", "float", "number", "string", "text", "seed")
"""What a node calls its value that does nothing but give one."""
_FILES = ("audio", "audio_file", "file", "filename")
_SHOWN = 60


class WorkflowError(GenerationError):
    """The workflow can't be used: it isn't one, or a place isn't there."""


@dataclass(frozen=True)
class Workflow:
    """A workflow, and what goes where."""

    nodes: Nodes
    output: str
    """The node whose sound is the take."""
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    """By what goes there: prompt, negative, seed, duration, draft, model, and the settings."""

    def value(self, name: str) -> Value:
        """What stands there now; None where there is no place for it."""
        places = self.places.get(name, ())
        return self.nodes[places[0][0]]["inputs"].get(places[0][1]) if places else None

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The nodes with `values` in their places; those without a place are left out."""
        nodes: dict[str, Any] = copy.deepcopy(dict(self.nodes))
        for name, value in values.items():
            for node, key in self.places.get(name, ()):
                nodes[node]["inputs"][key] = value
        return nodes

    def hash(self) -> str:
        """What tells it from others, whatever stands in the places."""
        blank = self.filled(dict.fromkeys(self.places))
        encoded = msgspec.json.encode(blank, order="sorted")
        return hashlib.sha256(encoded).hexdigest()[:12]

    def describe(self) -> list[tuple[str, str, str]]:
        """What goes where: its name, the place in words, and what stands there now."""
        rows = []
        for name, places in self.places.items():
            where = ", ".join(f"{node}.{key} ({self.title(node)})" for node, key in places)
            rows.append((name, where, _short(self.value(name))))
        return [*rows, ("output", f"{self.output} ({self.title(self.output)})", "")]

    def title(self, node: str) -> str:
        """What a node is called."""
        meta = self.nodes[node].get("_meta")
        title = meta.get("title") if isinstance(meta, dict) else None
        return _short(title if isinstance(title, str) and title else str(self.nodes[node].get("class_type", "")))


def read_workflow(path: Path, told: Mapping[str, tuple[str, ...]] | None = None) -> Workflow:
    """The workflow at `path`, its places as they are told (`node.input`), else as found. Raises WorkflowError."""
    try:
        document = decode_json(read_file(path, MAX_BYTES), _OBJECT)
    except (OSError, ValueError) as error:
        reason = str(error) if isinstance(error, NotJsonError) else getattr(error, "strerror", None) or str(error)
        raise WorkflowError(
            f"The workflow {path} can't be read: {reason}.", "Correct workflow in generators.toml."
        ) from error
    return find_places(document, told or {})


def find_places(document: Mapping[str, Any], told: Mapping[str, tuple[str, ...]]) -> Workflow:
    """What a workflow is and where things go. Raises WorkflowError where it can't make takes."""
    nodes = _check_nodes(document)
    output = told["output"][0] if "output" in told else _find_output(nodes)
    if output not in nodes:
        raise WorkflowError(f"The workflow has no node {output}, which is to give the sound.", _listed(nodes))
    found = _Found(nodes)
    found.look_from(output)
    places = {name: tuple(dict.fromkeys(each)) for name, each in found.places.items()}
    for name, given in told.items():
        if name != "output":
            places[name] = tuple(_check_place(nodes, name, each) for each in given)
    if places.get("negative") == places.get("prompt"):
        places.pop("negative", None)
    if not places.get("prompt"):
        raise WorkflowError("Where the prompt goes can't be found in the workflow.", _how("prompt", "6.text"))
    if not places.get("seed"):
        raise WorkflowError("Where the seed goes can't be found in the workflow.", _how("seed", "3.seed"))
    return Workflow(nodes, output, {name: each for name, each in places.items() if each})


def _check_nodes(document: Mapping[str, Any]) -> Nodes:
    if isinstance(document.get("nodes"), list):
        raise WorkflowError(
            "The workflow is in the format of ComfyUI's canvas.",
            "Export it by Workflow → Export (API), and name that file.",
        )
    if isinstance(document.get("prompt"), dict):
        document = document["prompt"]
    nodes = {
        name: node for name, node in document.items()
        if isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)
    }  # fmt: skip
    if not nodes:
        raise WorkflowError("The workflow has no nodes.", "Export it by Workflow → Export (API), and name that file.")
    return nodes


def _find_output(nodes: Nodes) -> str:
    saving = [name for name, node in nodes.items() if _saves_sound(node["class_type"])]
    if not saving:
        raise WorkflowError("Which node gives the sound can't be found in the workflow.", _how("output", "9"))
    return min(saving, key=lambda name: (_loss(nodes[name]["class_type"]), _number(name)))


def _saves_sound(kind: str) -> bool:
    words = kind.casefold()
    return "audio" in words and ("save" in words or "preview" in words)


def _loss(kind: str) -> int:
    """Less for what keeps the sound as it is."""
    words = kind.casefold()
    return 2 * any(lossy in words for lossy in ("mp3", "opus", "ogg", "aac")) + ("preview" in words)


class _Found:
    """The places that are found by following links upstream from the output."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self.places: dict[str, list[Place]] = {}

    def look_from(self, output: str) -> None:
        for name in self._upstream(output):
            inputs, kind = self._nodes[name]["inputs"], self._nodes[name]["class_type"].casefold()
            for key, value in inputs.items():
                if key in _SEEDS:
                    self._add("seed", self._follow(name, key, int))
                elif key in _LENGTHS:
                    self._add("duration", self._follow(name, key, int, float))
                elif key in _SETTINGS and not isinstance(value, list):
                    self.places.setdefault(_SETTINGS[key], [(name, key)])
                elif key in _MODELS and isinstance(value, str):
                    self.places.setdefault("model", [(name, key)])
                elif key in _FILES and isinstance(value, str) and "load" in kind and "audio" in kind:
                    self.places.setdefault("draft", [(name, key)])
            self._look_for_texts(name)
        if "prompt" not in self.places:
            for name in self._upstream(output):  # no sampler says which text is which
                self._add("prompt", self._text_in(name))
                if self.places.get("prompt"):
                    break

    def _look_for_texts(self, name: str) -> None:
        inputs = self._nodes[name]["inputs"]
        for key, goes_to in (("positive", "prompt"), ("conditioning", "prompt"), ("negative", "negative")):
            link = inputs.get(key)
            if goes_to not in self.places and _is_link(link, self._nodes):
                self._add(goes_to, self._text_behind(link))

    def _text_behind(self, link: list[Any], seen: frozenset[str] = frozenset()) -> Place | None:
        """The nearest text upstream of a link to a conditioning."""
        name, slot = str(link[0]), link[1]
        if name in seen:
            return None
        if (place := self._text_in(name)) is not None:
            return place
        inputs = self._nodes[name]["inputs"]
        # A node that passes both on gives them in this order.
        ways = {0: "positive", 1: "negative"} if {"positive", "negative"} <= inputs.keys() else {}
        keys = [ways[slot]] if slot in ways else list(inputs)
        for key in keys:
            if (
                _is_link(inputs[key], self._nodes)
                and (place := self._text_behind(inputs[key], seen | {name})) is not None
            ):
                return place
        return None

    def _text_in(self, name: str) -> Place | None:
        inputs = self._nodes[name]["inputs"]
        for key in _TEXTS:
            if key in inputs and (place := self._follow(name, key, str)) is not None:
                return place
        return None

    def _follow(self, name: str, key: str, *kinds: type) -> Place | None:
        """Where the value of an input stands: there, or in a node that does nothing but give one."""
        for _ in range(len(self._nodes)):
            value = self._nodes[name]["inputs"].get(key)
            if isinstance(value, kinds) and not isinstance(value, bool):
                return name, key
            if not _is_link(value, self._nodes):
                return None
            name = str(value[0])
            inputs = self._nodes[name]["inputs"]
            key = next((each for each in _VALUES if each in inputs), "")
        return None

    def _upstream(self, output: str) -> Iterator[str]:
        """The nodes that the output needs, itself first, nearest ones before."""
        waiting, seen = [output], {output}
        while waiting:
            name = waiting.pop(0)
            yield name
            for value in self._nodes[name]["inputs"].values():
                if _is_link(value, self._nodes) and str(value[0]) not in seen:
                    seen.add(str(value[0]))
                    waiting.append(str(value[0]))

    def _add(self, name: str, place: Place | None) -> None:
        if place is not None:
            self.places.setdefault(name, []).append(place)


def _is_link(value: Value, nodes: Nodes) -> bool:
    return isinstance(value, list) and len(value) == 2 and str(value[0]) in nodes and isinstance(value[1], int)


def _check_place(nodes: Nodes, name: str, told: str) -> Place:
    node, _, key = told.partition(".")
    if node not in nodes:
        raise WorkflowError(f"The workflow has no node {node}, where {name} is to go.", _listed(nodes))
    inputs = nodes[node]["inputs"]
    if key not in inputs:
        there = ", ".join(each for each, value in inputs.items() if not isinstance(value, list)) or "none"
        what = f"Node {node} of the workflow has no input {key!r}, where {name} is to go."
        raise WorkflowError(what, f"Its inputs are: {there}.")
    return node, key


def _listed(nodes: Nodes) -> str:
    shown = ", ".join(f"{name} ({node['class_type']})" for name, node in list(nodes.items())[:20])
    return f"Its nodes are: {shown}."


def _how(name: str, example: str) -> str:
    return f'Say it in generators.toml, under [generators.NAME.places]: {name} = "{example}".'


def _number(name: str) -> tuple[int, str]:
    return (int(name), name) if name.isdecimal() and len(name) < 10 else (1 << 62, name)


def _short(value: Value) -> str:
    text = "" if value is None else " ".join(str(value).split())
    shown = "".join(letter for letter in text if letter.isprintable())
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
