"""What works of the sound system, found out in a process of its own so that no hang or crash can reach the caller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tui
from tui.playing.player import troubles
from tui.playing.player.device import NoSoundError, load_portaudio, open_stream, start_stream

STEPS = {
    "PortAudio library": troubles.NO_LIBRARY,
    "Sound device": troubles.NO_DEVICE,
    "Playing": troubles.FROZEN,
}
"""What is looked at, in this order, and what it means when it fails."""
_BLOCKS = 20


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def check_sound(timeout_s: float = 15.0) -> list[Check]:
    """Load PortAudio, find the default output, and play a fifth of a second of silence. Stops at the first failure."""
    root = Path(tui.__file__).parent.parent
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-m", "tui.playing.player.diagnosis"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )
        output, ending = done.stdout, f"the check ended with code {done.returncode}"
    except subprocess.TimeoutExpired as error:
        output, ending = error.stdout or b"", f"no answer within {timeout_s:g} s"
    except OSError as error:  # too many processes, too little memory
        output, ending = b"", f"the check could not be started: {error.strerror or error}"
    checks = [_check(json.loads(line)) for line in output.splitlines() if line.endswith(b"}")]
    if all(check.ok for check in checks) and len(checks) < len(STEPS):
        name = list(STEPS)[len(checks)]
        checks.append(_check({"name": name, "ok": False, "detail": ending}))
    return checks


def _check(report: dict[str, Any]) -> Check:
    name, ok, detail = report["name"], report["ok"], report["detail"]
    if ok:
        return Check(name, ok, detail)
    what = {"PortAudio library": "could not be loaded", "Sound device": "none could be opened"}.get(
        name, "no sound came"
    )
    return Check(name, ok, f"{what} ({detail})", troubles.describe(STEPS[name]).remedy)


def main() -> None:
    """Do the steps, a JSON line each."""
    reports = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what ALSA and PortAudio print is no report
    steps = list(STEPS)

    def report(*, ok: bool, detail: str) -> None:
        reports.write(json.dumps({"name": steps.pop(0), "ok": ok, "detail": detail}) + "\n")

    played = threading.Event()
    blocks = 0

    def callback(out: Any, *_: Any) -> None:  # noqa: ANN401 - C structures
        nonlocal blocks
        out.fill(0)
        blocks += 1
        if blocks == _BLOCKS:
            played.set()

    try:
        sounddevice = load_portaudio()
        report(ok=True, detail=sounddevice.get_portaudio_version()[1].partition(",")[0])
        stream, device = open_stream(sounddevice, callback)
        report(ok=True, detail=device)
        start_stream(sounddevice, stream)
    except NoSoundError as error:
        if error.cause == troubles.NO_DEVICE and len(steps) == len(STEPS):  # it is there, and finds no sound system
            report(ok=True, detail="loaded")
        report(ok=False, detail=error.detail)
        return
    played.wait()
    report(ok=True, detail=f"{1000 * stream.latency:.0f} ms ahead")
    os._exit(0)  # closing a stream can hang


if __name__ == "__main__":
    main()
