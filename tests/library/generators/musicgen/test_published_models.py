"""Names of checkpoints."""

from __future__ import annotations

import subprocess
import sys

import pytest

from library.generators.musicgen.published_models import PUBLISHED, full_name, published


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "facebook/musicgen-small"),
        ("small", "facebook/musicgen-small"),
        ("stereo-melody-large", "facebook/musicgen-stereo-melody-large"),
        ("musicgen-melody", "facebook/musicgen-melody"),
        ("facebook/musicgen-large", "facebook/musicgen-large"),
        ("someone/fine-tuned", "someone/fine-tuned"),
        ("/models/mine", "/models/mine"),
    ],
)
def test_full_names(given, expected):
    assert full_name(given) == expected


def test_what_is_known_of_the_published_ones():
    assert len(PUBLISHED) == 10
    melody = published("facebook/musicgen-stereo-melody")
    assert melody is not None
    assert melody.melody
    assert melody.stereo
    assert published("someone/fine-tuned") is None


def test_names_come_without_torch():
    program = "import sys, library.generators.musicgen.published_models; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
