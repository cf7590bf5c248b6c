"""The default sound device, by way of sounddevice, with every way it can be missing told apart."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

from tui.playing.player.mixer import CHANNELS, RATE
from tui.playing.player.troubles import NO_DEVICE, NO_LIBRARY

BLOCK = 480
LATENCY_S = 0.06
"""Asked of PortAudio. 40 ms is heard 20 ms sooner, and has over ten times the gaps on a machine that is busy."""


class NoSoundError(Exception):
    """There can be no sound: `cause` is one of `troubles`' constants."""

    def __init__(self, cause: str, error: Exception) -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = str(error.args[0]) if error.args else str(error)


def load_portaudio() -> ModuleType:
    """sounddevice, with PortAudio initialised. Raises NoSoundError."""
    try:
        import sounddevice
    except OSError as error:
        raise NoSoundError(NO_LIBRARY, error) from error
    except Exception as error:
        # Initialising is part of the import, and its error's class cannot be imported then.
        if type(error).__name__ != "PortAudioError":
            raise
        raise NoSoundError(NO_DEVICE, error) from error
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
        raise NoSoundError(NO_DEVICE, error) from error
    return stream, str(device["name"])


def start_stream(sounddevice: ModuleType, stream: Any) -> None:  # noqa: ANN401 - sounddevice is untyped
    """Let it ask for sound. Raises NoSoundError."""
    try:
        stream.start()
    except sounddevice.PortAudioError as error:
        raise NoSoundError(NO_DEVICE, error) from error
