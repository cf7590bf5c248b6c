"""Paths as people type them and as terminals paste them."""

from __future__ import annotations

from pathlib import Path

import pytest

from library.errors import UnknownUserError
from library.locations import typed_path, typed_paths


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a folder and two files in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my takes").mkdir()
    for name in ("a b.wav", "it's.wav"):
        (tmp_path / "my takes" / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "{home}/my takes",
        "{home}/my takes  ",
        "{home}/my takes\r\n",
        "'{home}/my takes'",
        "'{home}/my takes' ",
        '"{home}/my takes"',
        "{home}/my\\ takes ",
        "file://{home}/my%20takes",
        "file://localhost{home}/my%20takes",
        "file://some-host{home}/my%20takes",
        "FILE:{home}/my%20takes",
        "'file://{home}/my%20takes'",
        "~/{home}/my takes",
        "~/'{home}/my takes' ",
        "~/{home}/my\\ takes",
        "~/file://{home}/my%20takes",
        "~/~/my takes",
        "~/my takes",
        "~/my\\ takes",
        "'~/my takes'",
        "my takes",
    ],
)
def test_a_path_is_known_however_it_is_pasted(home: Path, text: str) -> None:
    (path,) = typed_paths(text.format(home=home))
    assert path.absolute() == home / "my takes"


@pytest.mark.parametrize(
    "text",
    [
        "'{one}' '{home}/my takes/it'\\''s.wav'",
        "{home}/my\\ takes/a\\ b.wav {home}/my\\ takes/it\\'s.wav ",
        "'{one}' \"{other}\" ",
        "{one}\n{other}\n",
        "{one} {other}",
        "~/'{one}' \"{other}\"",
        'file://{url} "{other}"',
        "file://{url}\r\n\r\nfile://{home}/my%20takes/it%27s.wav\r\n",
    ],
)
def test_several_paths_are_pasted_at_once(home: Path, text: str) -> None:
    one, other = home / "my takes" / "a b.wav", home / "my takes" / "it's.wav"
    url = str(one).replace(" ", "%20")
    assert typed_paths(text.format(one=one, other=other, url=url, home=home)) == [one, other]


@pytest.mark.parametrize(
    "name", ["'quoted'", '"', "back\\slash", "a\\ b", " blanks ", "100%20", "it's", "a /b", "~x y"]
)
def test_what_is_there_as_it_is_typed_is_never_read_otherwise(home: Path, name: str) -> None:
    for path in (home / name, home / "back/slash", home / "b"):
        path.mkdir(parents=True, exist_ok=True)
    assert typed_paths(f"{home}/{name}") == [home / name]


def test_accents_are_found_composed_or_not(home: Path) -> None:
    (home / "Fu\u0308r").mkdir()
    assert typed_paths("~/Für") == [home / "Fu\u0308r"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        (" \n ", []),
        ("''", ["''"]),
        ("/new/my takes", ["/new/my takes"]),
        ("'/new/my takes'", ["/new/my takes"]),
        ("~//new/x", ["/new/x"]),
        ("/new/x 'and /y'", ["/new/x 'and /y'"]),
        ("/new/x /new/y", ["/new/x", "/new/y"]),
        ("/new/it's", ["/new/it's"]),
        ("file:///new/%C3%BC%ff", ["/new/ü\udcff"]),
        ("file:///new/%00", ["file:///new/%00"]),
    ],
)
def test_what_is_not_there_is_read_in_the_likeliest_way(home: Path, text: str, paths: list[str]) -> None:
    assert typed_paths(text) == [Path(path) for path in paths]


def test_arguments_are_literal_but_for_homes_and_urls(home: Path) -> None:
    assert typed_path("'a' \\b ") == Path("'a' \\b ")
    assert typed_path("~/a") == home / "a"
    assert typed_path("file:///a%20b") == Path("/a b")
    assert typed_path(Path("file:///a%20b")) == Path("/a b")
    with pytest.raises(UnknownUserError):
        typed_paths("~nosuchuser/a")
