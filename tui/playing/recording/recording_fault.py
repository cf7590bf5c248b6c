"""Why recording may not work, and what mends it on this system."""

from __future__ import annotations

import sys
from enum import StrEnum

from tui.playing.player import sound_fault
from tui.playing.player.api import Trouble
from tui.playing.player.sound_fault import SoundFault


class RecordingFault(StrEnum):
    NO_LIBRARY = SoundFault.NO_LIBRARY.value
    NO_SYSTEM = SoundFault.NO_DEVICE.value
    NO_MICROPHONE = "no-microphone"
    REFUSED = "refused"
    LOST = "lost"
    FROZEN = "frozen"
    """Nothing comes from it, not even silence."""
    CRASHED = "crashed"
    DISK = "disk"
    """The file can't be written; the microphone stays."""
    SILENT = "silent"
    """Only digital silence comes."""


_LINUX_PERMISSION = "If there's none to choose, your user may lack access to audio: `groups` should list audio."
_SETTINGS = {
    "darwin": "In System Settings, Privacy & Security, Microphone, allow your terminal, then restart it.",
    "win32": "In Settings, Privacy, Microphone, let desktop apps use it.",
}


def describe(fault: RecordingFault, detail: str = "") -> Trouble:
    quoted = f" ({detail.rstrip('.')})" if detail else ""
    match fault:
        case RecordingFault.NO_LIBRARY:
            what = f"The microphone can't be used: PortAudio couldn't be loaded{quoted}."
            return Trouble(what, sound_fault.describe(SoundFault.NO_LIBRARY).remedy)
        case RecordingFault.NO_MICROPHONE | RecordingFault.NO_SYSTEM:
            remedy = "Connect one, or choose an input in the system's sound settings, then try again."
            return Trouble("There's no microphone.", remedy)
        case RecordingFault.REFUSED:
            remedy = "Close other programs that record. " + _SETTINGS.get(sys.platform, _LINUX_PERMISSION)
            return Trouble(f"The microphone couldn't be opened{quoted}.", remedy)
        case RecordingFault.LOST:
            return Trouble("The microphone was disconnected.", "Reconnect it, or choose another input, then try again.")
        case RecordingFault.FROZEN:
            return Trouble("Nothing is coming from the microphone.", sound_fault.describe(SoundFault.FROZEN).remedy)
        case RecordingFault.DISK:
            return Trouble(f"The recording couldn't be saved{quoted}.", "Free some space on your disk, then try again.")
        case RecordingFault.SILENT:
            remedy = "Check whether it's muted or turned down. " + _SETTINGS.get(sys.platform, "")
            return Trouble("The microphone is sending only silence.", remedy.strip())
        case RecordingFault.CRASHED:
            remedy = "Try again; `earmark doctor` checks the sound system."
            return Trouble(f"The recorder crashed{quoted}.", remedy)
