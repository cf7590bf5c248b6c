"""Libraries and takes for the tests of ratings."""

from __future__ import annotations

import hashlib

import pytest

from library.take import Take, make_id


def make_take(number: int, **given) -> Take:
    """A take as a catalog holds it, of which only the number matters unless more is given."""
    values = {
        "id": make_id(hashlib.sha256(str(number).encode()).digest()),
        "batch": "b",
        "file": f"{number}.flac",
        "duration_s": 10.0,
        "sample_rate": 32000,
        "channels": 1,
        "created_at": f"2026-01-01T00:00:00.{number:06d}Z",
    }
    return Take(**{**values, **given})


@pytest.fixture
def takes():
    """Makes a take from a number and whatever fields matter."""
    return make_take


@pytest.fixture
def ids():
    """Makes the id of the take of a number."""
    return lambda number: make_take(number).id
