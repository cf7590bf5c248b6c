"""Hours at the app, compressed: the real program in a terminal plays take after take into a FIFO that is read many
times as fast as sound is played, takes are judged by their keys, and now and then all else is used. Linux only."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from library.library import Library
from library.sound.audio import sound_id, write_flac
from library.store.catalog import BatchWriter
from library.take import Take, utc_now
from tests.benchmarks.counted import COUNT
from tests.benchmarks.long_tasks import Listener
from tests.benchmarks.measuring import environment
from tests.benchmarks.screens import Screen

COUNTED = (sys.executable, "-m", "tests.benchmarks.counted")
RATE, SECONDS = 8_000, 20.0
MET, FIRST_MET = 2, 10_000_000
"""Takes that come from elsewhere in a round, and the number of the first."""
FRAME = 8
"""Bytes of a stereo frame in the FIFO, at 48 kHz."""
_ASOUND = """
pcm.capture {{ type file
  slave.pcm {{ type null }}
  file "{fifo}"
  format "raw" }}
pcm.default {{ type plug
  slave {{ pcm "capture" format FLOAT_LE channels 2 rate 48000 }}
  hint {{ show on description "capture" }} }}
"""


@dataclass(frozen=True)
class Process:
    """How one of them stands. Memory in MB: `own` is what nobody else has mapped, which leaves libraries out."""

    pid: int
    resident: float
    own: float
    handles: int
    threads: int

    @staticmethod
    def of(pid: int) -> Process:
        """As it is now. Raises FileNotFoundError when it has ended."""
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {name: int(size) / 1024 for name, size, _ in map(str.split, lines)}
        own = sizes["Private_Clean:"] + sizes["Private_Dirty:"]
        return Process(pid, sizes["Rss:"], own, *(sum(1 for _ in Path(f"/proc/{pid}/{what}").iterdir())
                                                  for what in ("fd", "task")))  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """How the processes stood after so many rounds; times are those of the last round."""

    rounds: int
    given: int
    """Answers given so far, each seen on the disk: in the list, in Rate and in duels."""
    heard_s: float
    """Sound that has come out of the audio process by now."""
    app: Process
    audio: Process
    decoder: Process
    objects: int
    """What the app's garbage collector knows of, after a collection."""
    durable_ms: list[float] = field(repr=False)
    """From each key in the list to the file under its name."""
    painted_ms: list[float] = field(repr=False)
    """From each key to its stars on the screen."""
    work_ms: float = 0.0
    """Processor time of the app for an answer in the list, which other load on the machine hardly changes."""

    @property
    def handles(self) -> int:
        """Open files of the app and the audio process; the decoder's come and go with what it decodes."""
        return self.app.handles + self.audio.handles

    @property
    def threads(self) -> int:
        """Of all three."""
        return self.app.threads + self.audio.threads + self.decoder.threads


class Drain:
    """Reads what the audio process plays, at `speed` times the pace of sound."""

    def __init__(self, fifo: Path, speed: float) -> None:
        os.mkfifo(fifo)
        self._pipe = os.open(fifo, os.O_RDWR)
        self._speed = speed
        self._stop = threading.Event()
        self.frames = 0
        self.loud = False
        """Whether anything but silence has come since this was last set to False."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            if not select.select([self._pipe], [], [], 0.05)[0]:
                continue
            data = os.read(self._pipe, 1 << 14)
            self.frames += len(data) // FRAME
            self.loud = self.loud or any(data)
            due = max(due, time.monotonic() - 0.05) + len(data) / FRAME / 48_000 / self._speed
            self._stop.wait(max(0.0, due - time.monotonic()))

    def wait_for_sound(self) -> None:
        """Until something is heard that is not silence. Raises SystemExit if nothing is."""
        self.loud, deadline = False, time.monotonic() + 30
        while not self.loud:
            time.sleep(0.01)
            if time.monotonic() > deadline:
                raise SystemExit("no sound comes any more")

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._pipe)


def make_takes(root: Path, count: int, *, first: int = 0) -> None:
    """`count` takes, the `first` of that number, each with a sound of its own: a batch of the library at `root`."""
    folder = root.parent / "sounds"
    folder.mkdir(exist_ok=True)
    batch = BatchWriter(Library(root))
    made = []
    for number in range(first, first + count):
        path = folder / f"{number}.flac"
        # Hiss of a few levels: loud, and small on the disk.
        hiss = np.random.default_rng(number).integers(-3, 4, (int(SECONDS * RATE), 1)) / 8
        write_flac(path, hiss.astype(np.float32), RATE)
        made.append(Take(
            id=sound_id(path), batch=batch.name, file=str(path), duration_s=SECONDS, sample_rate=RATE, channels=1,
            created_at=utc_now(), prompt=f"prompt {number // 20}", seed=number % 20, generator="sketch", lufs=-14.0,
            true_peak_db=-3.0,
        ))  # fmt: skip
    batch.add(made)


def sit(root: Path, rounds: int, *, answers: int, each_s: float, speed: float) -> Iterator[Moment]:
    """Use the library at `root` in rounds of so many answers, those in the list `each_s` of real time apiece, with
    all else in between; how things stand at the start and after each round. Raises SystemExit when the app stops
    answering."""
    fifo, counts = root.parent / "sound.fifo", root.parent / "objects"
    env = environment(root.parent / "home")
    configuration = root.parent / "asound.conf"
    configuration.write_text(_ASOUND.format(fifo=fifo))
    drain = Drain(fifo, speed)
    env |= {"ALSA_CONFIG_PATH": str(configuration), COUNT: str(counts)}
    try:
        with Screen([*COUNTED, "--library", str(root)], env) as screen:
            screen.until("0 judged")
            screen.press("\r")
            drain.wait_for_sound()
            listener = Listener(screen, root, each_s)
            yield _moment(0, listener, drain, counts)
            for number in range(1, rounds + 1):
                worked = screen.cpu_s()
                listener.browse()
                listener.judge(in_list := max(1, answers * 6 // 10))
                work_ms = 1000 * (screen.cpu_s() - worked) / in_list
                listener.look_at_ranking()
                listener.rate(max(1, answers * 25 // 100))
                listener.duel(max(1, answers * 15 // 100))
                listener.use_dialogues()
                listener.meet(partial(make_takes, root, MET, first=FIRST_MET + MET * number), MET)
                listener.generate()
                listener.resize()
                screen.press("\r")
                drain.wait_for_sound()
                yield _moment(number, listener, drain, counts, work_ms)
    finally:
        drain.close()


def _moment(number: int, listener: Listener, drain: Drain, counts: Path, work_ms: float = 0.0) -> Moment:
    _rest(listener.screen)
    pid = listener.screen.pid
    children = {_module(child): child for child in _children(pid)}
    moment = Moment(
        rounds=number,
        given=listener.given,
        heard_s=drain.frames / 48_000,
        app=Process.of(pid),
        audio=Process.of(children["audio_process"]),
        decoder=Process.of(children["decoder_process"]),
        objects=_objects(pid, counts),
        durable_ms=[1000 * wait for wait in listener.durable],
        painted_ms=[1000 * wait for wait in listener.painted],
        work_ms=work_ms,
    )
    listener.durable.clear()
    listener.painted.clear()
    return moment


def _rest(screen: Screen) -> None:
    """Until no model is being fitted: that takes memory, and gives it back."""
    for _ in range(20):
        worked = screen.cpu_s()
        screen.settle(0.5, 0.5)
        if screen.cpu_s() - worked < 0.25:
            return


def _objects(pid: int, counts: Path) -> int:
    counts.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    deadline = time.monotonic() + 30
    while not counts.exists():
        time.sleep(0.01)
        if time.monotonic() > deadline:
            raise SystemExit("the app does not count its objects")
    return int(counts.read_text())


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in lists for child in one.read_text().split()]


def _module(pid: int) -> str:
    """The last part of the module that a process runs."""
    words: list[str] = []
    with contextlib.suppress(FileNotFoundError):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return next((word.rpartition(".")[2] for word in words if word.startswith("tui.playing.player.")), "")


def events_in(root: Path) -> int:
    """Judgements of all kinds in the library's files."""
    files = (root / "sessions").glob("*/*.json")
    return sum(len(json.loads(path.read_bytes()).get("judgements", {})) for path in files)
