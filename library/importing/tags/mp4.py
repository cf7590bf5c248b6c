"""Tags in MP4 and M4A: iTunes' list of atoms, and QuickTime's list with keys, as ffmpeg writes them."""

from __future__ import annotations

from collections.abc import Iterator

from library.importing.tags.bounded_file import BoundedFile, Tag, Tags

_ATOMS = {
    b"\xa9nam": "title", b"\xa9cmt": "comment", b"desc": "description", b"\xa9lyr": "lyrics", b"\xa9gen": "genre",
    b"\xa9too": "encoder", b"\xa9ART": "artist",
}  # fmt: skip
_TEXT = (1, 2, 0)
"""Kinds of data that are text: UTF-8, UTF-16, none said."""


def read_mp4(file: BoundedFile, place: int) -> Tags:
    """The texts of the first `moov`."""
    for name, start, end in _atoms(file, place, file.size):
        if name == b"moov":
            for path in ((b"udta", b"meta"), (b"meta",)):
                for meta, last in _inside(file, start, end, path):
                    # As a full box it begins with four zeros; QuickTime's own has none.
                    yield from _list(file, meta + 4 * (file.at(meta + 4, 4) != b"hdlr"), last)


def _inside(file: BoundedFile, start: int, end: int, path: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
    for name, inner, last in _atoms(file, start, end):
        if name == path[0]:
            if len(path) == 1:
                yield inner, last
            else:
                yield from _inside(file, inner, last, path[1:])


def _list(file: BoundedFile, start: int, end: int) -> Tags:
    keys = list[str]()
    for name, inner, last in _atoms(file, start, end):
        if name == b"keys":
            keys = [
                key.decode("latin-1").rpartition(".")[2].lower()
                for key in (file.at(place, min(stop - place, 200)) for _, place, stop in _atoms(file, inner + 8, last))
            ]
        elif name == b"ilst":
            for atom, place, stop in _atoms(file, inner, last):
                number = int.from_bytes(atom)
                label = keys[number - 1] if 0 < number <= len(keys) else _ATOMS.get(atom, "")
                yield from _item(file, place, stop, label)


def _item(file: BoundedFile, start: int, end: int, label: str) -> Tags:
    for name, inner, last in _atoms(file, start, end):
        if name == b"name":
            label = file.at(inner + 4, min(max(last - inner - 4, 0), 200)).decode("latin-1").lower()
        elif name == b"data" and label and last - inner > 8:
            kind = int.from_bytes(file.at(inner, 4)) & 0xFFFFFF
            if kind in _TEXT and (value := file.value(inner + 8, last - inner - 8)):
                yield Tag(label, value, "utf-16-be" if kind == 2 else "utf-8")


def _atoms(file: BoundedFile, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first and last place of the content of each atom."""
    while place + 8 <= end:
        head = file.at(place, 16)
        size, content = int.from_bytes(head[:4]), place + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16]), place + 16
        elif size == 0:
            size = end - place
        if size < content - place:
            return
        yield head[4:8], content, min(place + size, end)
        place += size
