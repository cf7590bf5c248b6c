"""What passes between the player and its processes: the one that plays, the one that decodes, the one that checks."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from library.processes.program import Program
from tui.playing.player.sound_fault import SoundFault

# To the audio process. All places and lengths are in seconds.


class Load(Struct, frozen=True, kw_only=True, tag="load"):
    """Change to a take."""

    name: str
    """What its chunk files are called."""
    duration_s: float
    """An estimate, until it has been decoded to its end."""
    gain_db: float
    at_s: float
    play: bool
    heard_s: float
    """How much of it counts as heard already, just before `at_s`."""


class Play(Struct, frozen=True, tag="play"):
    """Go on."""


class Pause(Struct, frozen=True, tag="pause"):
    """Hold."""


class Seek(Struct, frozen=True, tag="seek"):
    """Go to a place."""

    at_s: float


class Loop(Struct, frozen=True, tag="loop"):
    """Repeat between two places; None: no more."""

    span: tuple[float, float] | None


class Volume(Struct, frozen=True, tag="volume"):
    """The listener's own volume."""

    volume_db: float


AudioCommand: TypeAlias = Load | Play | Pause | Seek | Loop | Volume


class Numbered(Struct, frozen=True):
    """A command with its number; the shared state says which was the last to take effect."""

    serial: int
    command: AudioCommand


# From the audio process


class DeviceOpened(Struct, frozen=True, kw_only=True, tag="opened"):
    """Sound is on its way to the device."""

    device: str
    latency_s: float


class NoSound(Struct, frozen=True, kw_only=True, tag="no-sound"):
    """There can be none, or no more; the process ends."""

    fault: SoundFault
    detail: str = ""


AudioReport: TypeAlias = DeviceOpened | NoSound
AUDIO = Program[Numbered, AudioReport](("-m", "tui.playing.player.audio_process"), Numbered, AudioReport)

# To and from the decoder


class WantedTake(Struct, frozen=True):
    """A take to decode: `chunks` chunks from the one with index `first` on."""

    name: str
    path: str
    first: int
    chunks: int
    sound: str = ""
    """The id of its sound …"""
    since: str = ""
    """… and when the file held it; empty where it may hold any."""

    @property
    def file(self) -> Path:
        return Path(self.path)


class Want(Struct, frozen=True, tag="want"):
    """What is to be decoded, the most urgent first, in place of all that was wanted before."""

    takes: tuple[WantedTake, ...]


class Decoding(Struct, frozen=True, tag="decoding"):
    """Which take it works on from now on, by its chunk files' name; None while there is nothing to do."""

    name: str | None


class DecodingFailed(Struct, frozen=True, kw_only=True, tag="failed"):
    """A take can't be played, and why, in a sentence."""

    name: str
    reason: str


DecoderReport: TypeAlias = Decoding | DecodingFailed
DECODER = Program[Want, DecoderReport](("-m", "tui.playing.player.decoder_process"), Want, DecoderReport)

# From the process that looks at the sound system, which takes no commands


class StepDone(Struct, frozen=True, kw_only=True):
    """One thing was looked at; the steps have an order."""

    ok: bool
    detail: str


DIAGNOSIS = Program[None, StepDone](("-m", "tui.playing.player.diagnosis"), None, StepDone)
