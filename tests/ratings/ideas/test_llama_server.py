"""Ideas from llama.cpp's own server, with a model that writes all that a JSON schema lets through.

Its packages are the group `llama` of pyproject.toml.
"""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from ratings.ideas.idea import Idea, IdeasError
from ratings.ideas.server import ask_server
from tests.needs import package
from tests.ratings.ideas import llama_server

pytestmark = pytest.mark.needs(package("xllamacpp"), package("gguf"))


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, llama_server.__file__, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield next(line.strip() for line in process.stdout if line.startswith("http"))
        process.stdin.close()


def ideas_of(address: str) -> list[Idea]:
    """None where the answer was no JSON: now and then the model writes half of a surrogate pair."""
    try:
        return ask_server(f"{address}/v1", None, "waltz", 5, ())
    except IdeasError:
        return []


def test_a_real_server_answers_and_nothing_that_it_writes_does_harm(address: str) -> None:
    asked = [ideas_of(address) for _ in range(80)]
    found = [idea for ideas in asked for idea in ideas]
    assert len(found) > 5, "the schema was obeyed"
    assert max(map(len, asked)) <= 5
    for text in (text for idea in found for text in (idea.prompt, idea.because)):
        assert text
        assert text.isprintable()
        assert not {unicodedata.category(letter) for letter in text} & {"Cc", "Cf", "Cs", "Co", "Cn"}
