"""What is in the user's settings, and what makes no sense there."""

from __future__ import annotations

from collections.abc import Sequence

from library import locations
from tui.check import Check
from tui.frame.key_map import KeyMap, Scope, checked
from tui.settings import read_settings


def checked_keys() -> tuple[Sequence[Scope], KeyMap]:
    """All places that have keys, and what of the user's key map holds there."""
    from tui.every_key import every_scope

    scopes = every_scope()
    return scopes, checked(read_settings(locations.settings_file()).settings.keys, scopes)


def check_settings() -> Check:
    path = locations.settings_file()
    found = read_settings(path)
    problems = [*found.problems, *(checked_keys()[1].problems if found.settings.keys else ())]
    if not problems:
        return Check("settings", True, str(path) if path.exists() else "all as they come")
    detail = "; ".join(problem.what.rstrip(".") for problem in problems)
    return Check("settings", False, detail, " ".join(dict.fromkeys(problem.remedy for problem in problems)), extra=True)
