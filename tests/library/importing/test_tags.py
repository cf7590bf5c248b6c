"""What the tags inside a file say, and what is too long for a take."""

from __future__ import annotations

from pathlib import Path

import pytest

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.store.catalog import Catalog


def tag(path: Path, *comments: str) -> None:
    """Put Vorbis comments into a FLAC file, in place of those it has (RFC 9639, section 8.6)."""
    data = path.read_bytes()
    blocks, at, last = [], 4, False
    while not last:
        last, kind = bool(data[at] & 128), data[at] & 127
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        blocks += [(kind, data[at + 4 : at + 4 + length])] if kind != 4 else []
        at += 4 + length
    body = bytes(4) + len(comments).to_bytes(4, "little")
    body += b"".join(len(text.encode()).to_bytes(4, "little") + text.encode() for text in comments)
    blocks.append((4, body))
    heads = [bytes([kind | 128 * (block is blocks[-1][1])]) + len(block).to_bytes(3, "big") for kind, block in blocks]
    whole = b"".join(head + block for head, (_, block) in zip(heads, blocks, strict=True))
    path.write_bytes(b"fLaC" + whole + data[at:])


def test_tags_name_the_model_the_prompt_and_the_seed(catalog: Catalog, make_sound) -> None:
    path = make_sound("a.flac")
    tag(path, "MODEL=small", "PROMPT=warm pads", "SEED=411")
    (take,) = run_import(catalog, ImportRequest([path])).takes
    assert (take.model, take.prompt, take.seed) == ("small", "warm pads", 411)


@pytest.mark.parametrize(("name", "length"), [("MODEL", 1000), ("PROMPT", 10_000), ("TITLE", 10_000)])
@pytest.mark.parametrize("over", [0, 1])
def test_what_is_acknowledged_can_be_read_again(
    catalog: Catalog, make_sound, name: str, length: int, over: int
) -> None:
    path = make_sound("a.flac")
    tag(path, f"{name}={'x' * (length + over)}")
    report = run_import(catalog, ImportRequest([path]))
    assert (len(report.takes), len(report.failed)) == (1 - over, over)
    assert list(Catalog.load(catalog.library)) == report.takes
