"""A library of six takes that nobody has judged."""

from __future__ import annotations

import pytest

from tests.ratings.export.shelf import Shelf
from tests.ratings.panel.answering import RATE, tune


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path / "library")
    for number in range(6):
        made.add(number, rate=RATE, samples=tune(number), prompt=f"neon drive {number % 2}", seed=4110 + number)
    return made
