"""What passes between the recorder and its process, which holds the microphone."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from library.processes.program import Program
from tui.playing.recording.recording_fault import RecordingFault


class Record(Struct, frozen=True, tag="record"):
    """Record into that WAV file, for at most so many seconds."""

    path: str
    limit_s: float


class Stop(Struct, frozen=True, tag="stop"):
    """End the recording; the microphone stays open."""


class Opened(Struct, frozen=True, tag="opened"):
    """The microphone listens."""

    device: str


class Level(Struct, frozen=True, kw_only=True, tag="level"):
    """What comes in, fifteen times a second."""

    peak: float
    """Of the samples since the last level, full scale at 1."""
    seconds: float
    """How long the recording is by now."""
    recording: bool


class Recorded(Struct, frozen=True, kw_only=True, tag="recorded"):
    """A recording is whole, on disk."""

    path: str
    seconds: float
    peak: float
    gaps: bool
    """Whether the machine was too busy at times, and sound was lost."""
    full: bool
    """Whether it ended by itself, at its limit."""


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """The file can't be written, or (whatever else the fault) the microphone can't be used and the process ends."""

    fault: RecordingFault
    detail: str = ""


Command: TypeAlias = Record | Stop
Report: TypeAlias = Opened | Level | Recorded | Failed
MICROPHONE = Program[Command, Report](("-m", "tui.playing.recording.microphone_process"), Command, Report)
