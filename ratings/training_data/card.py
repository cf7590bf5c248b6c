"""A dataset's card: what is in it, whose ears judged it, what the models' licences ask, and how to load it.

The front matter is that of dataset cards on the Hugging Face Hub (huggingface.co/docs/hub/datasets-cards, 2026).
"""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from library.take import utc_now
from ratings.export.request import ExportedFile
from ratings.history import History
from ratings.judgement import Duel, Pick, Reject, Stars
from ratings.training_data.pairs import Pair

MADE_BY = "Dataset made by"
"""By this a card of ours is known again."""
_ON_THE_HUB = {"CC-BY-NC 4.0": "cc-by-nc-4.0", "MIT": "mit", "Apache-2.0": "apache-2.0", "CC0": "cc0-1.0"}
"""Licences by our name, and by the Hub's."""
_QUESTION = "Imagine it played live, by an orchestra or a small band. Would you call it good?"
_USES = {
    "pairs": (
        "Each row is two takes of one prompt. `strategy` says how the better one is known: `duel`, somebody heard the "
        "two against each other and chose; `posterior`, all judgements together imply it. `margin` is by how many "
        "stars Earmark's rating model takes it to be better, `certainty` the model's probability that it is."
    ),
    "lora": "Each row is a take and its caption, in the columns that ACE-Step's trainer reads. Empty: not known.",
    "audiofolder": (
        "Each row is a take. `stars` is the mean of the stars given; `score`, with its 80 % range `low` to `high`, "
        "what its listeners would give it if they heard it often."
    ),
}
_LOADING = {
    "pairs": """from datasets import Audio, load_dataset

pairs = load_dataset("csv", data_files=f"{folder}/pairs.csv", split="train")
pairs = pairs.map(lambda row: {kind: f"{folder}/{row[f'{kind}_file_name']}" for kind in ("chosen", "rejected")})
pairs = pairs.cast_column("chosen", Audio()).cast_column("rejected", Audio())""",
    "lora": """from datasets import load_dataset

takes = load_dataset("csv", data_files=f"{folder}/metadata.csv", split="train")""",
    "audiofolder": """from datasets import load_dataset

takes = load_dataset("audiofolder", data_dir=folder, split="train")""",
}


@dataclass(frozen=True)
class Contents:
    """What a card is about."""

    format: str
    sheet: str
    files: Sequence[ExportedFile]
    pairs: Sequence[Pair]
    certainty: float
    """What a pair that is no duel had to reach."""
    software: str


def card(contents: Contents, history: History) -> str:
    """The card, in Markdown."""
    files = contents.files
    parts = [
        _front_matter(contents),
        f"# Judged takes of generative models\n\n{_summary(contents)}\n\n{_USES[contents.format]}",
        f"## Whose ears\n\nEvery answer is to one question: “{_QUESTION}”\n\n{_listeners(files, history)}",
        f"## Models and licences\n\n{_models(files)}",
        f'## Load it\n\n```python\nfolder = "…"\n{_LOADING[contents.format]}\n```',
        f"{MADE_BY} {contents.software} on {utc_now()[:10]}.",
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(contents: Contents) -> str:
    licences = {file.licence for file in contents.files}
    only = next(iter(licences)) if len(licences) == 1 else None
    lines = ["license: " + _ON_THE_HUB.get(only or "", "other")]
    if contents.format != "audiofolder":  # whose sheet the Hub finds itself
        lines += ["configs:", "- config_name: default", f"  data_files: {contents.sheet}"]
    return "\n".join(["---", *lines, "tags:", "- music", "- earmark", "---"])


def _summary(contents: Contents) -> str:
    files = contents.files
    minutes = sum(file.duration_s for file in files) / 60
    prompts = len({file.prompt for file in files if file.prompt})
    text = f"{len(files):,} takes of {prompts:,} prompts, {minutes:,.1f} minutes"
    if contents.format != "pairs":
        return f"{text}."
    kinds = Counter(pair.strategy for pair in contents.pairs)
    return (
        f"{len(contents.pairs):,} pairs from {text}: {kinds['duel']:,} by duels, {kinds['posterior']:,} of which the "
        f"model is at least {contents.certainty:.0%} sure."
    )


def _listeners(files: Sequence[ExportedFile], history: History) -> str:
    """Who judged these takes and how often; the name of this machine's user is nobody's to know."""
    answers: Counter[str] = Counter()
    takes = {file.take for file in files}
    for event in history.live():
        if isinstance(event, (Stars, Reject, Pick, Duel)):
            other = event.other if isinstance(event, Duel) else event.take
            answers[event.listener] += event.take in takes or other in takes
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = ""
    heard = [(name, count) for name, count in answers.most_common() if count]
    lines = [f"- {'a listener' if name == user else name}: {count:,} answers" for name, count in heard]
    return "\n".join(lines) or "Nobody has judged these takes."


def _models(files: Sequence[ExportedFile]) -> str:
    made: Counter[tuple[str, str]] = Counter()
    for file in files:
        made[" ".join(filter(None, (file.generator, file.model))) or "unknown", file.licence or ""] += 1
    lines = [
        f"- {model}, {count:,} takes: {licence or 'no licence recorded; check before you share or train on it'}"
        for (model, licence), count in made.most_common()
    ]
    note = "A licence of weights may also bind the sound that they make, and what is trained on it: read it first."
    return "\n".join([*lines, "", note])
