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
            return Trouble(f"PortAudio couldn't be loaded{quoted}.", _library_remedy())
        case SoundFault.NO_DEVICE:
            return Trouble(f"No audio device could be opened{quoted}.", _device_remedy())
        case SoundFault.LOST:
            remedy = "Reconnect it, or choose another default output in the system settings."
            return Trouble("The audio device was disconnected.", remedy)
        case SoundFault.FROZEN:
            remedy = "Choose another output, or log out and in again."
            if sys.platform == "linux":
                restart = "systemctl --user restart pipewire pipewire-pulse"
                remedy = f"Restart it (with PipeWire: {restart}), or log out and in again."
            return Trouble("The sound system stopped responding.", remedy)
        case SoundFault.NO_CACHE:
            return Trouble(f"There's no disk space for decoded takes{quoted}.", "Free some space on your disk.")
        case SoundFault.CRASHED:
            remedy = "Run `earmark doctor`: it checks the sound system step by step."
            return Trouble(f"The audio process keeps crashing{quoted}.", remedy)


def _library_remedy() -> str:
    if sys.platform != "linux":
        return "Reinstall sounddevice, which includes PortAudio: run `make setup` in Earmark's folder."
    if _is_debian():
        return "Run `sudo apt-get install libportaudio2 libasound2-plugins`."
    return "Install PortAudio with your system's package manager (the package is called portaudio or libportaudio2)."


def _device_remedy() -> str:
    if sys.platform != "linux":
        return "Connect headphones or speakers, or choose an output in the system's sound settings."
    plug_in = "run `sudo apt-get install libasound2-plugins`" if _is_debian() else "install its ALSA plug-in"
    return f"Connect headphones or speakers. If this machine uses PulseAudio or PipeWire, {plug_in}."


def _is_debian() -> bool:
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return False
    return "debian" in f"{system.get('ID', '')} {system.get('ID_LIKE', '')}"
