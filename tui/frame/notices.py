"""What the app says in the corner: notices, errors, and which background task broke down."""

from __future__ import annotations

import logging
from collections import deque
from time import monotonic
from typing import NamedTuple

from textual.notifications import SeverityLevel
from textual.worker import Worker, WorkerState

from library import locations
from library.errors import EarmarkError
from tui.frame.formatting import plain
from tui.frame.key_names import AppWithKeys

ERROR_S = 12.0
"""An error is shown for so long."""
REMEMBERED = 20


class Notice(NamedTuple):
    """What was shown, and the kind of error that it was about."""

    message: str
    severity: SeverityLevel
    cause: type[BaseException] | None


class AppWithNotices(AppWithKeys):
    """Shows each in plain text."""

    NOTIFICATION_TIMEOUT = 3

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._shown_at: dict[str, float] = {}
        """What went wrong, and when that was shown last."""
        self._stands_until: dict[tuple[str, str], float] = {}
        """How long each notice (by title and words) is on show."""
        self.notices: deque[Notice] = deque(maxlen=REMEMBERED)
        """The last ones, the newest at the end."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
        cause: type[BaseException] | None = None,
    ) -> None:
        """A line in the corner, never read as `markup`, and nothing in it that a terminal obeys; the same one once."""
        message = "\n".join(map(plain, message.split("\n")))
        self.notices.append(Notice(message, severity, cause))
        now, lasts = monotonic(), self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self._stands_until = {one: until for one, until in self._stands_until.items() if until > now}
        if (title, message) not in self._stands_until:
            self._stands_until[title, message] = now + lasts
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def show_error(self, error: EarmarkError, *, every_s: float = 0.0) -> None:
        """Say what happened and what to do; the same only `every_s` seconds."""
        what, now = str(error), monotonic()
        if now - self._shown_at.get(what, -every_s) >= every_s:
            self._shown_at[what] = now
            self.notify(what, title=error.title, severity="error", timeout=ERROR_S, cause=type(error))

    def report_failure(self, event: Worker.StateChanged, *, every_s: float = 0.0) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.show_failure(event.worker.name, event.worker.error, every_s=every_s)

    def show_failure(self, name: str, error: BaseException, *, every_s: float = 0.0) -> None:
        """What is called `name` failed: an EarmarkError is shown, anything else goes to the log and is named."""
        if isinstance(error, EarmarkError):
            self.show_error(error, every_s=every_s)
            return
        logging.getLogger(__name__).error("%s failed", name, exc_info=error)
        what = f"{name}: {type(error).__name__}. Details are in {locations.log_file()}."
        self.notify(what, title="Something went wrong", severity="error", cause=type(error))
