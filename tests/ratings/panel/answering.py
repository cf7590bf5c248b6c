"""Panels of a few takes, and what their pages send back, made here as they make it there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import numpy as np

from ratings.export.request import ExportRequest
from ratings.journal import Journal
from ratings.panel.panel import Panel, write_panel
from ratings.panel.record import PanelRecord, read_record
from tests.ratings.export.shelf import Shelf

RATE, SECONDS = 32_000, 2.0


def tune(number: int, seconds: float = SECONDS) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return 0.2 * np.sin(2 * np.pi * 110 * (number + 2) * time)[:, None] * (0.4 + 0.6 * (time[:, None] % 0.5 < 0.25))


def make(shelf: Shelf, page: Path, minutes: float | None = None, **asked) -> Panel:
    return write_panel(shelf.catalog, shelf.journal.history, ExportRequest(destination=page, **asked), minutes)


def record_of(shelf: Shelf) -> PanelRecord:
    (path,) = (shelf.root / "panels").glob("*.json")
    return read_record(shelf.catalog.library, path.stem)


def fresh(shelf: Shelf) -> Journal:
    return Journal.load(shelf.catalog.library)


def answers(record: PanelRecord, order: int = 0) -> list[list[Any]]:
    """An answer to each question."""
    asked = record.orders[order]
    return [
        [at, str(1 + one.a % 5) if one.b is None else "abto"[at % 4], 5.5, 6.0, 10.0 * (at + 1)]
        for at, one in enumerate(asked)
    ]


def token(record: PanelRecord, *, key: str | None = None, **other: Any) -> bytes:
    """Signed answers; `other` are fields in place of the usual ones."""
    said = {"panel": record.id, "run": "0123456789abcdef", "name": "Tom", "order": 0,
            "began": "2026-06-01T10:00:00.000Z", "answers": answers(record)} | other  # fmt: skip
    words = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    signature = hmac.new(bytes.fromhex(key or record.key), words.encode(), hashlib.sha256).hexdigest()
    whole = f"EARMARK-PANEL-1.{words}.{signature}"
    return "".join(f"{whole[at : at + 76]}\n" for at in range(0, len(whole), 76)).encode()
