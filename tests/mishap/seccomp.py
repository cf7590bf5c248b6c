"""System calls of a process, stopped one by one before they happen: seccomp user notification (seccomp_unotify(2))."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from tests.needs import Need

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_RET_ALLOW, _RET_NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_CONTINUE = 1
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NOTICE = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")

_MACHINES = {
    "x86_64": (
        0xC000003E,
        317,
        {"open": 2, "close": 3, "creat": 85, "openat": 257, "write": 1, "pwrite64": 18, "writev": 20, "fsync": 74,
         "fdatasync": 75, "truncate": 76, "ftruncate": 77, "fallocate": 285, "rename": 82, "renameat": 264,
         "renameat2": 316, "mkdir": 83, "mkdirat": 258, "rmdir": 84, "unlink": 87, "unlinkat": 263, "link": 86,
         "linkat": 265, "symlink": 88, "symlinkat": 266, "sendfile": 40, "copy_file_range": 326},
    ),
    "aarch64": (
        0xC00000B7,
        277,
        {"openat": 56, "close": 57, "write": 64, "pwrite64": 68, "writev": 66, "fsync": 82, "fdatasync": 83,
         "truncate": 45, "ftruncate": 46, "fallocate": 47, "renameat": 38, "renameat2": 276, "mkdirat": 34,
         "unlinkat": 35, "linkat": 37, "symlinkat": 36, "sendfile": 71, "copy_file_range": 285},
    ),
}  # fmt: skip
_BY_HANDLE = {"close", "write", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate", "fallocate", "sendfile"}
_OPENS = {"open": 1, "openat": 2}
"""Which argument of the calls that open a file says what for."""
_SECOND = {"rename": (None, 1), "renameat": (2, 3), "renameat2": (2, 3), "link": (None, 1), "linkat": (2, 3)}
"""Which arguments of the calls with two paths are the second one's folder and name."""
_CHANGES_NOTHING = {"close", "fsync", "fdatasync"}


@dataclass(frozen=True)
class Call:
    """A system call that waits to be let through."""

    notice: int
    thread: int
    name: str
    path: Path | None
    """The file or folder it is about; None where that can't be told."""
    second: Path | None = None
    """Where a file is renamed or linked to."""
    writing: bool = True
    """Whether it is done to write: only opening and closing can be for reading too."""

    @property
    def changes(self) -> bool:
        """Whether what is there after it differs from before, for a process that is killed (and not for a disk)."""
        return self.writing and self.name not in _CHANGES_NOTHING


def _can_stop_calls() -> bool:
    available = Path("/proc/sys/kernel/seccomp/actions_avail")
    known = platform.system() == "Linux" and platform.machine() in _MACHINES
    return known and available.is_file() and "user_notif" in available.read_text()


STOPPED_CALLS = Need(
    "to stop system calls (seccomp user notification: Linux 5.5, on x86_64 or aarch64)", _can_stop_calls
)


def stop_calls() -> int:
    """From here on, every call of this process and its children that writes or opens waits; where to hear of them.

    There is no way back. Raises OSError where the machine does not allow it.
    """
    arch, number, calls = _MACHINES[platform.machine()]
    program = [(_LOAD, 0, 0, 4), (_JUMP_IF_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _RET_ALLOW), (_LOAD, 0, 0, 0)]
    for left, call in zip(range(len(calls), 0, -1), calls.values(), strict=True):
        program.append((_JUMP_IF_EQUAL, left, 0, call))
    program += [(_RETURN, 0, 0, _RET_ALLOW), (_RETURN, 0, 0, _RET_NOTIFY)]
    code = b"".join(struct.pack("=HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    listener: int = libc.syscall(number, _SET_MODE_FILTER, _NEW_LISTENER, header)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def next_call(listener: int) -> Call | None:
    """The call that waits; None if its process has died meanwhile."""
    buffer = bytearray(_NOTICE.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer)
    except FileNotFoundError:
        return None
    notice, thread, _, number, _, _, *words = _NOTICE.unpack(buffer)
    name = {call: name for name, call in _MACHINES[platform.machine()][2].items()}[number]
    try:
        path, second, writing = (
            _path_of(thread, name, words),
            _second(thread, name, words),
            _writes(thread, name, words),
        )
    except OSError:
        return Call(notice, thread, name, None)
    return Call(notice, thread, name, path, second, writing)


def answer(listener: int, call: Call, error: int = 0) -> None:
    """Let the call through, or have it fail with `error`."""
    reply = _ANSWER.pack(call.notice, 0, -error, 0 if error else _CONTINUE)
    try:
        fcntl.ioctl(listener, _SEND, bytearray(reply))
    except FileNotFoundError:
        return


def _path_of(thread: int, name: str, words: list[int]) -> Path:
    if name == "copy_file_range":
        return _handle(thread, words[2])
    if name in _BY_HANDLE:
        return _handle(thread, words[0])
    if name == "symlink":
        return _named(thread, -100, words[1])
    if name == "symlinkat":
        return _named(thread, words[1], words[2])
    if name.endswith(("at", "at2")) and name != "creat":
        return _named(thread, words[0], words[1])
    return _named(thread, -100, words[0])


def _second(thread: int, name: str, words: list[int]) -> Path | None:
    if name not in _SECOND:
        return None
    folder, path = _SECOND[name]
    return _named(thread, -100 if folder is None else words[folder], words[path])


def _writes(thread: int, name: str, words: list[int]) -> bool:
    if name == "close":
        (flags,) = re.findall(r"^flags:\s*(\d+)", Path(f"/proc/{thread}/fdinfo/{words[0]}").read_text(), re.M)
        return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
    return name not in _OPENS or words[_OPENS[name]] & (os.O_ACCMODE | os.O_CREAT | os.O_TRUNC) != os.O_RDONLY


def _handle(thread: int, handle: int) -> Path:
    return Path(os.readlink(f"/proc/{thread}/fd/{handle}"))  # noqa: PTH115 - it may name no file


def _named(thread: int, folder: int, address: int) -> Path:
    """The path a call was given, relative to a folder's handle (-100: the working directory)."""
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:  # noqa: PTH123
        memory.seek(address)
        text = memory.read(4096).split(b"\0")[0]
    if text.startswith(b"/"):
        return Path(os.fsdecode(text))
    handle = ctypes.c_int32(folder & 0xFFFFFFFF).value
    base = Path(f"/proc/{thread}/cwd").readlink() if handle == -100 else _handle(thread, handle)
    return base / os.fsdecode(text)
