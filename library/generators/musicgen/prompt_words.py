"""What MusicGen's text encoder makes of prompts: what it doesn't know of them, which are one to it. No torch here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from library.errors import UnknownUserError
from library.generators.musicgen.published_models import TEXT_ENCODER, full_name
from library.locations import typed_path

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

SPELLINGS_FILE = "spiece.model"
MOST_PIECES = 512
"""What T5 was trained on at most. Longer prompts are read, too, all of them."""
_SHOWN = 30
_NAMED = 4
"""Unknown words, or prompts, named one by one."""


@dataclass(frozen=True)
class ReadPrompt:
    """A prompt as the text encoder has it."""

    pieces: tuple[int, ...]
    """Prompts with the same ones are one to the model."""
    unknown: tuple[str, ...]
    """What it has no piece for, each once: all of that is one and the same to it."""


def read_prompt(spellings: SentencePieceProcessor, prompt: str) -> ReadPrompt:
    """`prompt` in the pieces of `spellings`, a SentencePieceProcessor."""
    pieces = tuple(spellings.encode(prompt))
    written = spellings.encode(prompt, out_type=str)
    unknown = dict.fromkeys(
        part.strip("▁ ") for piece, part in zip(pieces, written, strict=True) if piece == spellings.unk_id()
    )
    return ReadPrompt(pieces, tuple(filter(None, unknown)))


def prompt_remarks(prompts: Sequence[str], spellings: SentencePieceProcessor) -> tuple[str, ...]:
    """What a user should know of `prompts` before anything is made of them, in sentences."""
    read = {prompt: read_prompt(spellings, prompt) for prompt in prompts}
    return tuple(_remarks(read))


def light_remarks(prompts: Sequence[str], model: str | None) -> tuple[str, ...]:
    """The same without loading the model called so; nothing where its text encoder isn't on this machine yet."""
    path = _spellings_file(model)
    return () if path is None else prompt_remarks(prompts, _load_spellings(str(path)))


def quoted(text: str) -> str:
    """A prompt as it is named in a sentence."""
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1].rstrip() + '…'}”"


def _remarks(read: dict[str, ReadPrompt]) -> Iterator[str]:
    first: dict[tuple[int, ...], str] = {}
    alike: dict[str, list[str]] = {}
    for prompt, reading in read.items():
        if (twin := first.setdefault(reading.pieces, prompt)) != prompt:
            alike.setdefault(twin, []).append(prompt)
    for twin, others in alike.items():
        one = len(others) == 1
        yield (
            f"{_listed(map(quoted, others))} {'is' if one else 'are'} the same as {quoted(twin)} to the model, so "
            f"{'it makes' if one else 'they make'} no takes of {'its' if one else 'their'} own."
        )
    unknown = list(dict.fromkeys(part for reading in read.values() for part in reading.unknown))
    if unknown:
        yield f"The model can't read {_listed(unknown)}; it knows English best."
    for prompt, reading in read.items():
        if len(reading.pieces) > MOST_PIECES:
            yield (
                f"{quoted(prompt)} is {len(reading.pieces)} tokens long; the model's text encoder was trained on up "
                f"to {MOST_PIECES}, so its end may count for little."
            )


def _listed(parts: Collection[str] | Iterator[str]) -> str:
    names = list(parts)
    named = [name if len(name) <= _SHOWN + 2 else name[:_SHOWN] + "…" for name in names[:_NAMED]]
    more = len(names) - len(named)
    words = [*named, f"{more} more"] if more else named
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _spellings_file(model: str | None) -> Path | None:
    """The file with the text encoder's pieces, where it can be had without the network."""
    if find_spec("sentencepiece") is None or find_spec("huggingface_hub") is None:
        return None
    name = full_name(model)
    try:
        own = typed_path(name) / SPELLINGS_FILE
        if own.is_file():
            return own
    except (UnknownUserError, OSError, ValueError):
        return None
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(TEXT_ENCODER, SPELLINGS_FILE)
    return Path(found) if isinstance(found, str) else None


@lru_cache(2)
def _load_spellings(path: str) -> SentencePieceProcessor:
    from sentencepiece import SentencePieceProcessor

    return SentencePieceProcessor(model_file=path)
