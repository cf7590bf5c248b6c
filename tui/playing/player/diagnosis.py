"""What works of the sound system, found out in a process of its own so that no hang or crash can reach the caller."""

from __future__ import annotations

import os
import threading
from typing import Any

from library.processes.child import Child
from library.processes.pipes import Pipes
from tui.check import Check
from tui.playing.player import sound_fault
from tui.playing.player.device import NoSoundError, load_portaudio, open_stream, start_stream
from tui.playing.player.messages import DIAGNOSIS, StepDone
from tui.playing.player.sound_fault import SoundFault

STEPS = (
    ("PortAudio library", "couldn't be loaded", SoundFault.NO_LIBRARY),
    ("Sound device", "none could be opened", SoundFault.NO_DEVICE),
    ("Playing", "no sound came out", SoundFault.FROZEN),
)
"""What is looked at, in this order; what is wrong where it fails."""
_BLOCKS = 20
_FAREWELL_S = 1.0


def check_sound(timeout_s: float = 15.0) -> list[Check]:
    """Load PortAudio, find the default output, and play a fifth of a second of silence. Stops at the first failure."""
    done: list[StepDone] = []
    child = Child(DIAGNOSIS, on_report=lambda _, step: done.append(step))
    try:
        child.start()
    except OSError as error:  # too many processes, too little memory
        reason = f"the check couldn't be started: {error.strerror or error}"
    else:
        ending = child.wait(timeout_s)
        child.kill()
        child.wait(_FAREWELL_S)
        reason = f"the check failed with code {ending.code}" if ending else f"no answer within {timeout_s:g} s"
    if len(done) < len(STEPS) and all(step.ok for step in done):
        done.append(StepDone(ok=False, detail=reason))
    return [
        Check(name, True, step.detail)
        if step.ok
        else Check(name, False, f"{failure} ({step.detail})", sound_fault.describe(fault).remedy)
        for (name, failure, fault), step in zip(STEPS, done, strict=False)
    ]


def main() -> None:
    pipes = Pipes(DIAGNOSIS)
    pipes.listen(lambda _: None, lambda: None)
    played = threading.Event()
    blocks = 0

    def callback(out: Any, *_: Any) -> None:  # noqa: ANN401 - C structures
        nonlocal blocks
        out.fill(0)
        blocks += 1
        if blocks == _BLOCKS:
            played.set()

    loaded = False
    try:
        sounddevice = load_portaudio()
        loaded = True
        pipes.send(StepDone(ok=True, detail=sounddevice.get_portaudio_version()[1].partition(",")[0]))
        stream, device = open_stream(sounddevice, callback)
        pipes.send(StepDone(ok=True, detail=device))
        start_stream(sounddevice, stream)
    except NoSoundError as error:
        if error.fault == SoundFault.NO_DEVICE and not loaded:  # it is there, and finds no sound system
            pipes.send(StepDone(ok=True, detail="loaded"))
        pipes.send(StepDone(ok=False, detail=error.detail))
        return
    played.wait()
    pipes.send(StepDone(ok=True, detail=f"{1000 * stream.latency:.0f} ms ahead"))
    os._exit(0)  # closing a stream can hang


if __name__ == "__main__":
    main()
