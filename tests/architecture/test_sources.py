"""What the source files may hold: no broad handlers, no names of one machine, nothing of Textual's that is private."""

import ast
import inspect
import re
import subprocess
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.scroll_view import ScrollView

from library.generators import registry

ROOT = Path(__file__).parents[2]
MOST_LINES = 400

BROAD_HANDLERS = {
    "tui/playing/player/device.py": "sounddevice, imported, raises an error that cannot be imported then",
}
"""Where a broad `except` may stand, and why."""

ONE_MACHINE = re.compile(r"(?<![\w.-])/(?:root|work|Users)/\w")
REGISTRY = re.compile(  # in halves, since this file must not name them either
    r"\b(?:py" r"pi\.(?:org|python)|python" r"hosted\.|npm" r"js\.(?:org|com)|deb" r"\.debian\.|archive" r"\.ubuntu\.)"
)


def tracked() -> list[Path]:
    """Every file under version control."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


TRACKED = tracked()
SOURCES = [path for path in TRACKED if path.suffix == ".py"]
SHIPPED = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in {"library", "ratings", "tui"}]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_that_match(pattern: re.Pattern[str], path: Path) -> Iterator[str]:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:  # a picture or a sound
        return
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.search(line):
            yield f"{named(path)}:{number}: {line.strip()[:100]}"


def test_there_is_something_to_check() -> None:
    assert len(SHIPPED) > 10


@pytest.mark.parametrize("pattern", [ONE_MACHINE, REGISTRY], ids=["path of one machine", "host of a registry"])
def test_no_file_names_one(pattern: re.Pattern[str]) -> None:
    assert [line for path in TRACKED for line in lines_that_match(pattern, path)] == []


def test_no_module_is_long() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def is_broad(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {"Exception", "BaseException"}
        case ast.Tuple(elts=several):
            return any(is_broad(one) for one in several)
    return False


def broad_handlers(source: str) -> list[int]:
    """The lines on which anything at all is caught, or suppressed."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.ExceptHandler) and is_broad(node.type))
        or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"suppress", "contextlib.suppress"}
            and any(is_broad(argument) for argument in node.args)
        )
    ]


def test_nothing_catches_everything() -> None:
    found = {named(path): lines for path in SHIPPED if (lines := broad_handlers(path.read_text("utf-8")))}
    assert {name: lines for name, lines in found.items() if name not in BROAD_HANDLERS} == {}
    assert set(BROAD_HANDLERS) <= set(found), "a reason that is no longer needed"


@pytest.mark.parametrize(
    "handler",
    ["except:", "except Exception:", "except (OSError, BaseException) as e:", "except builtins.Exception:"],
)
def test_a_broad_handler_is_found(handler: str) -> None:
    assert broad_handlers(f"try:\n    f()\n{handler}\n    g()\n") == [3]


def test_a_broad_suppression_is_found_and_a_narrow_handler_is_not() -> None:
    assert broad_handlers("with suppress(Exception):\n    f()\n") == [1]
    assert broad_handlers("try:\n    f()\nexcept (OSError, ValueError):\n    g()\n") == []


@cache
def private_to(kind: type) -> frozenset[str]:
    """Names with one leading underscore that this class of Textual's, or a base of it, defines or sets on itself."""
    names: set[str] = set()
    for owner in kind.__mro__:
        if owner.__module__.startswith("textual"):
            names.update(vars(owner))
            names.update(name for name, _ in attributes_of_self(ast.parse(textwrap.dedent(inspect.getsource(owner)))))
    return frozenset(name for name in names if is_private(name))


def kind_of(node: ast.ClassDef) -> type:
    """What of Textual's a class is, by the names of its bases; a widget that scrolls, where they do not tell."""
    bases = " ".join(ast.unparse(base).partition("[")[0] for base in node.bases)
    return next((kind for kind in (App, Screen, Message) if kind.__name__ in bases), ScrollView)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def attributes_of_self(node: ast.AST) -> Iterator[tuple[str, int]]:
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attribute):
                yield attribute, part.lineno


def definitions_of(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for part in node.body:
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, part.lineno
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name, part.lineno


def private_uses(source: str) -> dict[str, int]:
    """Private names of Textual's that a class with bases uses or replaces, knowingly or not, and the first line."""
    uses = {
        (line, name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.bases
        for name, line in (*attributes_of_self(node), *definitions_of(node))
        if name in private_to(kind_of(node))
    }
    return {name: line for line, name in sorted(uses, reverse=True)}


def test_no_class_uses_or_replaces_what_is_private_to_textual() -> None:
    """Ruff's SLF001 sees `other._name`; this sees `self._name` where Textual's own classes have that name too."""
    screens = [path for path in SHIPPED if "textual" in path.read_text("utf-8")]
    found = {named(path): uses for path in screens if (uses := private_uses(path.read_text("utf-8")))}
    assert found == {}


def test_a_private_name_of_textual_is_found() -> None:
    assert {"_size", "_running", "_parent"} <= private_to(ScrollView)
    assert private_uses("class W(Widget):\n    def f(self):\n        return self._size + self._size\n") == {"_size": 3}
    assert private_uses("class W(ModalScreen[None]):\n    _running = False\n") == {"_running": 2}
    assert private_uses("class W(Widget):\n    def f(self):\n        return self._take\n") == {}


ROOM_OF = {spec.name: spec.made_by.split(".")[2] for spec in registry.specs() if spec.made_by}
"""Earmark's own generators, and their folders."""
OWN_NAMES = re.compile(rf"(?<![\w-])(?<!make )(?:{'|'.join(map(re.escape, ROOM_OF))})(?![\w-])")
MAY_NAME = ("library/generators/registry.py", "library/importing/tools/", "library/importing/sample_takes.py")
"""Those that name tools do so for files they read."""


def test_no_generator_is_named_outside_its_own_folder_and_the_registry() -> None:
    assert {"sketch", "musicgen"} <= set(ROOM_OF)
    found = []
    for path in (path for path in SHIPPED if not named(path).startswith(MAY_NAME)):
        here = path.relative_to(ROOT / "library" / "generators").parts[0] if "generators" in path.parts else ""
        for line in lines_that_match(OWN_NAMES, path):
            told = OWN_NAMES.findall(line.partition(": ")[2])
            found += [line for name in told if ROOM_OF[name] != here]
    assert found == []
