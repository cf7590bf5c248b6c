"""All that the sources say about a file, put together: words that somebody wrote before guesses, the surest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from library.importing.origin import Origin
from library.importing.sources.documents import sort_texts
from library.importing.sources.file_names import Pattern, from_name
from library.importing.sources.sidecar import Folders, read_sidecars
from library.importing.tags.read_tags import read_tags
from library.importing.tools import stable_audio_tools
from library.importing.tools.ask import ask_readers
from library.importing.tools.clue import Clue, Told
from library.machine_text import is_machine_text
from library.take import READERS_VERSION, WORDS, Source, Sources, Word

Problem = tuple[Path, str]
"""A file, and what is wrong with it in a sentence."""


@dataclass(frozen=True)
class ToldWords:
    """What the sources say about a file."""

    origin: Origin
    told_by: Sources
    fits: bool = True
    """Its name is as the pattern says, if there is one."""
    unreadable: Sequence[Problem] = ()
    """Files beside it that are there and can't be read."""
    unclear: Sequence[Problem] = ()
    """Tags, or files beside it, that are there and not understood."""


def ask_sources(path: Path, sheet_origin: Origin, pattern: Pattern | None, folders: Folders) -> ToldWords:
    """What the sheet, which says `sheet_origin`, the tags, the files beside it and the name say about `path`.

    Each word is the surest source's. A title or a name is a guess, and gives way to what anybody wrote as a prompt.
    Raises OriginError for words that are too long.
    """
    tags, tag_problems = answers_of_tags(path)
    sidecars = read_sidecars(path, folders)
    beside = [(clue, ask_readers(clue)) for clue in sidecars.clues]
    from_pattern = pattern.read(path) if pattern is not None else None
    from_name_ = stable_audio_tools.read_name(path) or Told("", from_name(path))
    answers: list[tuple[Source, str, Origin]] = [
        ("sheet", "", sheet_origin),
        *(("tags", told.tool, told.origin) for told in tags),
        *(("sidecar", told.tool, told.origin) for _, answer in beside for told in answer),
        ("pattern", "", from_pattern or Origin()),
        *(("title", "", Origin(told.guess)) for told in [*tags, *(told for _, answer in beside for told in answer)]),
        ("name", from_name_.tool, Origin() if from_pattern else from_name_.origin),
    ]
    unclear = [(path, problem) for problem in tag_problems] + sidecars.unclear
    for clue, answer in beside:
        if not any(told.origin.prompt for told in answer):
            unclear += [(path.parent / clue.name, told.unclear) for told in answer if told.unclear][:1]
    origin, told_by = _join(answers)
    fits = pattern is None or from_pattern is not None
    return ToldWords(origin, told_by, fits, sidecars.unreadable, unclear)


def answers_of_tags(path: Path) -> tuple[list[Told], list[str]]:
    """What the readers make of the tags of `path`, and what is there and not understood, in sentences."""
    tags = read_tags(path)
    texts = sort_texts(tags.texts)
    answers = ask_readers(Clue(path, texts.words, texts.documents))
    problems = [tags.problem] if tags.problem else []
    if not any(told.origin.prompt for told in answers):
        problems += [f"Its tag “{name}” looks like JSON but isn't valid." for name in texts.broken[:1]]
        problems += [told.unclear for told in answers if told.unclear][:1]
    return answers, problems


def _join(answers: Sequence[tuple[Source, str, Origin]]) -> tuple[Origin, Sources]:
    """The words together, and who told each."""
    origin, sources, tools = Origin(), dict[Word, Source](), dict[Word, str]()
    for source, tool, answer in answers:
        said = replace(answer, prompt=None) if answer.prompt and is_machine_text(answer.prompt) else answer
        for word in WORDS:
            if getattr(said, word) is not None and word not in sources:
                sources[word], tools[word] = source, tool
        origin = origin.filled_from(said)
    teller = tools.get("prompt") if origin.prompt else tools.get("seed")
    return origin.without_contradicted_recipe(), Sources(**sources, tool=teller or None, readers=READERS_VERSION)
