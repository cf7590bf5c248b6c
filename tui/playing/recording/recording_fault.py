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


_LINUX_PERMISSION = "If none does, your user may have no access to sound: `groups` should name audio."
_SETTINGS = {
    "darwin": "In System Settings, Privacy & Security, Microphone, allow it to your terminal, then start that anew.",
    "win32": "In Settings, Privacy, Microphone, let desktop apps use it.",
}


def describe(fault: RecordingFault, detail: str = "") -> Trouble:
    quoted = f" ({detail.rstrip('.')})" if detail else ""
    match fault:
        case RecordingFault.NO_LIBRARY:
            what = f"The microphone can't be used: PortAudio could not be loaded{quoted}."
            return Trouble(what, sound_fault.describe(SoundFault.NO_LIBRARY).remedy)
        case RecordingFault.NO_MICROPHONE | RecordingFault.NO_SYSTEM:
            remedy = "Connect one, or choose an input in the system's sound settings, then try again."
            return Trouble("There is no microphone.", remedy)
        case RecordingFault.REFUSED:
            remedy = "Close other programs that record. " + _SETTINGS.get(sys.platform, _LINUX_PERMISSION)
            return Trouble(f"The microphone could not be opened{quoted}.", remedy)
        case RecordingFault.LOST:
            return Trouble("The microphone went away.", "Connect it again, or choose another input, then try again.")
        case RecordingFault.FROZEN:
            return Trouble("Nothing comes from the microphone.", sound_fault.describe(SoundFault.FROZEN).remedy)
        case RecordingFault.DISK:
            return Trouble(
                f"The recording could not be written{quoted}.", "Free some space on your disk, then try again."
            )
        case RecordingFault.SILENT:
            remedy = "Look whether it is muted or turned down. " + _SETTINGS.get(sys.platform, "")
            return Trouble("The microphone gives nothing but silence.", remedy.strip())
        case RecordingFault.CRASHED:
            remedy = "Try again; `earmark doctor` looks at the sound system."
            return Trouble(f"The recorder ended by itself{quoted}.", remedy)
