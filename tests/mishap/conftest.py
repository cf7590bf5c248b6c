"""A disk for what is killed and refused."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mishap.cases import lay_ground


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A folder in memory where there is one: each call is stopped, and none has to wait for a disk as well."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def ground(disk: Path) -> Path:
    """What `lay_ground` says."""
    return lay_ground(disk / "ground")
