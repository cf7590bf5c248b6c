"""Where a take's words come from, as its page says it."""

from __future__ import annotations

from typing import Any

import pytest

from library.take import Sources, Take
from tui.browsing.take_detail import told_by_words


def take(told_by: Sources | None, **words: Any) -> Take:
    return Take(id="0" * 20, batch="b", file="a.wav", duration_s=1.0, sample_rate=48000, channels=2,
                created_at="2026-01-01T00:00:00Z", told_by=told_by, **words)  # fmt: skip


@pytest.mark.parametrize(
    ("told_by", "words", "said"),
    [
        (Sources(prompt="tags", seed="tags", tool="ComfyUI"), {"prompt": "a", "seed": 1}, "its tags (ComfyUI)"),
        (Sources(prompt="sidecar", seed="name", tool="Suno"), {"prompt": "a", "seed": 1},
         "prompt: a file beside it (Suno) · seed: guessed from its name"),
        (Sources(prompt="title"), {"prompt": "a"}, "guessed from its title"),
        (Sources(), {}, ""),
        (None, {"prompt": "a", "seed": 1}, ""),
    ],
)  # fmt: skip
def test_the_page_says_who_told_the_words(told_by: Sources | None, words: dict[str, Any], said: str) -> None:
    assert told_by_words(take(told_by, **words)) == said
