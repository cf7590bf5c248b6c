"""From a definition to the generator, in the worker process."""

from __future__ import annotations

from library.generators.api import Generator
from library.generators.command.generator import CommandGenerator
from library.generators.user_defined.definition import Definition


def make_generator(definition: Definition) -> Generator:
    """The generator that `definition` describes."""
    if definition.kind == "command":
        return CommandGenerator(definition)
    from library.generators.servers.generator import ServerGenerator  # which brings aiohttp
    from library.generators.servers.protocols import protocol_for

    return ServerGenerator(definition, protocol_for(definition))
