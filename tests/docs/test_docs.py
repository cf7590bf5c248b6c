"""What the documents mention exists: every path, link, command, option, make target and name in the code."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from keyword import kwlist
from pathlib import Path

import click
import pytest

from tui.cli.main import earmark

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
OF_THE_CODE = sorted([ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
"""Those that speak of the code, where a word in backticks is a name in it unless it is one of ELSEWHERE."""
PACKAGES = ("library", "ratings", "tui", "tests", "docs", "requirements", ".ci")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(rf"(?<![\w./*-])((?:{'|'.join(map(re.escape, PACKAGES))})/[\w./*-]*)")
MAKE = re.compile(r"^[ $]*make((?: [a-z][\w-]*(?!\w))+)", re.MULTILINE)
COMMAND = re.compile(r"^[ $]*(?:\.venv/bin/)?earmark ([a-z]+)((?: [^\n|;]*)?)", re.MULTILINE)
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")

FOREIGN = (
    "App Screen Widget Message ModalScreen Binding Signal TinyDB Storage Struct Protocol "
    "run_test pilot dict float int str list bytes tuple kill SIGTERM SIGHUP SIGKILL fsync "
    "rename pytest ruff mypy grimp msgspec textual sounddevice soundfile torch audiocraft "
    "tinydb comma click numpy scipy hypothesis CI earmark git uv tmux pulseaudio "
)
ELSEWHERE = {*kwlist, *re.findall(r"\w+", FOREIGN)}
"""Words in backticks that are not ours: Python's, the system's, our libraries'."""


def code_of(text: str) -> str:
    """All that stands in fences and backticks."""
    blocks = [block for _, block in FENCE.findall(text)]
    indented = re.findall(r"(?:^(?: {4}|\t).*\n?)+", FENCE.sub("", text), re.MULTILINE)
    code = "\n".join([*blocks, *indented, *SPAN.findall(FENCE.sub("", text))])
    return re.sub(r"(?<!\S)#.*", "", code)


def spans(text: str) -> list[str]:
    """What stands in backticks within a line."""
    return SPAN.findall(FENCE.sub("", text))


@cache
def tracked() -> frozenset[str]:
    """Every file and folder under version control, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    files = {name for name in listed if name and (ROOT / name).exists()}
    return frozenset(files | {str(parent) for name in files for parent in Path(name).parents})


@cache
def names() -> frozenset[str]:
    """Every module, class, function, field, argument, constant and short text of the program; modules of the tests."""
    found: set[str] = set()
    for path in (Path(name) for name in tracked() if name.endswith(".py")):
        found |= {*path.with_suffix("").parts, path.name}
        if path.parts[0] == "tests":
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.add(name)
                case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                    found.add(name)
                case ast.Constant(value=str(text)) if len(text) < 60:
                    found.update(re.findall(r"[\w-]+", text))
    return frozenset(found)


@cache
def targets() -> frozenset[str]:
    """Targets of the make file."""
    return frozenset(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def unknown_paths(text: str) -> list[str]:
    found = [*PATH.findall(code_of(text)), *LINK.findall(text)]
    return [path for path in found if not _exists(path.rstrip("./,"))]


def _exists(path: str) -> bool:
    if "*" in path:
        return any(Path(name).match(path) for name in tracked())
    return path in tracked() or f"docs/{path}" in tracked() or path.removeprefix("../") in tracked()


def unknown_commands(text: str) -> list[str]:
    asked = [target for several in MAKE.findall(code_of(text)) for target in several.split()]
    wrong = [f"make {target}" for target in asked if target not in targets()]
    context = click.Context(earmark)
    for name, rest in COMMAND.findall(code_of(text)):
        command = earmark.get_command(context, name)
        if command is None:
            wrong.append(f"earmark {name}")
            continue
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        wrong += [f"{name} {one}" for one in re.findall(r"(?<!\S)(--[a-z][\w-]*)", rest) if one not in options]
    return wrong


def unknown_names(text: str) -> list[str]:
    wrong = []
    for span in spans(text):
        word = span.strip()
        if not NAME.fullmatch(word):
            continue
        parts = word.removesuffix("()").split(".")
        if any(part not in names() and part not in ELSEWHERE for part in parts):
            wrong.append(word)
    return wrong


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_and_link_leads_somewhere(document: Path) -> None:
    assert unknown_paths(document.read_text("utf-8")) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_can_be_typed(document: Path) -> None:
    assert unknown_commands(document.read_text("utf-8")) == []


@pytest.mark.parametrize("document", OF_THE_CODE, ids=lambda path: path.name)
def test_every_name_is_one_of_the_code(document: Path) -> None:
    assert unknown_names(document.read_text("utf-8")) == []


def test_what_does_not_exist_is_found() -> None:
    text = (
        "See `library/nowhere.py`, [this](docs/none.md), `Catalogue`, `Catalog`, `make tea`:"
        "\n\n    earmark list --loud\n"
    )
    assert unknown_paths(text) == ["library/nowhere.py", "docs/none.md"]
    assert unknown_names(text) == ["Catalogue"]
    assert unknown_commands(text) == ["make tea", "list --loud"]
    assert unknown_commands("`earmark sing`") == ["earmark sing"]
