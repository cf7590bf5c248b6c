"""A library on disk to export from."""

from __future__ import annotations

import pytest

from tests.ratings.export.shelf import Shelf


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "library")
