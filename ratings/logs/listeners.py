"""Who judges: names of listeners, and the folders that go by them."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import unicodedata

from ratings.errors import ListenerError

LISTENER_VARIABLE = "EARMARK_LISTENER"
MAX_NAME = 100


def default_listener() -> str:
    """Who judges when nobody is named: $EARMARK_LISTENER, else the user's name. Raises ListenerError."""
    named = os.environ.get(LISTENER_VARIABLE)
    if named:
        return listener_name(named)
    try:
        return listener_name(getpass.getuser())
    except (OSError, KeyError, ImportError, ListenerError):  # no entry for this user, as in some containers
        return "listener"


def listener_name(text: str) -> str:
    """`text` as a listener's name: one line of printable characters, at most MAX_NAME. Raises ListenerError."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise ListenerError("A listener needs a name.", "Give one with --listener.")
    if len(name) > MAX_NAME:
        raise ListenerError(f"The listener name is too long ({len(name)} characters).", f"Use {MAX_NAME} at most.")
    if not name.isprintable():
        raise ListenerError(
            f"The name {name!r} has characters that can't be displayed.", "Use letters, digits and spaces."
        )
    return name


def listener_folder(name: str) -> str:
    """The folder of a listener: the name itself where it is a plain one, else what is plain in it and a hash of it."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "untitled"
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
