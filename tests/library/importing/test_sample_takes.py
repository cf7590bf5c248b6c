"""The 28 real takes, with the seeds that made them."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from library.errors import ImportingError
from library.importing.sample_takes import find_samples, import_samples, read_listing
from library.library import Library
from library.store.catalog import Catalog
from tests.needs import SAMPLES


@pytest.mark.needs(SAMPLES)
def test_the_grid_of_prompts_and_seeds(tmp_path: Path) -> None:
    assert find_samples() is not None
    catalog = Catalog(Library(tmp_path))
    report = import_samples(catalog)
    assert (len(report.takes), report.failed, report.duplicates) == (28, [], [])
    grid: dict[str, set[int]] = defaultdict(set)
    for take in report.takes:
        assert take.prompt is not None
        assert take.seed is not None
        assert (take.generator, take.model) == ("ace-step", "acestep-v15-xl-turbo")
        grid[take.prompt].add(take.seed)
    moods = ("calm", "energetic", "happy", "nostalgic", "tender")
    assert set(grid) == {f"{mood} {flavour}" for mood in moods for flavour in ("acoustic", "electronic")}
    # From the package's list; the names of the files say 1 where the seed is 101.
    assert grid["calm acoustic"] == {101, 411, 522}
    assert grid["energetic electronic"] == {202, 411}
    assert grid["happy electronic"] == {101, 202, 411}
    assert Counter(take.seed for take in report.takes) == {101: 7, 202: 7, 411: 9, 522: 5}
    assert not import_samples(catalog).takes


def test_a_list_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "LICENSE-MUSIC").write_text("calm/\n")
    with pytest.raises(ImportingError, match="lists no tracks"):
        read_listing(tmp_path / "LICENSE-MUSIC")
