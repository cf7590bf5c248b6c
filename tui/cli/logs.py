"""Where details for the curious go: a file of bounded size, never the screen."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from library.locations import log_file

SIZE = 1_000_000
"""Bytes of a log file before a new one is begun; one old one is kept."""


def keep_log() -> None:
    """Send all logging to the log file; to nowhere if it can't be written. Nothing is created before the first line."""
    handler: logging.Handler
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(log_file(), maxBytes=SIZE, backupCount=1, delay=True, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    # A log that can't be written any more is no reason to tear the screen.
    logging.raiseExceptions = False
