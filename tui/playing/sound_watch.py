"""Whether what is heard is what it should be: the take itself, playable, and on a sound device that works."""

from __future__ import annotations

from functools import partial

from textual.app import App
from textual.worker import get_current_worker

from library.errors import EarmarkError
from library.sound.changed_sound import changed_since
from library.take import Take
from tui.context import AppContext
from tui.frame.formatting import plain
from tui.playing.player.api import Playhead

NAMELESS = "Its file is missing, damaged or changed. The Library tells you more."


class SoundWatch:
    """Looks on while takes play, and says what is wrong, once."""

    def __init__(self, app: App[None], context: AppContext) -> None:
        self._app = app
        self._context = context
        self._deck = context.deck
        self._checked_take = ""
        self._failed_take: str | None = None
        self._trouble: str | None = None
        self._in_the_making: set[str] = set()
        """Purged takes whose sounds are on their way back."""

    def check(self, head: Playhead) -> None:
        """Playing stands at `head`: to be called often."""
        # The player had a look before it played, as far as there was time. A take in the making is in no library.
        take = self._deck.take if head.playing and head.heard_s > 0 else None
        if take is not None and take.id != self._checked_take and take.id in self._context.workspace.catalog:
            self._checked_take = take.id
            if not self._make_again(take.id):
                check = partial(self._check_file, take)
                self._app.run_worker(check, thread=True, group="checking", exclusive=True, exit_on_error=False)
        failed = head.take if head.error else None
        if failed != self._failed_take:
            self._failed_take = failed
            if head.error and not self._make_again(failed):
                hidden = self._context.workspace.blindfold.hides(head.take)
                what = NAMELESS if hidden else plain(head.error)  # which names the file
                self._app.notify(what, title="This take can't be played", severity="error", timeout=8)
        trouble = self._deck.player.trouble()
        in_dialogue = len(self._app.screen_stack) > 1  # where it would cover what is asked: it is told afterwards
        if not in_dialogue and (told := trouble.what if trouble else None) != self._trouble:
            self._trouble = told
            if trouble:
                self._app.notify(str(trouble), title="No sound", severity="warning", timeout=6)

    def _make_again(self, take_id: str | None) -> bool:
        """Whether that take's sound was purged: then it is brought back in the background, and plays."""
        catalog = self._context.workspace.catalog
        take = catalog.get(take_id or "")
        if take is None or not catalog.is_purged(take):
            return False
        if take.id in self._in_the_making:
            return True
        self._in_the_making.add(take.id)
        self._app.notify("Its sound is made again first …", timeout=4)
        bring_back = partial(self._bring_back, take)
        self._app.run_worker(bring_back, thread=True, group="restoring", exit_on_error=False)
        return True

    def _bring_back(self, take: Take) -> None:
        """On a thread."""
        from library.purging.restore import restore

        worker, reason = get_current_worker(), ""
        try:
            done = restore(self._context.workspace.catalog, [take], stopped=lambda: worker.is_cancelled)
            reason = done.failed.get(take.id, "")
        except EarmarkError as error:
            reason = str(error)
        if not worker.is_cancelled:
            self._app.call_from_thread(self._brought_back, take, reason)

    def _brought_back(self, take: Take, reason: str) -> None:
        self._failed_take, self._checked_take = None, ""
        self._in_the_making.discard(take.id)
        if reason:
            hidden = self._context.workspace.blindfold.hides(take.id)
            what = NAMELESS if hidden else plain(reason)
            self._app.notify(what, title="This take can't be played", severity="error", timeout=8)
            return
        self._context.refresh_library()
        if self._deck.is_on(take):
            self._deck.load(take, blind=self._deck.hidden)

    def _check_file(self, take: Take) -> None:
        """On a thread: whether the file is still that take. Another sound is never judged in its place."""
        worker = get_current_worker()
        error = changed_since(take.id, take.created_at, self._deck.path_of(take), lambda: worker.is_cancelled)
        if error is not None and not worker.is_cancelled:
            self._app.call_from_thread(self._stop_other_sound, take, error)

    def _stop_other_sound(self, take: Take, error: EarmarkError) -> None:
        if self._deck.is_on(take):
            self._deck.player.pause()
        self._checked_take = ""
        hidden = self._context.workspace.blindfold.hides(take.id)
        self._context.show_error(EarmarkError(NAMELESS) if hidden else error)
