"""What was asked for before and not made: looked for behind the screens, offered quietly, gone on with when told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from library.errors import EarmarkError, LibraryError
from library.library import Library
from library.store.catalog import Catalog
from tui.frame.formatting import counted, plain
from tui.frame.palette import Command

if TYPE_CHECKING:
    from library.jobs.to_come import Unmade
    from library.jobs.wishes import Held

GROUP = "wishes"


class _App(Protocol):
    """What is asked of the app: see Textual's."""

    def run_worker(
        self, work: Callable[[], None], name: str, group: str, *, exit_on_error: bool, thread: bool
    ) -> object: ...
    def call_from_thread(self, callback: Callable[..., object], *args: object) -> object: ...
    def notify(self, message: str, *, title: str = "", timeout: float | None = None) -> None: ...
    def show_error(self, error: EarmarkError) -> None: ...


class WaitingWishes:
    """Reads and holds wishes on a thread. Nothing is made that nobody told it to."""

    def __init__(self, app: _App, go_on_with: Callable[[Held, Unmade], None]) -> None:
        """`go_on_with` is called on the event loop, with each wish that is to be made now."""
        self._app = app
        self._go_on_with = go_on_with
        self.waiting: tuple[Unmade, ...] = ()
        self._catalog: Catalog | None = None

    def commands(self) -> list[Command]:
        """What of it the palette offers."""
        if not self.waiting:
            return []
        return [Command("Go on generating", f"{_amount(self.waiting)} still to come from before", ("app.go_on",))]

    def look(self, catalog: Catalog) -> None:
        """See what waits in a library that has just been opened, and offer it."""
        self.waiting, self._catalog = (), catalog

        def read() -> None:
            from library.jobs.to_come import is_anything_asked, to_come

            try:
                if not is_anything_asked(catalog.library):
                    return
                catalog.refresh()
                coming = to_come(catalog)
            except LibraryError:
                return  # reading the library itself tells of it
            damages = [str(damage) for damage in coming.damages]
            self._app.call_from_thread(self._offer, catalog, coming.waiting, damages)

        self._in_thread(read, "looking for what is still to come")

    def go_on(self, catalog: Catalog, wish: str | None = None) -> None:
        """Make that wish, or all that wait; what can't be made stays, and it is said why."""
        chosen = [unmade for unmade in self.waiting if wish in (None, unmade.wish.id)]

        def hold() -> None:
            from library.jobs.to_come import check_makeable, take_up

            for unmade in chosen:
                try:
                    check_makeable(unmade)
                    taken = take_up(catalog, unmade.wish)
                except EarmarkError as error:
                    self._app.call_from_thread(self._app.show_error, error)
                else:
                    self._app.call_from_thread(self._took, unmade, taken)

        self._in_thread(hold, "going on")

    def drop(self, library: Library, wish: str) -> Callable[[], bool] | None:
        """Forget a wish that waits. Returns what brings it back; None where it can't be dropped."""
        from library.jobs.to_come import drop
        from library.jobs.wishes import record

        unmade = next((one for one in self.waiting if one.wish.id == wish), None)
        if unmade is None:
            return None
        try:
            drop(library, unmade.wish)
        except LibraryError as error:
            self._app.show_error(error)
            return None
        self._forget(unmade)

        def bring_back() -> bool:
            from library.jobs.to_come import Unmade

            try:
                held = record(library, unmade.recipes, unmade.parent, unmade.wish.device)
            except LibraryError as error:
                self._app.show_error(error)
                return False
            held.release()
            self.waiting = (*self.waiting, Unmade(held.wish, tuple(range(len(held.wish.recipes))), busy=False))
            return True

        return bring_back

    def _offer(self, catalog: Catalog, waiting: tuple[Unmade, ...], damages: Sequence[str]) -> None:
        if catalog is not self._catalog:
            return  # another library was opened meanwhile
        self.waiting = waiting
        if waiting:
            words = f"{_amount(waiting)} still to come. To make them, choose “Go on generating” in the commands."
            self._app.notify(words, title="From before", timeout=10)
        for damage in damages:
            self._app.notify(plain(damage), title="A queue file can't be read", timeout=15)

    def _took(self, unmade: Unmade, taken: tuple[Held, Unmade] | None) -> None:
        self._forget(unmade)
        if taken is not None:
            self._go_on_with(*taken)

    def _forget(self, unmade: Unmade) -> None:
        self.waiting = tuple(one for one in self.waiting if one.wish.id != unmade.wish.id)

    def _in_thread(self, work: Callable[[], None], name: str) -> None:
        self._app.run_worker(work, name, GROUP, exit_on_error=False, thread=True)


def _amount(waiting: Sequence[Unmade]) -> str:
    """`1 take is`, `12 takes are`."""
    number = sum(len(one.missing) for one in waiting)
    return f"{counted(number, 'take')} {'is' if number == 1 else 'are'}"
