"""Why recording may not work, and what mends it on this system."""

from __future__ import annotations

import sys

from tui.playing.player import troubles
from tui.playing.player.api import Trouble

NO_LIBRARY = troubles.NO_LIBRARY
NO_SYSTEM = troubles.NO_DEVICE
NO_MICROPHONE = "no-microphone"
REFUSED = "refused"
LOST = "lost"
FROZEN = "frozen"
CRASHED = "crashed"
DISK = "disk"
SILENT = "silent"

_SETTINGS = {
    "darwin": "In System Settings, Privacy & Security, Microphone, allow it to your terminal, then start that anew.",
    "win32": "In Settings, Privacy, Microphone, let desktop apps use it.",
}


def describe(cause: str, detail: str = "") -> Trouble:
    """The trouble by its cause (one of the constants above), in words for the user."""
    said = f" ({detail.rstrip('.')})" if detail else ""
    match cause:
        case "no-library":
            what = f"The microphone can't be used: PortAudio could not be loaded{said}."
            return Trouble(what, troubles.describe(NO_LIBRARY).remedy)
        case "no-microphone" | "no-device":
            remedy = "Connect one, or choose an input in the system's sound settings, then try again."
            return Trouble("There is no microphone.", remedy)
        case "refused":
            remedy = "Close other programs that record. " + _SETTINGS.get(sys.platform, _linux_permission())
            return Trouble(f"The microphone could not be opened{said}.", remedy)
        case "lost":
            return Trouble("The microphone went away.", "Connect it again, or choose another input, then try again.")
        case "frozen":
            return Trouble("Nothing comes from the microphone.", troubles.describe(troubles.FROZEN).remedy)
        case "disk":
            return Trouble(
                f"The recording could not be written{said}.", "Free some space on your disk, then try again."
            )
        case "silent":
            remedy = "Look whether it is muted or turned down. " + _SETTINGS.get(sys.platform, "")
            return Trouble("The microphone gives nothing but silence.", remedy.strip())
    return Trouble(f"The recorder ended by itself{said}.", "Try again; `earmark doctor` looks at the sound system.")


def _linux_permission() -> str:
    return "If none does, your user may have no access to sound: `groups` should name audio."
