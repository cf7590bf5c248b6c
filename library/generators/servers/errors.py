"""What can go wrong between Earmark and a server."""

from __future__ import annotations

from library.errors import GenerationError


class ServerError(GenerationError):
    """The server can't be reached, answers nonsense, or says that it failed."""


class NoServerError(ServerError):
    """Nothing answers there: no other take could be made either."""


class BusyError(ServerError):
    """The server has no room just now; later it may."""
