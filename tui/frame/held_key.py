"""Keys that are held down: terminals send them over and over, and don't say that it is still the same press."""

from __future__ import annotations

REPEAT_S = 0.1
"""Presses of a key that come closer than this are one that is held: most terminals repeat it every 25 to 40 ms."""


class HeldKey:
    """One press gives one answer: holding its key longer gives none to the takes that come next."""

    def __init__(self) -> None:
        self._key, self._at = "", 0.0
        self._spent = False

    def acts(self, key: str, at: float) -> bool:
        """Note that `key` came, `at` seconds since some moment; False if it is held and has been spent."""
        held = key == self._key and at - self._at < REPEAT_S
        self._key, self._at = key, at
        self._spent = self._spent and held
        return not self._spent

    def spend(self) -> None:
        """The last key has given an answer."""
        self._spent = True
