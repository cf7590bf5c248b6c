"""A page as HTML that asks nobody for anything, and lets nothing run but its own script.

Its policy (W3C, Content Security Policy Level 3) names the script and the style by their hashes.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path

from library.files.reading import open_file
from ratings.errors import ExportError
from ratings.export.sheets import OBEYED

_HEAD = 1 << 16


def document(title: str, body: str, *, style: str, script: str, made_by: str, kind: str, beside: bool = False) -> str:
    """The whole page, of a `kind` by which it is known again; `body` is HTML already.

    `beside` lets it play sounds that lie beside it.
    """
    media = "data: 'self'" if beside else "data:"
    policy = (
        f"default-src 'none'; img-src data:; media-src {media}; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="{text(made_by)}">
<meta name="referrer" content="no-referrer">
{_mark(kind)}
<link rel="icon" href="data:,">
<title>{text(title)}</title>
<style>{style}</style>
</head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""


def check_ours(path: Path, kind: str) -> None:
    """Raise ExportError where a file is there that is no page of ours of that kind."""
    head = b""
    with contextlib.suppress(OSError), open_file(path) as file:
        head = file.read(_HEAD)
    if os.path.lexists(path) and _mark(kind).encode() not in head:
        raise ExportError(f"{path} is there already.", "Choose another name.")


def _mark(kind: str) -> str:
    return f'<meta name="earmark" content="{kind}">'


def text(words: str) -> str:
    """Words as HTML shows them, and nothing in them that anybody obeys."""
    return escape(OBEYED.sub(" ", words))


@cache
def part(package: str, name: str) -> str:
    """A style or a script that comes with the program."""
    return files(package).joinpath(name).read_text("utf-8")


def _digest(words: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()}"
