"""Text and documents that a library may hold when it comes from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TEXTS = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "c1": "\x9b31mred\x9d0;owned\x9c",
    "bells": "a\x07b\x08c\x7fd\x00e",
    "lines": "one\r\ntwo\rthree\u2028four\u2029five\x0bsix\x85seven",
    "bidi": "safe\u202egnp.exe\u2066\u200f\u061c",
    "invisible": "a\u200bb\ufeffc\u00add\U000e0041e",
    "markup": "[red]bold[/red] [@click=app.quit]press[/] [/] [b",
    "formula": "=cmd|' /C calc'!A0",
    "spaced formula": "\u00a0\t@SUM(1+1)",
    "combining": "z" + "\u0301" * 500,
    "wide": "\uff1d字\U0001f3b5" * 20,
    "long": "x" * 10_000,
}
"""What a terminal, a screen, a list or a spreadsheet could obey."""
OBEYED = [*(chr(code) for code in [*range(10), *range(11, 32), *range(0x7F, 0xA0)]), *"\u202a\u202b\u202c\u202d\u202e"]
OBEYED += [*"\u2028\u2029\u200e\u200f\u061c\u2066\u2067\u2068\u2069"]
"""Characters that must not reach a terminal."""


def take(number: int, text: str, **more: Any) -> dict[str, Any]:
    """A take's document with `text` wherever a document has room for text."""
    recipe = {"generator": text, "prompt": text, "seed": number, "duration_s": 1.0, "model": text, "licence": text,
              "revision": text, "fingerprint": {text: text}}  # fmt: skip
    document = {"id": f"{number:020x}", "batch": "b", "file": f"{number}.wav", "duration_s": 1.0, "sample_rate": 8000,
                "channels": 1, "created_at": text, "prompt": text, "seed": number, "generator": text, "model": text,
                "recipe": recipe}  # fmt: skip
    return shortened(document) | more


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """The document with all texts but prompts cut to what a name may have."""
    return {key: shortened(value) if isinstance(value, dict) else value if key == "prompt" or not isinstance(value, str)
            else value[:1000] for key, value in document.items()}  # fmt: skip


def judgements(number: int, text: str) -> list[dict[str, Any]]:
    """Stars, a note and a pick of that take by a listener called `text`."""
    shared = {"take": f"{number:020x}", "listener": text[:200], "session": text[:200], "at": "2026-01-01T00:00:00.0Z"}
    return [
        shared | {"kind": "stars", "id": f"{number}-1", "stars": 1 + number % 5},
        shared | {"kind": "note", "id": f"{number}-2", "text": text},
        shared | {"kind": "pick", "id": f"{number}-3"},
    ]


def write_shard(path: Path, table: str, documents: list[dict[str, Any]]) -> None:
    """As TinyDB would, whatever the documents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({table: {str(number): document for number, document in enumerate(documents, 1)}}))


def make_library(root: Path) -> None:
    """A library of which every text is hostile."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "library.json").write_text('{"format": 1}')
    takes = [take(number, text) for number, text in enumerate(TEXTS.values(), 1)]
    write_shard(root / "batches" / "\x1b[31m[red]\u202ebatch" / "batch.json", "takes", takes)
    events = [event for number, text in enumerate(TEXTS.values(), 1) for event in judgements(number, text)]
    write_shard(root / "sessions" / "\x1b]0;owned\x07[b]" / "\x9b[red]\u202e.json", "judgements", events)
    write_shard(root / "batches" / "damaged\x1b[31m[red]\u202e" / "batch.json", "takes", [{"\x1b[31m": 1}])
    (root / "batches" / "cut\x1b[31m").mkdir()
    (root / "batches" / "cut\x1b[31m" / "batch.json").write_text('{"takes": {"\x9b31m')
