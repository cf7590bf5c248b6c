"""How the modules hang together: no import circle anywhere, few files beside folders, every room in the contracts."""

import tomllib
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("library", "ratings", "tui")
MOST_FLAT = 8


def circles(imports: Mapping[str, Set[str]]) -> list[list[str]]:
    """The groups of modules that import each other, directly or not: Tarjan's strongly connected components, 1972."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        numbers[module] = lowest[module] = len(numbers)
        stack.append(module)
        for imported in imports[module]:
            if imported not in numbers:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], numbers[imported])
        if lowest[module] == numbers[module]:
            place = stack.index(module)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for module in imports:
        if module not in numbers:
            visit(module)
    return found


def test_a_circle_is_found() -> None:
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set(), "e": {"a", "f"}, "f": {"e"}}
    assert circles(imports) == [["a", "b", "c"], ["e", "f"]]


def test_no_modules_import_each_other() -> None:
    """Imports in functions and for the type checker alone count as well."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert sum(map(len, imports.values())) > 1000
    assert circles(imports) == []


def folders(root: Path) -> Iterator[Path]:
    """`root` and what is in it, as far as there is Python in it."""
    for folder in (root, *root.rglob("*/")):
        if next(folder.glob("*.py"), None) is not None:
            yield folder


def flat_files(folder: Path) -> int:
    """Modules beside sub-packages; 0 where there are none of those."""
    has_rooms = any(True for _ in folder.glob("*/*.py"))
    return sum(file.name != "__init__.py" for file in folder.glob("*.py")) if has_rooms else 0


@pytest.mark.parametrize("package", PACKAGES)
def test_few_files_lie_beside_folders(package: str) -> None:
    flat = {folder.relative_to(ROOT).as_posix(): flat_files(folder) for folder in folders(ROOT / package)}
    assert flat[package] > 0
    assert {folder: number for folder, number in flat.items() if number > MOST_FLAT} == {}


def rooms_of(package: str) -> set[str]:
    """The modules and packages right inside `package`."""
    files = [path for path in (ROOT / package.replace(".", "/")).glob("*.py") if path.name != "__init__.py"]
    packages = [path.parent for path in (ROOT / package.replace(".", "/")).glob("*/__init__.py")]
    return {f"{package}.{path.stem}" for path in (*files, *packages)}


def test_every_room_of_the_screens_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if "tui.app" in contract.get("layers", ()))
    placed = {room.strip() for layer in layers for room in layer.split("|")}
    assert placed == (rooms_of("tui") - {"tui.playing"}) | rooms_of("tui.playing")
