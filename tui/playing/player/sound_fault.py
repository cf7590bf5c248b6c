"""Why there may be no sound, and what mends it on this system."""

from __future__ import annotations

import platform
import sys
from enum import StrEnum

from tui.playing.player.api import Trouble


class SoundFault(StrEnum):
    NO_LIBRARY = "no-library"
    NO_DEVICE = "no-device"
    LOST = "lost"
    CRASHED = "crashed"
    FROZEN = "frozen"
    """It no longer mixes."""
    NO_CACHE = "no-cache"


def describe(fault: SoundFault, detail: str = "") -> Trouble:
    quoted = f" ({detail.rstrip('.')})" if detail else ""
    match fault:
        case SoundFault.NO_LIBRARY:
            return Trouble(f"There is no sound: PortAudio could not be loaded{quoted}.", _library_remedy())
        case SoundFault.NO_DEVICE:
            return Trouble(f"There is no sound: no sound device could be opened{quoted}.", _device_remedy())
        case SoundFault.LOST:
            return Trouble(
                "The sound device went away.", "Connect it again, or choose another as the system's default output."
            )
        case SoundFault.FROZEN:
            return Trouble(
                "The sound system stopped answering.",
                "Restart it (with PipeWire: systemctl --user restart pipewire pipewire-pulse), or log out and in again."
                if sys.platform == "linux"
                else "Choose another output, or log out and in again.",
            )
        case SoundFault.NO_CACHE:
            return Trouble(
                f"There is no sound: there is no place to keep decoded takes{quoted}.", "Free some space on your disk."
            )
        case SoundFault.CRASHED:
            return Trouble(
                f"There is no sound: the audio process keeps ending by itself{quoted}.",
                "Run `earmark doctor`, which looks at the sound system step by step.",
            )


def _library_remedy() -> str:
    if sys.platform != "linux":
        return "Install sounddevice again, which brings PortAudio: run `make setup` in Earmark's folder."
    if _is_debian():
        return "Run `sudo apt-get install libportaudio2 libasound2-plugins`."
    return "Install PortAudio with your system's package manager (the package is called portaudio or libportaudio2)."


def _device_remedy() -> str:
    if sys.platform != "linux":
        return "Connect headphones or speakers, or choose an output in the system's sound settings."
    plug_in = "run `sudo apt-get install libasound2-plugins`" if _is_debian() else "install its plug-in for ALSA"
    return f"Connect headphones or speakers. Where others play through PulseAudio or PipeWire, {plug_in}."


def _is_debian() -> bool:
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return False
    return "debian" in f"{system.get('ID', '')} {system.get('ID_LIKE', '')}"
