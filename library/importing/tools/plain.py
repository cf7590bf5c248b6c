"""Words that any tool, or a person, may have written plainly: JSON and tags with a `prompt`, `prompt: … seed: …`.

Earmark's own exports are of this kind: their recipe stands in the comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from library.importing.origin import Origin, OriginError, clean_text
from library.importing.tools.clue import Clue, Told, first_name, first_prompt, prompt_in, seed_in, seeds_in
from library.spelling import one_spelling
from library.take import MAX_NAME, Recipe

_PROMPTS = ("prompt", "text", "caption", "description", "positive_prompt", "descriptions")
_SEEDS = ("seed", "manual_seed", "random_seed", "noise_seed", "actual_seed", "seeds", "actual_seeds")
_MODELS = ("model", "model_name", "checkpoint", "model_id")
_GENERATORS = ("generator", "tool")
_TITLES = ("title", "name")
_NESTING = (
    "prompt", "recipe", "params", "parameters", "settings", "config", "metadata", "generation", "request", "input",
    "inputs", "generation_params", "generation_parameters", "meta", "metas", "data", "result",
)  # fmt: skip
_NO_WORDS_OF_A_PROMPT = re.compile(
    r"title|name|artist|author|album|date|time|path|file|url|model|generator|tool|sampler|scheduler|lyric|negative|version"
    r"|licen[cs]e|software|encoder|comment|copyright|user|device|platform|key|recipe|fingerprint",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:^|(?<=[\n;|,])|(?<=\s))[ \t]*(negative[ _]prompt|prompt|text|caption|seed|model(?:[ _]name)?|steps|sampler|"
    r"cfg(?:[ _]scale)?|guidance(?:[ _]scale)?|duration|length|temperature|top[ _][kp]|generator|tool|lyrics|title)"
    r"[ \t]*[:=]",
    re.IGNORECASE,
)
_MENTIONS_SEED = re.compile(r"\bseed\b\W{0,3}[0-9]", re.IGNORECASE)
_MOST_TEXT = 100_000
_TEXT_TAGS = ("comment", "description", "parameters", "subject", "keywords", "")
_NO_PROMPT = "No prompt found in {}."


def read(clue: Clue) -> Told | None:
    """What `clue` says plainly; None where it is not meant for anything like it."""
    told = [*map(_from_mapping, clue.mappings()), *_from_named_tags(clue), *_from_texts(clue)]
    origin = Origin()
    for item in told:
        origin = origin.filled_from(item.origin)
    guess = next((item.guess for item in told if item.guess), None)
    unclear = "" if origin.prompt else next((item.unclear for item in told if item.unclear), "")
    if not told and (any(clue.documents.values()) or any(clue.texts.get("", ()))):
        unclear = _NO_PROMPT.format("it")
    tool = next((item.tool for item in told if item.tool), "")
    return Told(tool, origin, unclear, guess) if told or unclear else None


def _from_mapping(document: dict[str, Any]) -> Told:
    origin, guess = Origin(), None
    levels = list(_levels(document, 3))
    for level in levels:
        origin = origin.filled_from(
            Origin(
                first_prompt(level, *_PROMPTS),
                next((seed for seed in (_seed(level.get(key)) for key in _SEEDS) if seed is not None), None),
                first_name(level, *_MODELS),
                first_name(level, *_GENERATORS),
                _recipe(level),
            )
        )
        guess = guess or first_prompt(level, *_TITLES)
    refused = any(level.get(key) not in (None, "") for level in levels for key in _PROMPTS)
    if not origin.prompt and (origin.seed is None or refused or any(map(_has_other_words, levels))):
        # Its own prompt is there, somewhere: a seed without it would be put beside a guess.
        return Told("", Origin(None, None, origin.model, origin.generator), _NO_PROMPT.format("it"), guess)
    return Told("Earmark" if origin.recipe else "", origin, guess=guess)


def _levels(data: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """`data` and what is nested in it under the names we know, the outer levels first."""
    level = [data]
    for _ in range(depth):
        mappings = [item for item in level if isinstance(item, dict)]
        yield from ({str(key).lower(): value for key, value in mapping.items()} for mapping in mappings)
        level = [value for item in mappings for name, value in item.items() if str(name).lower() in _NESTING]


def _seed(value: object) -> int | None:
    seeds = seeds_in(value)
    return seeds[0] if len(seeds) == 1 else None


def _has_other_words(level: Mapping[str, Any]) -> bool:
    lists = ((key, value[:100] if isinstance(value, list) else [value]) for key, value in level.items())
    texts = ((key, text) for key, values in lists for text in values if isinstance(text, str) and " " in text.strip())
    return any(prompt_in(text[:1000]) and not _NO_WORDS_OF_A_PROMPT.search(key) for key, text in texts)


def _recipe(level: Mapping[str, Any]) -> Recipe | None:
    """A whole recipe, as our own exports carry it."""
    try:
        recipe = msgspec.convert(level, Recipe)
        names = [recipe.generator, recipe.model, recipe.revision, recipe.licence]
        names += [text for pair in recipe.fingerprint.items() for text in pair]
        safe = one_spelling(recipe.prompt) == clean_text(recipe.prompt) and all(
            not text or one_spelling(text) == clean_text(text, MAX_NAME, "recipe") for text in names
        )
    except (msgspec.ValidationError, ValueError, OriginError):
        return None
    return recipe if safe else None


def _from_named_tags(clue: Clue) -> Iterator[Told]:
    """Tags called `prompt`, `seed` and `model`."""
    texts = {name: clue.texts.get(name, ()) for name in ("prompt", "seed", "model")}
    prompt = next(filter(None, map(prompt_in, texts["prompt"])), None)
    seed = next((seed for seed in map(seed_in, texts["seed"]) if seed is not None), None)
    model = next(filter(None, (first_name({"model": text}, "model") for text in texts["model"])), None)
    if any(texts.values()):
        unclear = _NO_PROMPT.format("its tag “prompt”") if texts["prompt"] and not prompt else ""
        if seed is not None and not prompt and any(" " in text and prompt_in(text) for text in _free_texts(clue)):
            unclear = "It has a seed and some text, but Earmark can't tell if the text is the prompt."
        yield Told("", Origin(prompt, None if unclear else seed, model), unclear)
    if title := next(filter(None, map(prompt_in, clue.texts.get("title", ()))), None):
        yield Told("", guess=title)


def _free_texts(clue: Clue) -> Iterator[str]:
    return (text[:1000] for name in ("comment", "description") for text in clue.texts.get(name, ()))


def _from_texts(clue: Clue) -> Iterator[Told]:
    for name in _TEXT_TAGS:
        for text in clue.texts.get(name, ()):
            if len(text) <= _MOST_TEXT:
                yield from _from_text(text, name)


def _from_text(text: str, name: str) -> Iterator[Told]:
    """Words in the form `prompt: …; seed: …`, from the first on: whatever stands before would be left out."""
    labels = [match for match in _LABEL.finditer(text) if not match[0][:1].isspace() or text[: match.start()].strip()]
    if labels and not text[: labels[0].start()].strip():
        ends = [label.start() for label in labels[1:]] + [len(text)]
        said = dict[str, str]()
        for label, end in zip(labels, ends, strict=True):
            said.setdefault(label[1].lower().replace(" ", "_"), text[label.end() : end].strip(" \t\r\n;,|"))
        prompt, seed = first_prompt(said, *_PROMPTS), seed_in(said.get("seed"))
        if prompt or (seed is not None and not any(_has_other_words({label: value}) for label, value in said.items())):
            model = first_name(said, *_MODELS)
            yield Told("", Origin(prompt, seed, model, first_name(said, *_GENERATORS)))
            return
    if _MENTIONS_SEED.search(text) and name:
        yield Told("", unclear=f"Its {name} mentions a seed, but not in a format Earmark knows.")
