"""What each kind of server is spoken to by: one class a protocol, each in a room of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from library.generators.incoming.report import Report
from library.generators.servers.client import Json, Server
from library.generators.servers.errors import ServerError
from library.take import Recipe, SettingValue

CANCEL_S = 0.4
"""Time to tell a server that a job isn't wanted any more."""
FIRST_POLL_S = 0.1
LONGEST_POLL_S = 1.0


@dataclass(frozen=True)
class Look:
    """What a server says of itself."""

    version: str = ""
    models: tuple[str, ...] = ()
    """The usual one first."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else tells this server from others: for fingerprints."""
    remarks: tuple[str, ...] = ()
    """What a user should know, in sentences."""


@dataclass(frozen=True)
class Wanted:
    """One take that a server is to make."""

    recipe: Recipe
    look: Look
    into: Path
    """The file where its sound goes."""
    limit: int
    """Bytes that this may have."""
    draft: Path | None
    """What steers it, as WAV: cut where the take goes on from."""
    draft_s: float
    tell: Callable[[str], None]
    """Tells the user something of the run, in a sentence; the same only once."""
    progress: Callable[[float, str], None]
    """Takes what part is done, and what is going on."""

    def setting(self, name: str) -> SettingValue | None:
        """A setting's value, None where it is unset."""
        return self.recipe.settings.get(name)


@dataclass(frozen=True)
class Made:
    """A sound is in its place: what the server said of it."""

    report: Report
    cut: bool = False
    """Whether the server made it longer than was asked for, knowingly: it is cut."""
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    """What the server chose where the recipe left it open: with these it makes the same again."""
    codes: tuple[int, ...] = ()
    """The plan that it followed, if there was one: kept beside the take, so that a verification can tell it apart."""


class ServerProtocol(Protocol):
    """How one kind of server is spoken to."""

    usual_jobs: int
    """How many takes to ask for at once, unless the user says otherwise."""

    async def look(self, server: Server) -> Look:
        """What the server says of itself. Raises ServerError where it isn't there, or not of that kind."""

    async def make(self, server: Server, wanted: Wanted) -> Made:
        """Have a take made, and put its sound in its place. Raises ServerError. Cancelled, it tells the server so."""


@contextlib.asynccontextmanager
async def job_at_server(cancel: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """While a job is under way at a server: it is cancelled there, unless this ends well."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            with contextlib.suppress(ServerError, TimeoutError):
                await asyncio.wait_for(cancel(), CANCEL_S)


async def polls() -> AsyncIterator[None]:
    """The moments at which to ask how far a job is: often at first, then each second."""
    pause = FIRST_POLL_S
    while True:
        yield
        await asyncio.sleep(pause)
        pause = min(LONGEST_POLL_S, pause * 1.25)


def member(said: Json, *names: str | int) -> Json:
    """What stands under these names in an answer, one in the other; None where one of them isn't there."""
    for name in names:
        if isinstance(name, int):
            said = said[name] if isinstance(said, list) and len(said) > name else None
        else:
            said = said.get(name) if isinstance(said, dict) else None
    return said


def text_at(said: Json, *names: str | int) -> str:
    """The text there; empty where there is none."""
    found = member(said, *names)
    return found if isinstance(found, str) else ""
