"""What is recovered from files as tools write them: nearly all, and nothing wrong in silence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.library.importing.imitations import IMITATIONS, Imitation
from tests.reading_words import words_of


@pytest.mark.parametrize("imitation", IMITATIONS, ids=lambda item: f"{item.tool}-{item.variant}")
def test_prompt_and_seed_are_recovered(imitation: Imitation, tmp_path: Path) -> None:
    words = words_of(imitation.write(tmp_path))
    assert (words.origin.prompt, words.origin.seed) == (imitation.prompt, imitation.seed)
    assert bool(words.unclear) == imitation.named
    assert not words.unreadable


def test_the_matrix_is_wide_enough() -> None:
    tools = Counter(imitation.tool for imitation in IMITATIONS)
    assert tools.total() >= 60
    assert len(tools) >= 12
