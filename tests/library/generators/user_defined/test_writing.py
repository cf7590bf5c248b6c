"""Tables that are added to generators.toml: as text, checked, and beside what the user wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.generators.user_defined.read import read_definitions
from library.generators.user_defined.write import GeneratorsFileError, add_table, check_table, table_text

CPP = {"kind": "acestep-cpp", "url": "http://box:8080"}


def test_the_first_and_the_next_are_added_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "earmark" / "generators.toml"
    add_table("one", table_text("one", CPP), path)
    path.write_text(f"# mine\n{path.read_text()}jobs = 2 # two", "utf-8")
    add_table("two", table_text("two", {"kind": "command", "command": ["x", "{out}"], "version": []}), path)
    assert path.read_text("utf-8").startswith("# mine\n[generators.one]\n")
    found = read_definitions(path)
    assert found.faults == ()
    assert [(each.name, each.jobs) for each in found.definitions] == [("one", 2), ("two", None)]


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("one", CPP, "already"),
        ("", CPP, "can't be a generator's name"),
        ("Two Words", CPP, "can't be a generator's name"),
        ("a]\n[generators.b", CPP, "name|means nothing|kind"),
        ("two", {"kind": "comfyui"}, "no workflow"),
        ("two", {"kind": "acestep-cpp", "url": "box"}, "url can't be"),
    ],
)
def test_what_makes_no_sense_changes_nothing(tmp_path: Path, name: str, values: dict, words: str) -> None:
    path = tmp_path / "generators.toml"
    path.write_text(before := table_text("one", CPP))
    with pytest.raises(GeneratorsFileError, match=words):
        add_table(name, table_text(name, values), path)
    assert path.read_text() == before


@pytest.mark.parametrize("content", [b"[generators.x\n", b"\xff"])
def test_a_file_with_a_mistake_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "generators.toml"
    path.write_bytes(content)
    with pytest.raises(GeneratorsFileError, match="mistake"):
        add_table("two", table_text("two", CPP), path)
    assert path.read_bytes() == content


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])), min_size=1))
def test_any_text_reads_back(words: list[str]) -> None:
    text = table_text("x", {"command": words})
    assert tomllib.loads(text)["generators"]["x"]["command"] == words


def test_a_table_is_checked_without_being_written(tmp_path: Path) -> None:
    path = tmp_path / "generators.toml"
    assert check_table("one", table_text("one", CPP), path).url == "http://box:8080"
    assert not path.exists()
