"""What passes between a test and its child."""

from __future__ import annotations

from msgspec import Struct

from library.processes.program import Program


class Add(Struct, frozen=True, tag="add"):
    """Asks for a sum."""

    numbers: tuple[int, ...]
    note: str = ""


class Shout(Struct, frozen=True, tag="shout"):
    """Asks for many reports, to a child that then reads nothing for as long as nobody listens."""

    count: int


class Sum(Struct, frozen=True, tag="sum"):
    """A sum, and the note it was asked with."""

    total: int
    note: str = ""


class Ready(Struct, frozen=True, tag="ready"):
    """It takes commands."""


Command = Add | Shout
Report = Sum | Ready


def running(code: str) -> Program[Command, Report]:
    """A child that runs `code`."""
    return Program(("-c", code), Command, Report)


ADDING = """
import queue
from library.processes.pipes import Pipes
from tests.library.processes.messages import Add, Ready, Shout, Sum, running
inbox = queue.SimpleQueue()
pipes = Pipes(running(""))
pipes.send(Ready())
pipes.listen(inbox.put, lambda: inbox.put(None))
{first}
while (command := inbox.get()) is not None:
    match command:
        case Add(numbers=numbers, note=note):
            pipes.send(Sum(sum(numbers), note))
        case Shout(count=count):
            for number in range(count):
                pipes.send(Sum(number, "x" * 1000))
"""
"""A child that adds, and does something `first`."""


def adding(first: str = "") -> Program[Command, Report]:
    """See ADDING."""
    return running(ADDING.format(first=first))
