"""A library in which something stands in a file's or folder's place, and a command in it whose needs are measured."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pty
import resource
import shutil
import stat
import termios
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog
from ratings.filtering.collections import Collections
from ratings.journal import Journal
from ratings.session.plan import SessionPlans, new_plan
from tests.judging import Judge
from tests.mishap.cases import lay_ground
from tests.mishap.commands import Told, command, told

SECRET = b"a private word"
"""Is in all that lies beside the library, and nowhere else."""
MOST_S = 15.0
MOST_MEGABYTES = 1000.0
_ROOM = 4 << 30
"""Bytes that a command may ask for, or write: one that does not stop must fill neither memory nor disk."""
_ASIDE = "damaged-20260101-000000-000000"
_STRAY = "0123abcd.tmp"
_TABLES = (b"takes", b"judgements", b"labels", b"collections", b"plans")

FOLDERS = {
    "batches": "batches",
    "batch": "batches/*a",
    "sounds set aside": "set-aside",
    "batch set aside": "set-aside/*a",
    "sessions": "sessions",
    "listener": "sessions/ana",
    "labels": "sessions/ana/labels",
    "collections": "sessions/ana/collections",
    "plans": "sessions/ana/plans",
}
"""Every kind of folder in a library, as a pattern."""
FILES = {
    "marker": "library.json",
    "batch file": "batches/*a/batch.json",
    "conflict copy": "batches/*a/batch (*).json",
    "batch file set aside": f"batches/*a/batch.json.{_ASIDE}",
    "stray in a batch": f"batches/*a/.*.{_STRAY}",
    "sound": "batches/*a/*.flac",
    "tokens": "batches/*a/*.npz",
    "sound set aside": "set-aside/*a/*.flac",
    "session": "sessions/ana/*-??????-*[0-9a-f].json",
    "session of commands": "sessions/ana/*-commands-*.json",
    "session set aside": f"sessions/ana/*.json.{_ASIDE}",
    "stray in a session": f"sessions/ana/.*.{_STRAY}",
    "labels of a session": "sessions/ana/labels/*-??????-*[0-9a-f].json",
    "labels of commands": "sessions/ana/labels/*-commands-*.json",
    "collection": "sessions/ana/collections/*.json",
    "plan": "sessions/ana/plans/*.json",
    "stray beside the marker": f".*.{_STRAY}",
}
"""Every kind of file in a library, as a pattern."""
IN_PLACE_OF_ANY = ("link to its like", "link to what is private", "link to nothing", "link to itself", "pipe", "device",
                   "socket", "nothing")  # fmt: skip
IN_PLACE_OF_FOLDERS = (*IN_PLACE_OF_ANY, "file")
IN_PLACE_OF_FILES = (*IN_PLACE_OF_ANY, "folder", "sparse file of 50 GB", "100,000 brackets", "number of 5,000 digits")


def lay_library(ground: Path) -> Path:
    """A user's folder, with sounds to import and a library that has one of each of FOLDERS and FILES."""
    library = lay_ground(ground) / "library"
    (batch,) = library.glob("batches/*")
    batch = batch.rename(batch.with_name(f"{batch.name[:-1]}a"))
    takes = list(Catalog.load(Library(library)))
    judge = Judge(Journal.load(Library(library)).log("ana"))
    for take in takes:
        judge.stars(take.id, 4)
    judge.label([take.id for take in takes], add=["live", "red"])
    Collections(Library(library), "ana", judge.name).keep("keepers", "stars:>=3")
    SessionPlans(Library(library), "ana", judge.name).write(new_plan(datetime.now(UTC)))
    run_import(Catalog.load(Library(library)), ImportRequest([ground / "sounds" / "day_s11.wav"]))
    (session,) = library.glob("sessions/ana/*.json")
    for path in (batch / "batch.json", session):
        shutil.copy(path, path.with_name(f"{path.name}.{_ASIDE}"))
    shutil.copy(batch / "batch.json", batch / "batch (conflicted copy).json")
    for path in (batch / "batch.json", session, library / "library.json"):
        (stray := path.with_name(f".{path.name}.{_STRAY}")).write_bytes(b"half")
        os.utime(stray, (1e9, 1e9))
    (aside := library / "set-aside" / batch.name).mkdir(parents=True)
    shutil.copy(next(batch.glob("*.flac")), aside / f"{'0' * 20}.flac")
    (ground / "home").mkdir()
    for words in (("judge", takes[0].id, "--stars", "3"), ("label", takes[0].id, "+blue")):
        assert run(words, ground).code == 0
    return library


def lay_beside(library: Path, beside: Path) -> None:
    """Put SECRET into `beside`: into all files of a library like that one, a folder of settings, and a file."""
    like = shutil.copytree(library, beside / "like")
    for path in filter(Path.is_file, like.rglob("*")):
        text = path.read_bytes().replace(b'"night"', b'"%s"' % SECRET).replace(b'"ana"', b'"%s"' % SECRET)
        path.write_bytes(text if SECRET in text else text + SECRET)
    program = beside / "private" / "program"
    program.mkdir(parents=True)
    for path in (beside / "private.txt", program / "settings.json", program / f".settings.json.{_STRAY}",
                 program.with_name(f".settings.json.{_STRAY}")):  # fmt: skip
        path.write_bytes(b'{"password": "%s' % SECRET)
    for path in [beside, *beside.rglob("*")]:
        os.utime(path, (1e9, 1e9))


def replace(path: Path, kind: str, like: Path, private: Path) -> None:
    """Put what `kind` names in the place of a file or folder; links lead to `like` or to `private`."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    match kind:
        case "link to its like":
            path.symlink_to(like)
        case "link to what is private":
            path.symlink_to(private)
        case "link to nothing":
            path.symlink_to(like.with_name("nothing"))
        case "link to itself":
            path.symlink_to(path)
        case "pipe":
            os.mkfifo(path)
        case "device":
            _make_device(path)
        case "socket":
            os.mknod(path, stat.S_IFSOCK | 0o600)
        case "nothing" if like.is_dir():
            path.mkdir()
        case "nothing":
            path.touch()
        case "file":
            path.write_bytes(b"{")
        case "folder":
            path.mkdir()
        case "sparse file of 50 GB":
            path.touch()
            os.truncate(path, 50 << 30)
        case "100,000 brackets":
            path.write_bytes(_document(path, b"[" * 100_000 + b"]" * 100_000))
        case "number of 5,000 digits":
            path.write_bytes(_document(path, b"7" * 5000))
    if not path.is_symlink():
        os.utime(path, (1e9, 1e9))  # else `doctor --repair` waits for more of it to come


def _make_device(path: Path) -> None:
    """One that never ends."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except OSError:  # for root alone, and not everywhere
        path.symlink_to("/dev/zero")


def _document(path: Path, value: bytes) -> bytes:
    """A marker or a shard that holds `value` where a reader has to look."""
    if path.name == "library.json":
        return b'{"format":%s}' % value
    documents = b'{"1":{"id":%s},"2":{"kind":"stars","seed":%s,"version":%s}}' % (value, value, value)
    return b"{%s}" % b",".join(b'"%s":%s' % (table, documents) for table in _TABLES)


@dataclass(frozen=True)
class Ended(Told):
    """What a command told, and what it needed."""

    seconds: float
    megabytes: float
    """At most at once, by it or one of its children; infinite where it did not end in time."""


def run(words: tuple[str, ...], ground: Path, *, app: bool = False) -> Ended:
    """`earmark WORDS` in a process of its own, which is killed when it has taken too long.

    An `app` opens in a pseudo-terminal, and is left by its key as soon as it offers that.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "tests.mishap.actions", "tests.mishap.commands"])
    ours, theirs = context.Pipe(duplex=False)
    terminal, its = pty.openpty() if app else (-1, -1)
    name = os.ttyname(its) if app else ""
    process = context.Process(target=_run, args=(words, ground, theirs, name), daemon=False)
    began = time.monotonic()
    process.start()
    theirs.close()
    shown = b""
    if app:
        termios.tcsetwinsize(its, (40, 120))
        shown = _leave(terminal, ours, began + most_s())
    try:
        megabytes = ours.recv() if ours.poll(began + most_s() - time.monotonic()) else float("inf")
    except EOFError:  # it was killed, as for want of memory
        megabytes = float("inf")
    seconds = time.monotonic() - began
    process.kill()
    process.join()
    ours.close()
    if app:
        os.close(its)
        os.close(terminal)
    said = told(ground)
    return Ended(said.code, said.out + shown.decode(errors="replace"), said.err, seconds, megabytes)


def most_s() -> float:
    """How long a command may take now: MOST_S where each process has a core, longer where they wait for one."""
    return MOST_S * max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))


def _leave(terminal: int, ended: Connection, deadline: float) -> bytes:
    """Press the app's key each second from when it is named until the app has ended; all that was on the screen."""
    shown, pressed = b"", 0.0
    while (now := time.monotonic()) < deadline:
        ready = wait([terminal, ended], min(1.0, deadline - now))
        if terminal in ready:
            shown += os.read(terminal, 1 << 16)
        if ended in ready:
            break
        if b"Quit" in shown and now - pressed > 1.0:
            os.write(terminal, b"q")
            pressed = now
    return shown


def _run(words: tuple[str, ...], ground: Path, theirs: Connection, terminal: str) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (_ROOM, _ROOM))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, _ROOM))
    import tui.cli.checks

    tui.cli.checks.check_sound = list  # a second each time, and nothing in a library changes what it says
    try:
        command(*words, terminal=terminal)(ground, lambda _: None)
    except BaseException:  # noqa: BLE001 - shown, and the test fails on it
        traceback.print_exc()
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    theirs.send(max(peaks) / 1000)
    os._exit(0)


def contents(folder: Path) -> dict[Path, tuple[object, ...]]:
    """All that is in a folder, and all about it but when it was read."""
    found: dict[Path, tuple[object, ...]] = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.lstat()
        held = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
        found[path] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, held)
    return found


def holding_secrets(folder: Path) -> list[Path]:
    """The files in a folder, reached without links, that hold SECRET."""
    found = []
    for above, _, names in os.walk(folder):
        for name in names:
            status = (path := Path(above, name)).lstat()
            if stat.S_ISREG(status.st_mode) and status.st_size < 10_000_000 and SECRET in path.read_bytes():
                found.append(path)
    return found
