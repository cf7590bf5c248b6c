"""Only the gates open, read, rename and remove files: a scan of the sources of `library` and `ratings`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GATES = ("library/files/", "library/library.py")
SHUT = [
    path
    for package in ("library", "ratings")
    for path in sorted((ROOT / package).rglob("*.py"))
    if not path.relative_to(ROOT).as_posix().startswith(GATES)
]

OS = {
    "open", "remove", "unlink", "rename", "replace", "renames", "link", "symlink", "scandir", "listdir", "walk",
    "fwalk", "mkdir", "makedirs", "mkfifo", "mknod", "rmdir", "removedirs", "truncate", "chmod", "chown", "utime",
}  # fmt: skip
METHODS = {
    "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rmdir", "mkdir", "touch", "iterdir", "glob",
    "rglob", "walk", "hardlink_to", "symlink_to", "chmod", "expanduser",
}  # fmt: skip
FOREIGN = {
    "soundfile.SoundFile", "soundfile.read", "soundfile.write", "soundfile.blocks", "soundfile.info", "zipfile.ZipFile",
    "zipfile.is_zipfile", "np.load", "np.save", "np.savez", "np.fromfile", "np.memmap", "torch.load",
    "torch.save", "safe_open",
}  # fmt: skip
"""What opens a path itself, if it is given one."""

EXCEPTIONS = {
    "library/locations.py": {"expanduser": "the one place where a typed path is expanded"},
    "library/prompts/vocabulary.py": {"read_text": "a part of the program itself"},
    "library/processes/pipes.py": {"os.open": "the null device, in the place of a child's standard input"},
    "library/processes/other_program.py": {"shutil.which": "finds a program"},
    "library/generators/incoming/sound.py": {"Path.open": "writes a WAV to memory"},
    "library/sound/audio.py": {"soundfile.SoundFile": "writes to memory"},
    "library/sound/ffmpeg_decoders.py": {"Path.open": "PyAV is given the gate's file"},
    "ratings/export/copies.py": {"soundfile.SoundFile": "is given the gate's descriptor"},
    "ratings/web/document.py": {"read_text": "a part of the program itself"},
    "ratings/web/web_sound.py": {"soundfile.SoundFile": "writes to memory"},
    "ratings/pack/packing.py": {"zipfile.ZipFile": "is given the gate's file"},
    "ratings/pack/opening.py": {"zipfile.ZipFile": "is given the gate's file", "Path.open": "reads within that file"},
    "ratings/export/wav.py": {"soundfile.SoundFile": "is given the gate's descriptor"},
    "library/jobs/saving.py": {"zipfile.ZipFile": "reads bytes", "np.load": "reads bytes"},
    "library/generators/musicgen/melody_support.py": {"zipfile.ZipFile": "is given the gate's file"},
    "library/generators/musicgen/loading/checkpoint.py": {
        "torch.load": "maps the user's own checkpoint of gigabytes into memory",
        "zipfile.is_zipfile": "says whether it can be mapped",
        "safe_open": "maps weights from the Hugging Face cache",
    },
}
"""By file what a gate is not needed for there, and why."""


def opening(source: str) -> Iterator[tuple[str, int]]:
    """What opens, lists, moves or removes files in a module, by its name, and the line."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="open")):
                yield "open", node.lineno
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in OS:
                yield f"os.{name}", node.lineno
            case ast.Attribute(value=ast.Name(id="shutil" | "tempfile" as module), attr=name):
                yield f"{module}.{name}", node.lineno
            case ast.ImportFrom(module="os" | "shutil" | "tempfile" as module):
                yield f"from {module}", node.lineno
            case ast.Call(func=func) if (name := ast.unparse(func)) in FOREIGN:
                yield name, node.lineno
            case ast.Call(func=ast.Attribute(value=value, attr="open")) if ast.unparse(value) != "os" and not _is_gate(
                value
            ):
                yield "Path.open", node.lineno
            case ast.Call(func=ast.Attribute(value=value, attr="rename" | "replace" as name), args=[_], keywords=[]):
                if ast.unparse(value) not in ("msgspec.structs", "dataclasses"):
                    yield f"Path.{name}", node.lineno
            case ast.Attribute(value=value, attr=name) if name in METHODS and not _is_gate(value):
                yield name, node.lineno


def _is_gate(value: ast.expr) -> bool:
    return ast.unparse(value).rpartition(".")[2].lstrip("_") in ("library", "folder")


def test_there_is_something_to_check() -> None:
    assert len(SHUT) > 80


def test_nothing_but_the_gates_opens_a_file() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{line}: {name}"
        for path in SHUT
        for name, line in opening(path.read_text("utf-8"))
        if name not in EXCEPTIONS.get(path.relative_to(ROOT).as_posix(), {})
    }
    assert sorted(found) == []


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_exception_is_needed(name: str) -> None:
    used = {what for what, _ in opening((ROOT / name).read_text("utf-8"))}
    assert set(EXCEPTIONS[name]) <= used, "a reason that is no longer needed"


@pytest.mark.parametrize(
    "line",
    [
        "open(path)",
        "os.open(path, os.O_RDONLY)",
        "os.remove(path)",
        "os.replace(a, b)",
        "os.link(a, b)",
        "sorted(os.scandir(path))",
        "map(os.unlink, paths)",
        "from os import scandir",
        "path.open('rb')",
        "(folder / name).open()",
        "path.read_bytes()",
        "map(Path.read_text, paths)",
        "path.unlink(missing_ok=True)",
        "path.rename(other)",
        "path.replace(other)",
        "path.mkdir(parents=True)",
        "path.glob('*')",
        "Path(text).expanduser()",
        "shutil.rmtree(path)",
        "tempfile.mkdtemp()",
        "soundfile.SoundFile(path)",
        "zipfile.ZipFile(path)",
        "np.load(path)",
    ],
)
def test_every_way_around_the_gates_is_found(line: str) -> None:
    assert list(opening(f"def f():\n    {line}\n")) != []


@pytest.mark.parametrize(
    "line",
    [
        "text.replace('a', 'b')",
        "msgspec.structs.replace(take)",
        "dataclasses.replace(one, a=2)",
        "self._library.rename(path, target)",
        "folder.rename(name, other)",
        "os.fsync(handle)",
        "os.path.isfile(path)",
        "path.lstat()",
    ],
)
def test_what_opens_nothing_is_not_found(line: str) -> None:
    assert list(opening(line)) == []
