"""ComfyUI: the graph in a file's tags, or saved beside it.

`SaveAudio` (FLAC), `SaveAudioMP3` and `SaveAudioOpus` write two tags: `prompt`, the graph in the format of the API,
and `workflow`, the editor's (comfy_extras/nodes_audio.py of Comfy-Org/ComfyUI, read in November 2026); other nodes put
both into a comment as one object. The prompt is the text that feeds the sampler whose sound is saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from library.files.decoding import NotJsonError, decode_json
from library.importing.origin import Origin
from library.importing.tools.clue import Clue, Told, first_name, prompt_in, seed_in
from library.importing.tools.comfyui_graph import Graph, Link, Node, graph_in

NAME = "ComfyUI"
_DECODER = msgspec.json.Decoder()
_MOST_STEPS = 2000
_FORMATS = {".mp3": "SaveAudioMP3", ".opus": "SaveAudioOpus", ".flac": "SaveAudio"}
_SEEDS = ("seed", "noise_seed", "random_seed")
_MODELS = ("ckpt_name", "unet_name", "model_name", "model_path", "model")
_TEXTS = (
    "populated_text", "tags", "text", "prompt", "positive_prompt", "caption", "text_g", "t5xxl", "clip_l", "text_l",
    "string", "value", "positive", "STRING",
)  # fmt: skip
_WRITES_ITSELF = re.compile(
    r"llm|ollama|gpt|openai|gemini|claude|llama|caption(?!ed)|interrogat|florence|translat|random(?!noise)|enhanc|styler",
    re.IGNORECASE,
)
"""Nodes whose text is an order, and not what comes of it."""
_NO_TEXT = ("clip", "model", "vae", "negative", "image", "audio", "latent", "latent_image", "samples", "control_net",
            "noise", "sampler", "sigmas", "lyrics")  # fmt: skip


def read(clue: Clue) -> Told | None:
    """The words of the graph in `clue`."""
    graphs = [graph for graph in map(graph_in, _documents(clue)) if graph]
    told = None
    for graph in graphs:
        follow = _Follow(graph)
        if (sampler := follow.sampler(clue.file)) is None:
            continue
        told = follow.told(sampler)
        if told.origin.prompt:
            return told
    if told or not graphs:
        return told
    return Told(NAME, unclear="Its ComfyUI graph has no sampler Earmark knows.")


def _documents(clue: Clue) -> Iterator[object]:
    """What may be a graph: the tags' own documents, and those that a comment holds; the API's format first."""
    found = [document for documents in clue.documents.values() for document in documents]
    for document in list(found):
        if isinstance(document, dict):
            found += [_decoded(document[key]) for key in ("prompt", "workflow", "extra_pnginfo") if key in document]
    found += [document["workflow"] for document in found if isinstance(document, dict) and "workflow" in document]
    yield from sorted(found, key=lambda document: isinstance(document, dict) and "nodes" in document)


def _decoded(value: object) -> object:
    try:
        return decode_json(value.encode(), _DECODER) if isinstance(value, str) and value[:1] == "{" else value
    except (NotJsonError, UnicodeEncodeError):
        return None


class _Follow:
    """Ways through a graph, against its arrows, so many steps and no more."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._steps = _MOST_STEPS

    def sampler(self, file: Path) -> str | None:
        """The sampler whose sound `file` holds; the last there is where no node saves any."""
        saves = [name for name, node in self._graph.items() if re.search("save|preview|combine", node.kind, re.I)]

        def fit(name: str) -> tuple[bool, bool, bool]:
            node = self._graph[name]
            prefix = str(node.inputs.get("filename_prefix", "")).replace("\\", "/").rpartition("/")[2]
            prefix = prefix.partition("%")[0]
            return (
                bool(prefix) and file.name.startswith(prefix),
                node.kind == _FORMATS.get(file.suffix.lower()),
                "audio" in node.kind.lower() and "preview" not in node.kind.lower(),
            )

        for save in sorted(saves, key=fit, reverse=True):
            if found := next((name for name in self._upstream(save) if _makes_sound(self._graph[name])), None):
                return found
        made = [name for name, node in self._graph.items() if _makes_sound(node)]
        return made[-1] if made else None

    def _upstream(self, name: str) -> Iterator[str]:
        """The nodes before `name`, the nearest first."""
        waiting, seen = [name], {name}
        while waiting:
            current = waiting.pop(0)
            for link in self._links(current):
                if link.node not in seen:
                    seen.add(link.node)
                    waiting.append(link.node)
                    yield link.node

    def _links(self, name: str) -> list[Link]:
        values = self._graph[name].inputs.values()
        return [value for value in values if isinstance(value, Link) and value.node in self._graph]

    def told(self, name: str) -> Told:
        """All about the sampler `name`."""
        node = self._graph[name]
        feed = next((node.inputs[key] for key in ("positive", "guider", "conditioning") if key in node.inputs), None)
        # A node that does everything has its text at hand.
        text = self._text(feed) if isinstance(feed, Link) else self._text_of(name, 0) if feed is None else str(feed)
        model = self._model(name)
        if text is None:
            return Told(NAME, Origin(generator="comfyui", model=model),
                        "Its ComfyUI graph builds the prompt in a way Earmark can't follow.")  # fmt: skip
        return Told(NAME, Origin(prompt_in(text), self._noise(name), model, "comfyui"))

    def _noise(self, name: str) -> int | None:
        """The seed that a sampler starts from; where it adds no noise itself, that of the one before it."""
        for current in [name, *self._upstream(name)]:
            inputs = self._graph[current].inputs
            if inputs.get("add_noise") in ("disable", False) or not (_makes_sound(self._graph[current])):
                continue
            noise = inputs.get("noise")
            key = next((key for key in _SEEDS if key in inputs), None)
            return self._number(inputs[key]) if key else self._number(noise) if isinstance(noise, Link) else None
        return None

    def _number(self, value: object) -> int | None:
        for _ in range(_MOST_STEPS):
            if not isinstance(value, Link):
                return seed_in(value)
            inputs = self._graph[value.node].inputs if value.node in self._graph else {}
            keys = [*_SEEDS, "value", "int", "INT", "number", "Value", "a", "any", "input", ""]
            value = next((inputs[key] for key in keys if key in inputs), None)
        return None

    def _model(self, name: str) -> str | None:
        for current in [name, *self._upstream(name)]:
            inputs = {key: value for key, value in self._graph[current].inputs.items() if key in _MODELS}
            if found := first_name(inputs, *_MODELS):
                return found
        return None

    def _text(self, link: Link) -> str | None:
        """The text that comes out of a slot: of a string, or of a conditioning; None where that can't be told."""
        return self._text_of(link.node, link.slot)

    def _text_of(self, name: str, slot: int) -> str | None:
        self._steps -= 1
        node = self._graph.get(name)
        if node is None or self._steps < 0 or _WRITES_ITSELF.search(node.kind) or "ZeroOut" in node.kind:
            return None
        inputs = node.inputs
        if "negative" in inputs and slot == 1 and isinstance(inputs["negative"], Link):
            return self._text(inputs["negative"])
        if "on_true" in inputs or "on_false" in inputs:
            switch = inputs.get("switch", inputs.get("boolean"))
            return self._value(inputs.get("on_true" if switch else "on_false")) if isinstance(switch, bool) else None
        if (joined := self._joined(node)) is not None:
            return joined
        for key in _TEXTS:
            if key in inputs and (isinstance(inputs[key], str) or self._is_text(inputs[key])):
                return self._value(inputs[key])
        found = [self._text(value) for key, value in inputs.items() if isinstance(value, Link) and key not in _NO_TEXT]
        texts = {text for text in found if text is not None}
        return texts.pop() if len(texts) == 1 else None  # of several, a switch may pass on any

    def _is_text(self, value: object) -> bool:
        return isinstance(value, Link) and value.node in self._graph

    def _value(self, value: object) -> str | None:
        return self._text(value) if isinstance(value, Link) else value if isinstance(value, str) else None

    def _joined(self, node: Node) -> str | None:
        """What a node that joins texts or conditionings makes of them; None for any other node."""
        inputs, kind = node.inputs, node.kind.lower()
        if "conditioning" in kind and re.search("combine|concat|average", kind):
            parts = [inputs[key] for key in sorted(inputs, key=_order) if key.startswith("conditioning")]
            links = [self._text(part) for part in parts if isinstance(part, Link)]
            return None if None in links else ", ".join(text for text in links if text)
        if re.search("concat|join|combine|append", kind):
            keys = [key for key in inputs if re.fullmatch(r"(?:string|text|str|prompt|input)_?(?:[a-h]|\d+)", key)]
            texts = [self._value(inputs[key]) for key in sorted(keys)]
            if texts:
                between = inputs.get("delimiter", inputs.get("separator", ""))
                between = between if isinstance(between, str) else ""
                return None if None in texts else between.join(text for text in texts if text)
        if "replace" in kind and isinstance(find := inputs.get("find"), str) and "string" in inputs:
            text = self._value(inputs["string"])
            return None if text is None else text.replace(find, str(inputs.get("replace", ""))) if find else text
        return None


def _order(key: str) -> tuple[bool, str]:
    """`conditioning_to` goes before `conditioning_from`."""
    return key.endswith("_from"), key


def _makes_sound(node: Node) -> bool:
    inputs = node.inputs
    if any(key in inputs for key in ("positive", "guider")) and _has(inputs, (*_SEEDS, "noise", "latent_image")):
        return True
    return _has(inputs, _SEEDS) and _has(inputs, ("tags", "prompt", "text", "caption")) and "clip" not in inputs


def _has(inputs: Mapping[str, object], keys: Sequence[str]) -> bool:
    return any(key in inputs for key in keys)
