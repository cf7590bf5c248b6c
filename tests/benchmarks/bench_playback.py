"""Key to sound: how long after a call the sound at a PulseAudio null sink's monitor has changed.

Run it by itself: `python tests/benchmarks/bench_playback.py`. It needs pulseaudio, parec and the ALSA plug-in for
Pulse. The monitor adds its own few milliseconds, which are part of the figures.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from library.library import Library

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import soundfile

from library.store.catalog import BatchWriter
from library.take import Take, digest_of, make_id, utc_now
from tests.benchmarks.measuring import scaled
from tui.messages import MOST_SURVEYED
from tui.playing.deck import Deck
from tui.playing.pairing import LineUp
from tui.playing.player.api import Track
from tui.playing.player.client import AudioPlayer
from tui.playing.player.mixer import FADE
from tui.workspace import Workspace

RATE = 48_000
FRAME = 8
ROUNDS = scaled(40, 2)
TAKE_S = 30


class Monitor:
    """What the null sink plays, with the time at which each piece arrived."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "socket"
        (folder / "run").mkdir(mode=0o700)
        os.environ.update(
            PULSE_RUNTIME_PATH=str(folder / "run"),
            PULSE_STATE_PATH=str(folder / "state"),
            PULSE_SERVER=f"unix:{socket}",
            HOME=str(folder),
        )
        subprocess.run(
            [
                *["pulseaudio", "-n", "--daemonize=yes", "--exit-idle-time=-1", "--use-pid-file=yes", "--realtime=no"],
                *["--high-priority=no", "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"],
                *["-L", "module-null-sink sink_name=cap format=float32le rate=48000 channels=2 norewinds=1"],
            ],
            check=True,
            capture_output=True,
        )
        self._server = int((folder / "run" / "pid").read_text())
        self._parec = subprocess.Popen(
            [
                *["parec", "-d", "cap.monitor", "--latency-msec=4", "--format=float32le", "--rate=48000"],
                *["--channels=2", "--raw"],
            ],
            stdout=subprocess.PIPE,
        )
        self.last = np.zeros(2, np.float32)
        self.gaps = 0
        self.watching_gaps = False
        self.steepest = 0.0
        self._news = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        rest = b""
        while data := self._parec.stdout.read1(1 << 14):
            data = rest + data
            rest = data[len(data) // FRAME * FRAME :]
            samples = np.frombuffer(data[: len(data) - len(rest)], np.float32).reshape(-1, 2)
            if len(samples):
                with self._news:
                    joined = np.concatenate([self.last[None], samples])
                    self.steepest = max(self.steepest, float(np.abs(np.diff(joined, axis=0)).max()))
                    self.last = samples[-1]
                    silent = ~samples.any(axis=1)
                    if self.watching_gaps and silent.any():
                        self.gaps += 1
                    self._news.notify_all()

    def forget_steps(self) -> None:
        """Measure the steepest step between two samples from here on."""
        with self._news:
            self.steepest = 0.0

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> float:
        """The moment at which `condition` first held."""
        with self._news:
            if not self._news.wait_for(condition, timeout_s):
                raise SystemExit("the sound never changed")
            return time.monotonic()

    def sounds_as(self, level: float) -> Callable[[], bool]:
        return lambda: abs(float(self.last[0]) - level) < 1e-6

    def close(self) -> None:
        self._parec.kill()
        os.kill(self._server, 9)


def takes(folder: Path, count: int, *, subtype: str, suffix: str, rate: int = RATE) -> list[tuple[Track, float]]:
    """Takes that are known by their level."""
    made = []
    for number in range(count):
        level = (number + 8) / 128
        path = folder / f"{suffix}-{number}.{suffix}"
        soundfile.write(path, np.full((TAKE_S * rate, 2), level, np.float32), rate, subtype=subtype)
        made.append((Track(path.name, path, TAKE_S), level))
    return made


def show(what: str, delays: list[float]) -> None:
    """One line of figures, in milliseconds."""
    ordered = sorted(1000 * delay for delay in delays)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{what:<42} median {statistics.median(ordered):6.1f} ms   p95 {p95:6.1f} ms   n {len(ordered)}")


def settle(moment_s: float) -> None:
    """Let a while pass; uneven, so that no rhythm of the stream is met again and again."""
    time.sleep(moment_s + np.random.default_rng().uniform(0, 0.05))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def child(module: str) -> int:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            parent = int((path.parent / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and module.encode() in path.read_bytes():
                return int(path.parent.name)
    raise SystemExit(f"{module} does not run")


def cpu_share(pid: int, seconds: float = scaled(4.0, 0.1)) -> float:
    before, then = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_seconds(pid) - before) / (time.monotonic() - then)


def changes(
    monitor: Monitor, actions: Iterator[tuple[Callable[[], None], Callable[[], bool]]], gap_s: float = 0.15
) -> list[float]:
    delays = []
    for act, condition in actions:
        settle(gap_s)
        pressed = time.monotonic()
        act()
        delays.append(monitor.wait_for(condition) - pressed)
    return delays


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monitor = Monitor(folder)
        player = AudioPlayer(cache=folder / "cache")
        try:
            measure(monitor, player, folder)
        finally:
            player.close()
            monitor.close()


def measure(monitor: Monitor, player: AudioPlayer, folder: Path) -> None:
    """All figures."""
    pair = takes(folder, 2, subtype="PCM_16", suffix="wav")
    started = time.monotonic()
    player.start()
    player.preload([track for track, _ in pair])
    player.load(pair[0][0])
    show("start() to first sound", [monitor.wait_for(monitor.sounds_as(pair[0][1])) - started])

    def load(track: Track, level: float) -> tuple[Callable[[], None], Callable[[], bool]]:
        return lambda: player.load(track), monitor.sounds_as(level)

    show("load, decoded ahead", changes(monitor, (load(*pair[(n + 1) % 2]) for n in range(ROUNDS))))

    calls = []
    for n in range(scaled(200, 2)):
        then = time.perf_counter()
        player.load(pair[n % 2][0])
        calls.append(time.perf_counter() - then)
    show("the call of load itself", calls)

    for suffix, subtype, rate in (("flac", "PCM_24", 44_100), ("flac", "PCM_24", 32_000)):
        cold = takes(folder, scaled(20, 1), subtype=subtype, suffix=suffix, rate=rate)

        def near(level: float) -> Callable[[], bool]:
            return lambda: abs(float(monitor.last[0]) - level) < 1e-3

        def fresh(track: Track) -> Callable[[], None]:
            return lambda: player.load(track, at_s=1.0)

        delays = changes(monitor, ((fresh(track), near(level)) for track, level in cold), 0.4)
        show(f"load, not decoded yet (30 s {suffix} {rate})", delays)

    survey(monitor, player, folder)

    steps = np.repeat(np.arange(TAKE_S, dtype=np.float32) + 8, RATE) / 128
    path = folder / "steps.wav"
    soundfile.write(path, np.stack([steps, steps], axis=1), RATE, subtype="FLOAT")
    player.load(Track("steps", path, TAKE_S))
    settle(0.5)

    def seek(second: int) -> tuple[Callable[[], None], Callable[[], bool]]:
        return lambda: player.seek(second + 0.1), monitor.sounds_as((second + 8) / 128)

    show("seek", changes(monitor, (seek((7 * n) % TAKE_S) for n in range(ROUNDS))))

    player.load(pair[0][0])
    settle(0.5)
    pauses, plays = [], []
    for _ in range(ROUNDS // 2):
        pauses += changes(monitor, iter([(player.pause, monitor.sounds_as(0.0))]))
        plays += changes(monitor, iter([(player.play, monitor.sounds_as(pair[0][1]))]))
    show("pause (to full silence)", pauses)
    show("play (to full level)", plays)

    long = folder / "long.wav"
    soundfile.write(long, np.full((120 * RATE, 2), 0.25, np.float32), RATE, subtype="PCM_16")
    player.load(Track("long", long, 120))
    settle(1.0)
    audio = child("tui.playing.player.audio_process")
    monitor.watching_gaps = True
    print(f"{'CPU of the audio process while playing':<42} {cpu_share(audio):6.1f} %   gaps heard {monitor.gaps}")
    monitor.watching_gaps = False
    player.pause()
    settle(0.3)
    print(f"{'CPU of the audio process while paused':<42} {cpu_share(audio):6.1f} %")
    print(f"{'CPU of the decoder while idle':<42} {cpu_share(child('tui.playing.player.decoder_process')):6.1f} %")
    for label, module in (
        ("audio process", "tui.playing.player.audio_process"),
        ("decoder", "tui.playing.player.decoder_process"),
    ):
        resident = Path(f"/proc/{child(module)}/status").read_text().split("VmRSS:")[1].split()[0]
        print(f"{f'memory of the {label}':<42} {int(resident) / 1024:6.1f} MB")


def survey(monitor: Monitor, player: AudioPlayer, folder: Path) -> None:
    """From one take of six to another, at the place that is heard; each sounds at a level of its own."""
    batch = BatchWriter(Library(folder / "library"))
    sounds = takes(batch.folder, MOST_SURVEYED, subtype="PCM_24", suffix="flac")
    six = [
        Take(
            id=make_id(digest_of(track.take.encode())),
            batch=batch.name,
            file=track.path.name,
            duration_s=TAKE_S,
            sample_rate=RATE,
            channels=2,
            created_at=utc_now(),
        )
        for track, _ in sounds
    ]
    batch.add(six)
    line = LineUp(Deck(player, Workspace(folder / "library", "bench")), six)
    levels = [level for _, level in sounds]
    line.begin(0)
    monitor.wait_for(monitor.sounds_as(levels[0]))
    settle(3.0)
    monitor.forget_steps()
    turns = [5 * (n + 1) % len(six) for n in range(ROUNDS)]
    actions = ((partial(line.switch, turn), monitor.sounds_as(levels[turn])) for turn in turns)
    show("switch in a survey of six (to full level)", changes(monitor, actions, 0.25))
    ramp = (max(levels) - min(levels)) / FADE
    print(
        f"{'steepest step in a switch':<42} {monitor.steepest / ramp:6.2f} of the {FADE}-frame ramp's (a click: {FADE})"
    )


if __name__ == "__main__":
    main()
