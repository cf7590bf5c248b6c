"""Which loudspeaker each channel of a sound is for, and what becomes of it where there are only two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import soundfile
    from numpy.typing import NDArray

Layout: TypeAlias = tuple[str, ...]
"""A loudspeaker a channel: left, right, centre, LFE; `b` behind, `s` at the side, `c` beside the centre, `t` above."""

_HALF = math.sqrt(0.5)
_LEFT, _RIGHT, _BOTH = (_HALF, 0.0), (0.0, _HALF), (_HALF, _HALF)
_SHARES: dict[str, tuple[float, float]] = {
    "M": (1, 1), "L": (1, 0), "R": (0, 1), "C": _BOTH, "LFE": (0, 0), "Cb": (0.5, 0.5), "Lb": _LEFT, "Rb": _RIGHT,
    "Lc": (1, 0), "Rc": (0, 1), "Ls": _LEFT, "Rs": _RIGHT, "Ct": (0.5, 0.5), "Ltf": _LEFT, "Rtf": _RIGHT,
    "Ctf": (0.5, 0.5), "Ltb": _LEFT, "Rtb": _RIGHT, "Ctb": (0.5, 0.5), "?": _BOTH,
}  # fmt: skip
"""What the left and the right one of two play of it: ITU-R BS.775-3, table 2, and the like for those it leaves out."""
_SURROUND_WEIGHT = 1.41
_WAVE = ("M", "L R", "L R C", "L R Lb Rb", "L R C Lb Rb", "L R C LFE Lb Rb", "L R C LFE Cb Ls Rs",
         "L R C LFE Lb Rb Ls Rs")  # fmt: skip
"""The order where a file names no loudspeakers, by the number of channels (RFC 9639, 9.1.3; WAVE's is the same)."""
_OGG = ("M", "L R", "L C R", "L R Lb Rb", "L C R Lb Rb", "L C R Lb Rb LFE", "L C R Ls Rs Cb LFE",
        "L C R Ls Rs Lb Rb LFE")  # fmt: skip
"""That of Vorbis (Vorbis I, 4.3.9) and Opus (RFC 7845, 5.1.1.2), which libsndfile leaves as it is."""
_SNDFILE = (
    *("?", "M", "L", "R", "C", "L", "R", "C", "Cb", "Lb", "Rb", "LFE", "Lc", "Rc", "Ls", "Rs"),
    *("Ct", "Ltf", "Rtf", "Ctf", "Ltb", "Rtb", "Ctb"),
)
"""By the numbers that libsndfile has for them (SF_CHANNEL_MAP_…)."""
_GET_CHANNEL_MAP, _SET_CHANNEL_MAP = 0x1100, 0x1101
_WAVE_MASK = (
    *("M", "L", "R", "C", "LFE", "Lb", "Rb", "Lc", "Rc", "Cb", "Ls", "Rs"),
    *("Ct", "Ltf", "Ctf", "Rtf", "Ltb", "Ctb", "Rtb", "?"),
)
"""In the order of the bits of WAVE_FORMAT_EXTENSIBLE's mask."""


def usual_layout(channels: int, container: str = "") -> Layout:
    """That of a file that doesn't say, by libsndfile's name of its container."""
    orders = _OGG if container == "OGG" else _WAVE
    return tuple(orders[channels - 1].split()) if channels <= len(orders) else ("?",) * channels


def layout_of(sound: soundfile.SoundFile) -> Layout:
    """That of an open file: what it says itself, as libsndfile tells of WAV, W64 and CAF, else the usual one."""
    numbers = _command(sound, _GET_CHANNEL_MAP) if sound.channels > 2 else []
    named = tuple(_SNDFILE[number] for number in numbers if 0 < number < len(_SNDFILE))
    # Of many an AIFF it tells numbers that are none.
    whole = len(set(named)) == sound.channels
    return named if whole else usual_layout(sound.channels, sound.format)


def name_speakers(sound: soundfile.SoundFile, layout: Layout) -> None:
    """Have a WAVEX that is about to be written name its loudspeakers, in `wave_order`."""
    if "?" not in layout:
        _command(sound, _SET_CHANNEL_MAP, [_SNDFILE.index(speaker) for speaker in layout])


def _command(sound: soundfile.SoundFile, command: int, numbers: Sequence[int] = ()) -> list[int]:
    """libsndfile's answer, a number a channel; none where it has none."""
    from soundfile import _ffi, _snd  # soundfile has no word for it

    array = _ffi.new("int[]", numbers or sound.channels)
    told = _snd.sf_command(sound._file, command, array, _ffi.sizeof(array))  # noqa: SLF001
    return list(array) if told else []


def wave_order(layout: Layout) -> list[int]:
    """Its channels in the order in which a WAV has them."""
    return sorted(range(len(layout)), key=lambda channel: _WAVE_MASK.index(layout[channel]))


def loudness_weights(layout: Layout) -> list[float]:
    """What each channel's power counts (BS.1770-4, tables 3 and 4): more at the side, nothing for the LFE.

    Those behind are at the side where no others are: the surrounds of quad and 5.1.
    """
    at_side = ("Ls", "Rs") if "Ls" in layout else ("Lb", "Rb")
    return [_SURROUND_WEIGHT if speaker in at_side else float(speaker != "LFE") for speaker in layout]


def most_in_one(layout: Layout) -> float:
    """How many times a channel's peak one of two loudspeakers can play, if all channels add up."""
    return max(sum(_SHARES[speaker][side] for speaker in layout) for side in (0, 1))


def fold_down(samples: NDArray[np.float32], layout: Layout) -> NDArray[np.float32]:
    """[frames, channels] as two loudspeakers play it, [frames, 2]: mono on both, stereo as it is."""
    import numpy as np

    if len(layout) <= 2:
        return np.repeat(samples, 2, axis=1) if len(layout) == 1 else samples
    # Not `@`: for so many frames OpenBLAS would start its threads, which spin in between.
    folded: NDArray[np.float32] = np.einsum(
        "fc,cs->fs", samples, np.array([_SHARES[speaker] for speaker in layout], np.float32)
    )
    return folded
