"""What the user has set: theme, keys and volume, applied at the start and kept when they change."""

from __future__ import annotations

from pathlib import Path

import msgspec

from library.errors import EarmarkError
from tui.frame.theme import INK, TERMINAL, THEMES, derived_variables
from tui.open_library.app_with_library import AppWithLibrary
from tui.playing.player.api import Player
from tui.settings import IgnoredSettingError, SettingsFile
from tui.workspace import Workspace

CLOSED_S = 60.0
"""What is wrong for long is shown again after so long: a library that can't be read, settings that can't be kept."""


class AppWithSettings(AppWithLibrary):
    """Goes by what the settings file says."""

    def __init__(
        self, workspace: Workspace, player: Player, screens: dict[str, tuple[str, str]], settings_path: Path | None
    ) -> None:
        super().__init__(workspace, player, screens)
        self._settings_file = SettingsFile(settings_path)
        self.settings, self._ignored = self._settings_file.kept, self._settings_file.problems
        self.deck.starts = self.settings.starts

    def apply_settings(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._theme_to_begin_with()
        self._map_keys()

    def _theme_to_begin_with(self) -> str:
        """The user's, but in a terminal of 16 colours, or where none are wanted, the one that is made for it."""
        wanted = self.settings.theme
        if wanted not in self.available_themes:
            names = ", ".join(theme.name for theme in THEMES)
            problem = IgnoredSettingError(f"There's no theme “{wanted[:40]}”.", f"Earmark's are {names}.")
            self._ignored, wanted = (*self._ignored, problem), INK.name
        few = not self.is_headless and self.console.color_system not in ("256", "truecolor")
        return TERMINAL.name if (few or self.no_color) and not self.available_themes[wanted].ansi else wanted

    def _map_keys(self) -> None:
        """As the user likes them."""
        if self.settings.keys:
            from tui.every_key import every_scope
            from tui.frame.key_map import checked, complete

            scopes = every_scope()
            found = checked(self.settings.keys, scopes)
            self.keys, self._ignored = found.keys, (*self._ignored, *found.problems)
            self.set_keymap(complete(found.keys, scopes))

    def show_ignored(self) -> None:
        """What makes no sense in the settings: the first of it."""
        if self._ignored:
            first, *rest = self._ignored
            more = f" So were {len(rest)} more; `earmark doctor` lists them." if rest else ""
            self.show_error(IgnoredSettingError(first.what, first.remedy + more))

    def action_use_theme(self, name: str) -> None:
        self.theme = name
        self.remember(theme=name)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return derived_variables(self.current_theme.to_color_system().generate())

    def action_volume(self, by_db: float) -> None:
        """Louder or quieter, remembered."""
        volume = min(0.0, max(-60.0, self.settings.volume_db + by_db))
        self.remember(volume_db=volume)
        self.deck.player.set_volume(volume)
        self.notify(f"Volume {volume:+.0f} dB" if volume else "Full volume", timeout=1.5)

    def remember(self, **changes: object) -> None:
        self.settings = msgspec.structs.replace(self.settings, **changes)
        self.deck.starts = self.settings.starts
        try:
            self._settings_file.keep(self.settings)
        except EarmarkError as error:
            self.show_error(error, every_s=CLOSED_S)
