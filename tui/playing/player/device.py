"""The default sound device, by way of sounddevice, with every way it can be missing distinguished."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from types import ModuleType
from typing import Any, cast

from tui.playing.player.mixer import CHANNELS, RATE
from tui.playing.player.sound_fault import SoundFault

BLOCK = 480
LATENCY_S = 0.06
"""Asked of PortAudio. 40 ms is heard 20 ms sooner, and has over ten times the gaps on a machine that is busy."""


class NoSoundError(Exception):
    """There can be no sound: the fault, by one of the caller's own kinds or a `SoundFault`, and PortAudio's words."""

    def __init__(self, fault: StrEnum, error: Exception) -> None:
        super().__init__(fault)
        self.fault = fault
        self.detail = str(error.args[0]) if error.args else str(error)


def load_portaudio() -> ModuleType:
    """sounddevice, with PortAudio initialised. Raises NoSoundError."""
    try:
        import sounddevice
    except OSError as error:
        raise NoSoundError(SoundFault.NO_LIBRARY, error) from error
    except Exception as error:
        # Initialising is part of the import, and its error's class cannot be imported then.
        if type(error).__name__ != "PortAudioError":
            raise
        raise NoSoundError(SoundFault.NO_DEVICE, error) from error
    return cast("ModuleType", sounddevice)


def open_stream(
    sounddevice: ModuleType, callback: Callable[..., None], finished: Callable[[], None] | None = None
) -> tuple[Any, str]:
    """A stream to the default output, not yet started, and the device's name. Raises NoSoundError.

    The caller keeps the stream: its callback lives only as long as it does.
    """
    try:
        device = sounddevice.query_devices(kind="output")
        stream = sounddevice.OutputStream(
            samplerate=RATE,
            blocksize=BLOCK,
            channels=CHANNELS,
            dtype="float32",
            latency=LATENCY_S,
            callback=callback,
            finished_callback=finished,
        )
    except (sounddevice.PortAudioError, ValueError) as error:
        raise NoSoundError(SoundFault.NO_DEVICE, error) from error
    return stream, str(device["name"])


def start_stream(sounddevice: ModuleType, stream: Any) -> None:  # noqa: ANN401 - sounddevice is untyped
    """Let it ask for sound. Raises NoSoundError."""
    try:
        stream.start()
    except sounddevice.PortAudioError as error:
        raise NoSoundError(SoundFault.NO_DEVICE, error) from error
