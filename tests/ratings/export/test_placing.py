"""Where exports may go."""

from __future__ import annotations

import pytest

from ratings.errors import ExportError


def everything(root):
    return {path: path.is_file() and path.read_bytes() for path in root.rglob("*")}


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (".", "is the library itself"),
        ("batches", "is inside the library"),
        ("batches/{batch}", "is inside the library"),
        ("sessions/ann", "is inside the library"),
        ("set-aside", "is inside the library"),
        ("best/of/all", "is inside the library"),
        ("../library", "is the library itself"),
        ("../link", "is the library itself"),
        ("../link/best", "is inside the library"),
        ("../best/../library/best", "is inside the library"),
    ],
)
def test_the_library_takes_no_export_by_whatever_way(shelf, tmp_path, way, said):
    shelf.add(1, stars=5)
    (tmp_path / "link").symlink_to(shelf.root)
    before = everything(shelf.root)
    folder = shelf.root / way.format(batch=shelf.batch.name)
    with pytest.raises(ExportError, match=f"{said}\\.") as caught:
        shelf.export(folder)
    assert str(shelf.root) in caught.value.remedy
    assert everything(shelf.root) == before


def test_what_is_refused_is_so_before_there_is_anything_to_export(shelf):
    with pytest.raises(ExportError, match="inside the library"):
        shelf.export(shelf.root / "best")


def test_parts_of_the_library_that_are_links_are_the_library(shelf, tmp_path):
    shelf.add(1, stars=5)
    (shelf.root / "batches").rename(tmp_path / "elsewhere")
    (shelf.root / "batches").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError, match="inside the library"):
        shelf.export(tmp_path / "elsewhere" / shelf.batch.name)


def test_a_folder_beside_the_library_with_a_name_that_begins_as_its_own(shelf, tmp_path):
    shelf.add(1, stars=5)
    assert shelf.export(tmp_path / "library-best").files
