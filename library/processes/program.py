"""What a child process runs, and the kinds of messages that go either way: one JSON object a line."""

from __future__ import annotations

import sys
from typing import Any, Generic, TypeVar

from msgspec import Struct

Command = TypeVar("Command")
Report = TypeVar("Report")


class Program(Struct, Generic[Command, Report], frozen=True):
    """A Python program that takes commands on its standard input and sends reports on its standard output.

    Both sides use the same one, so that they agree about the messages: `Child` in the parent, `Pipes` in the child.
    """

    words: tuple[str, ...]
    """What to run, as Python's own arguments: `("-m", MODULE)`."""
    commands: Any
    """`Command`, as a msgspec type: a tagged struct, or a union of them."""
    reports: Any
    """`Report`, likewise."""

    def command_line(self, arguments: tuple[str, ...]) -> list[str]:
        """What the system is asked to start; nothing is imported from the folder it happens to be in."""
        return [sys.executable, "-P", *self.words, *arguments]
