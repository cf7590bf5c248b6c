"""A disk that loses power: every state that POSIX allows it to be found in, told from the calls that were made.

What fsync(2) has not confirmed of a file's content may be there, in part or not at all; and of the names that were
given, changed or removed in a folder since its last fsync any may have come to hold, in any order (Pillai et al., "All
File Systems Are Not Created Equal", OSDI 2014). What ext4 may leave with data=ordered is among these states.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.mishap.seccomp import Call

SUBSETS = 5
"""Of more unconfirmed names than this, not every subset is tried."""

Tree: TypeAlias = "dict[Path, bytes | None]"
"""What is found: files with their content, folders with None. Paths are relative to the disk's folder."""


@dataclass(eq=False)
class File:
    """A file's content, as it is and as it is sure to be found."""

    content: bytes = b""
    durable: bytes = b""


@dataclass(eq=False)
class Folder:
    """A folder's names, as they are sure to be found, and what was done to them since."""

    names: dict[str, Node] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)

    def now(self) -> dict[str, Node]:
        """The names as they are."""
        return applied(self.names, self.pending)


Node: TypeAlias = "File | Folder"


@dataclass(frozen=True)
class Change:
    """Names that appear, lead to something else, or vanish (None), all at once."""

    names: tuple[tuple[str, Node | None], ...]


def applied(names: dict[str, Node], changes: list[Change]) -> dict[str, Node]:
    """The names after these changes."""
    after: dict[str, Node | None] = {**names}
    for change in changes:
        after.update(change.names)
    return {name: node for name, node in after.items() if node is not None}


class Disk:
    """Follows what calls do to a folder and all that is in it. What is there at the beginning is durable."""

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._top = Folder()
        self._last: Call | None = None
        self._learn(self._top, folder)

    def _learn(self, node: Folder, folder: Path) -> None:
        for path in folder.iterdir():
            if path.is_dir():
                self._learn(child := Folder(), path)
                node.names[path.name] = child
            else:
                node.names[path.name] = File(path.read_bytes(), path.read_bytes())

    def before(self, call: Call | None) -> bool:
        """Take in what the call before this one has come to; None after the last. Whether that is known by now.

        It is not where this call is another thread's, which may only read while one writes.
        """
        last = self._last
        if last is not None and call is not None and call.thread != last.thread:
            assert not (call.writing and last.writing), "two threads write at once"
            if not call.writing:
                return False
        self._last = call
        if last is not None and last.path is not None:
            self._take_in(last, last.path)
        return True

    def _take_in(self, last: Call, path: Path) -> None:
        match last.name:
            case "open" | "openat" | "creat" | "mkdir" | "mkdirat" | "write" | "pwrite64" | "writev" | "ftruncate":
                self._look(path)
            case "fsync" | "fdatasync":
                self._confirm(path)
            case "close":
                pass
            case "rename" | "renameat" | "renameat2" if last.second is not None and not os.path.lexists(path):
                self._change((last.second, self._find(path)), (path, None))
            case "link" | "linkat" if last.second is not None and self._find(last.second) is None:
                if os.path.lexists(last.second):
                    self._change((last.second, self._find(path)))
            case "unlink" | "unlinkat" | "rmdir":
                if self._find(path) is not None and not os.path.lexists(path):
                    self._change((path, None))
            case "rename" | "renameat" | "renameat2" | "link" | "linkat":
                pass
            case other:
                raise AssertionError(f"What {other} does to a disk is not known here.")

    def _look(self, path: Path) -> None:
        """See what is at `path` now."""
        if path == self._root or not path.exists():
            return
        node = self._find(path)
        if node is None:
            node = Folder() if path.is_dir() else File()
            self._change((path, node))
        if isinstance(node, File):
            node.content = path.read_bytes()

    def _confirm(self, path: Path) -> None:
        node = self._find(path)
        if isinstance(node, File):
            node.durable = node.content
        elif isinstance(node, Folder):
            node.names, node.pending = node.now(), []

    def _find(self, path: Path) -> Node | None:
        node: Node | None = self._top
        for name in path.relative_to(self._root).parts:
            node = node.now().get(name) if isinstance(node, Folder) else None
        return node

    def _change(self, *names: tuple[Path, Node | None]) -> None:
        folder = self._find(names[0][0].parent)
        assert isinstance(folder, Folder)
        assert {path.parent for path, _ in names} == {names[0][0].parent}, "nothing moves between folders"
        folder.pending.append(Change(tuple((path.name, node) for path, node in names)))

    def states(self) -> Iterator[Tree]:
        """What may be found if the power fails now; the same more than once."""
        folders = [(folder, changes) for folder in self._folders(self._top) if (changes := folder.pending)]
        choices = [[(folder, chosen) for chosen in _subsets(changes)] for folder, changes in folders]
        for chosen in itertools.product(*choices):
            names = {id(folder): applied(folder.names, changes) for folder, changes in chosen}
            for kept in range(5):
                yield dict(self._tree(self._top, Path(), names, kept))

    def _folders(self, top: Folder) -> Iterator[Folder]:
        yield top
        for node in top.now().values():
            if isinstance(node, Folder):
                yield from self._folders(node)

    def _tree(
        self, folder: Folder, at: Path, names: dict[int, dict[str, Node]], kept: int
    ) -> Iterator[tuple[Path, bytes | None]]:
        for name, node in names.get(id(folder), folder.names).items():
            if isinstance(node, Folder):
                yield at / name, None
                yield from self._tree(node, at / name, names, kept)
            else:
                yield at / name, _found(node, kept)


def _subsets(changes: list[Change]) -> Iterator[list[Change]]:
    """Which changes have come to hold; of many: those up to a point, those from a point on, one, all but one."""
    if len(changes) <= SUBSETS:
        for size in range(len(changes) + 1):
            yield from map(list, itertools.combinations(changes, size))
        return
    for at in range(len(changes) + 1):
        yield changes[:at]
        yield changes[at:]
        yield changes[at : at + 1]
        yield changes[:at] + changes[at + 1 :]


def _found(file: File, kept: int) -> bytes:
    """Content of which not all was confirmed: the old, none, half, zeros, or the new."""
    if file.content == file.durable:
        return file.durable
    half = len(file.content) // 2
    return (file.durable, b"", file.content[:half], bytes(len(file.content)), file.content)[kept]


def put(tree: Tree, folder: Path) -> None:
    """Make `folder`, which is not there, hold that."""
    folder.mkdir()
    for path, content in tree.items():
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)
