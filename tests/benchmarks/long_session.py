"""Hours at the app, compressed: the real program in a terminal plays take after take into a FIFO that is read many
times as fast as sound is played, and every take is judged by its key. Linux only (/proc, ALSA)."""

from __future__ import annotations

import contextlib
import os
import select
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from library.audio import write_flac
from library.catalog import Catalog
from library.take import Take, digest_of, make_id, utc_now
from tests.benchmarks.measuring import PROGRAM, environment
from tests.benchmarks.screens import Screen

RATE, SECONDS = 16_000, 20.0
SOUNDS = 24
FRAME = 8
"""Bytes of a stereo frame in the FIFO, at 48 kHz."""
KEYS = "34251x43524p3142"
ESCAPE = "\x1b"
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
class Moment:
    """How the processes stood after so many takes."""

    takes: int
    heard_s: float
    """Sound that has come out of the audio process by now."""
    app_mb: float
    audio_mb: float
    decoder_mb: float
    handles: int
    """Open files of all three."""
    threads: int
    audio: int
    """The audio process's id."""
    durable_ms: float
    """From the key to the file under its name, the median since the last moment."""
    work_ms: float
    """Processor time of the app for a take played and judged, which other load on the machine hardly changes."""


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

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._pipe)


def make_takes(root: Path, count: int) -> None:
    """A library of `count` takes that share a few sounds of 20 s."""
    folder = root.parent / "sounds"
    folder.mkdir()
    hiss = np.random.default_rng(411)
    files = [folder / f"{number}.flac" for number in range(SOUNDS)]
    for path in files:
        write_flac(path, hiss.uniform(-0.3, 0.3, (int(SECONDS * RATE), 1)).astype(np.float32), RATE)
    batch = Catalog(root).new_batch()
    batch.add([
        Take(
            id=make_id(digest_of(b"%d" % number)), batch=batch.name, file=str(files[number % SOUNDS]),
            duration_s=SECONDS, sample_rate=RATE, channels=1, created_at=utc_now(), prompt=f"prompt {number // 20}",
            seed=number % 20, generator="sketch", lufs=-14.0, true_peak_db=-3.0,
        )
        for number in range(count)
    ])  # fmt: skip


def sit(root: Path, takes: int, *, each_s: float, every: int, speed: float) -> Iterator[Moment]:
    """Play and judge `takes` takes of the library at `root`, `each_s` of real time apiece; how things stand every so
    often. Raises SystemExit when the app stops answering."""
    fifo = root.parent / "sound.fifo"
    env = environment(root.parent / "home")
    configuration = root.parent / "asound.conf"
    configuration.write_text(_ASOUND.format(fifo=fifo))
    drain = Drain(fifo, speed)
    try:
        with Screen([*PROGRAM, "--library", str(root)], env | {"ALSA_CONFIG_PATH": str(configuration)}) as screen:
            screen.until("0 judged")
            screen.press("\r")
            _wait_for_sound(drain)
            folder, waits, worked = root / "sessions" / "ana", list[float](), screen.cpu_s()
            for number in range(1, takes + 1):
                before, began = _shards(folder), time.perf_counter()
                screen.press(KEYS[number % len(KEYS)])
                while _shards(folder) == before:
                    time.sleep(0.0005)
                    if time.perf_counter() > began + 30:
                        raise SystemExit(f"judgement {number} never reached the disk")
                waits.append(time.perf_counter() - began)
                if KEYS[number % len(KEYS)] == "p":
                    screen.press("j")  # a pick stays on its take
                screen.settle(each_s, each_s)
                if number % every == 0:
                    work_ms = 1000 * (screen.cpu_s() - worked) / every
                    _look_around(screen)
                    drain.loud = False
                    _wait_for_sound(drain)
                    yield _moment(screen, number, drain, waits, work_ms)
                    waits.clear()
                    worked = screen.cpu_s()
    finally:
        drain.close()


def _look_around(screen: Screen) -> None:
    """What else one does: filter, sort, seek, mark, loop, look at the help and the ranking."""
    screen.press("/")
    screen.answer("z", "0 of")
    screen.answer(ESCAPE, " judged")  # waited for: right before another key it would make one with it
    for key in ("s" * 7, "S", "S", "m", "l", "l", "\x1b[D"):
        screen.press(key)
        screen.settle(0.1, 0.5)
    screen.answer("?", "any key closes")
    screen.answer(ESCAPE, " judged")
    screen.answer("w", " judged")
    screen.press("v")
    screen.settle(0.3, 2.0)
    screen.answer(ESCAPE, " judged")
    screen.settle(0.3, 1.0)
    screen.press("\r")


def _wait_for_sound(drain: Drain) -> None:
    deadline = time.monotonic() + 30
    while not drain.loud:
        time.sleep(0.01)
        if time.monotonic() > deadline:
            raise SystemExit("no sound comes any more")


def _shards(folder: Path) -> dict[str, int]:
    with contextlib.suppress(FileNotFoundError):
        return {entry.name: entry.inode() for entry in os.scandir(folder) if entry.name.endswith(".json")}
    return {}


def _moment(screen: Screen, takes: int, drain: Drain, waits: list[float], work_ms: float) -> Moment:
    children = {_module(child): child for child in _children(screen.pid)}
    audio, decoder = children["process"], children["decoder"]
    everybody = (screen.pid, audio, decoder)
    return Moment(
        takes, drain.frames / 48_000, *(_rss_mb(pid) for pid in everybody),
        handles=sum(_count(pid, "fd") for pid in everybody),
        threads=sum(_count(pid, "task") for pid in everybody),
        audio=audio, durable_ms=1000 * statistics.median(waits), work_ms=work_ms,
    )  # fmt: skip


def _count(pid: int, what: str) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/{what}").iterdir())


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in lists for child in one.read_text().split()]


def _module(pid: int) -> str:
    """The last part of the module that a process runs."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return next((word.rpartition(".")[2] for word in words if word.startswith("tui.player.")), "")


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
