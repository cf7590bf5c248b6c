"""Whether a file still holds the sound of the take that it stands for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from library.errors import AudioError
from library.files.file_stamp import FileStamp, stamp_of

PATIENCE_S = 1.0
"""So long a file may be read before it is played, where it was written to …"""
SHORT_PATIENCE_S = 0.025
"""… and where it was only moved or copied, and somebody waits to hear it: 30 s of music take less."""
_CLOCK_SLACK_S = 2.0
"""Some disks keep times to two seconds."""
_MAX_CHECKED = 1_000
_checked: OrderedDict[Path, tuple[FileStamp, str, str]] = OrderedDict()
"""By path, what it held when it was last read: the sound, or why there is none. The last ones only."""
_checked_lock = threading.Lock()


def changed_since(sound: str, since: str, path: Path, stop: Callable[[], bool] = lambda: False) -> AudioError | None:
    """What to say if `path` no longer holds `sound`, which it did at `since`, a time as takes have it; None if it does.

    Only a file that was written to or moved there since is read (all of it, until `stop` says so), and only once. A
    file that is gone or can't be opened is left to whoever plays it.
    """
    changed = _stat_if_changed(path, since)
    if changed is None:
        return None
    from library.sound.audio import examine
    from library.sound.file_bytes import StoppedError

    stamp, written = changed
    with _checked_lock:
        known = _checked.get(path)
    if known is None or known[0] != stamp:
        try:
            heard = examine(path, stop=stop)
            known = stamp, "" if heard.partial and heard.id != sound else heard.id, heard.partial
        except StoppedError:
            return None
        except AudioError as error:
            known = stamp, "", error.what
        with _checked_lock:
            _checked[path] = known
            _checked.move_to_end(path)
            while len(_checked) > _MAX_CHECKED:
                _checked.popitem(last=False)
    _, found, reason = known
    if found == sound or (reason and not written):
        return None
    what = f"The audio in {path.name} has changed." if found else f"{path.name} was overwritten. {reason}"
    return AudioError(what, f"Put the old file back in {path.parent}, or import the new one to judge it.")


def written_since(since: str, path: Path | str) -> bool:
    """Whether `path` was written to after `since`, a time as takes have it, or emptied by a crash."""
    changed = _stat_if_changed(path, since)
    return changed is not None and (changed[1] or changed[0].size == 0)


def changed_before_playing(sound: str, since: str, path: Path, *, waited_for: bool) -> AudioError | None:
    """As `changed_since`, but reads no longer than a listener can wait: what it then has not found out is None, too.

    `waited_for` says whether somebody waits to hear it now.
    """
    changed = _stat_if_changed(path, since)
    if changed is None:
        return None
    limit = time.monotonic() + (SHORT_PATIENCE_S if waited_for and not changed[1] else PATIENCE_S)
    return changed_since(sound, since, path, lambda: time.monotonic() > limit)


def _stat_if_changed(path: Path | str, since: str) -> tuple[FileStamp, bool] | None:
    """What tells the file as it is, and whether it was written to since; None if neither that nor moved there."""
    stamp = stamp_of(path)
    if stamp is None:
        return None
    known_until = _timestamp(since) + _CLOCK_SLACK_S
    if known_until > time.time() + 2 * _CLOCK_SLACK_S:
        known_until = 0.0  # by a clock that was ahead: it may have been written to since, and look older
    written = stamp.modified_ns > known_until * 1e9
    if not written and stamp.changed_ns <= known_until * 1e9:
        return None
    return stamp, written


def _timestamp(stamp: str) -> float:
    """A take's time in seconds since 1970, UTC; 0 for one that makes no sense."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
