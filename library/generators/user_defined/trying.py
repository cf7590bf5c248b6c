"""Tries a generator of the user's: runs a command's version, reaches a server, and says what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from library.errors import GenerationError
from library.generators.command.version import find_program, never, version_of
from library.generators.user_defined.definition import Definition

if TYPE_CHECKING:
    from library.generators.servers.client import Server
    from library.generators.servers.protocol import Look, ServerProtocol

TICK_S = 0.1
REACH_S = 10.0
"""A server that takes longer to say what it is isn't there."""


@dataclass(frozen=True)
class Tried:
    """What came of trying."""

    fault: str | None = None
    """What is wrong and how to mend it; None where it works."""
    facts: tuple[str, ...] = ()
    """What was found, a line each."""


def try_definition(definition: Definition, stop: Callable[[], bool] = never) -> Tried:
    """Try whether a generator works, which may take seconds, unless `stop` says so. Makes no take."""
    if definition.kind == "command":
        return _try_command(definition, stop)
    return asyncio.run(_try_server(definition, stop))


def _try_command(definition: Definition, stop: Callable[[], bool]) -> Tried:
    if missing := find_program(definition):
        return Tried(f"{missing} Correct command in [generators.{definition.name}].")
    if not definition.version:
        return Tried(facts=("The program is there. It has no version command, so nothing was run.",))
    version = version_of(definition, stop)
    if version.fault is not None:
        return Tried(f"{version.fault} Correct version in [generators.{definition.name}].")
    return Tried(facts=(f"version {version.text}" if version.text else "Its version command says nothing.",))


async def _try_server(definition: Definition, stop: Callable[[], bool]) -> Tried:
    from library.generators.servers.client import Patience, Server
    from library.generators.servers.protocols import protocol_for

    patience = replace(Patience(), answer_s=REACH_S)
    facts = list[str]()
    try:
        if definition.kind == "comfyui" and definition.workflow is not None:
            from library.generators.servers.comfyui.workflow import read_workflow

            places = read_workflow(definition.workflow, definition.places).describe()
            facts += [f"{name}: {where}{f' = {value}' if value else ''}" for name, where, value in places]
        async with Server(
            definition.url, f"“{definition.name}”", api_key=definition.api_key, patience=patience
        ) as server:
            look = await _look(protocol_for(definition), server, stop)
    except GenerationError as error:
        return Tried(str(error), tuple(facts))
    except TimeoutError:
        return Tried(f"The server at {definition.url} doesn't answer within {REACH_S:g} s.", tuple(facts))
    told = [f"version {look.version}"] if look.version else []
    told += [f"models: {', '.join(look.models[:12])}"] if look.models else []
    return Tried(None, (*told, *(f"{name}: {value}" for name, value in look.facts.items()), *look.remarks, *facts))


async def _look(protocol: ServerProtocol, server: Server, stop: Callable[[], bool]) -> Look:
    """What the server says of itself. Raises TimeoutError where that takes too long, or `stop` says so."""
    looking = asyncio.create_task(protocol.look(server))
    for _ in range(round(REACH_S / TICK_S)):
        if (await asyncio.wait([looking], timeout=TICK_S))[0]:
            return looking.result()
        if stop():
            break
    looking.cancel()
    await asyncio.wait([looking])
    raise TimeoutError
