"""One generator of generators.toml, as it is understood: a command, or a server and how it is spoken to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from library.generators.spec import Seeded, Setting
from library.take import MAX_DURATION_S, DraftUse

GeneratorKind = Literal["command", "ace-step-server", "acestep-cpp", "comfyui"]
KINDS: tuple[GeneratorKind, ...] = get_args(GeneratorKind)
URLS: dict[str, str] = {
    "ace-step-server": "http://127.0.0.1:8001",
    "acestep-cpp": "http://127.0.0.1:8080",
    "comfyui": "http://127.0.0.1:8188",
}
"""Where each kind of server listens unless it is told otherwise: on this machine."""
TIMEOUT_S = 3600.0
"""A take that takes longer than this is given up, unless the table says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a table says, checked; what it leaves out is as usual."""

    name: str
    kind: GeneratorKind
    folder: Path = Path()
    """Where generators.toml is: commands run there, and paths begin there."""
    about: str = ""
    licence: str | None = None
    seeded: Seeded = "unknown"
    max_seconds: float = MAX_DURATION_S
    timeout_s: float = TIMEOUT_S
    jobs: int | None = None
    """How many takes are made at once; None for as many as is usual with that kind."""
    models: tuple[str, ...] = ()
    drafts: tuple[DraftUse, ...] = ()
    settings: tuple[Setting, ...] = ()

    command: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    """A command that prints its version."""

    url: str = ""
    api_key: str | None = None
    audio_format: str = "flac"

    workflow: Path | None = None
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Where in a workflow a value goes, as `node.input`, by what goes there: prompt, seed, duration …"""


@dataclass(frozen=True)
class Fault:
    """A mistake in generators.toml."""

    name: str | None
    """Whose table it is in; None for the file as a whole."""
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()
