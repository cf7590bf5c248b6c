"""Whether a file still holds the sound of the take that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from library.errors import AudioError
from library.take import Take

_SLACK_S = 2.0
"""Some disks keep times to two seconds."""
_checked: dict[Path, tuple[int, int, int, str]] = {}


def changed_under(take: Take, path: Path, stop: Callable[[], bool] = lambda: False) -> AudioError | None:
    """What to say of a sound that is another than when the take came into the library; None if it is the same.

    Only a file that was written since is read (all of it, until `stop` says so), and only once. A file that is gone or
    unreadable is left to whoever plays it.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    if status.st_mtime <= _moment(take.created_at) + _SLACK_S:
        return None
    from library.audio import StoppedError, examine

    stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
    known = _checked.get(path)
    if known is None or known[:3] != stamp:
        try:
            known = _checked[path] = (*stamp, examine(path, stop=stop).id)
        except (AudioError, StoppedError):
            return None
    if known[3] == take.id:
        return None
    return AudioError(f"{path} holds another sound than it did.", "Import it again to judge what it is now.")


def _moment(stamp: str) -> float:
    """A take's time in seconds since 1970, UTC; 0 for one that makes no sense."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
