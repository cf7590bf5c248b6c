"""What an empty library says: what Earmark is for, and what to press next."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Center, Vertical
from textual.message import Message
from textual.widgets import Static


class Welcome(Vertical):
    """Offers a first batch. Keys of its own: `s` and `y` work while it is in sight."""

    DEFAULT_CSS: ClassVar[str] = """
    Welcome {
        align: center middle;
        height: 1fr;
        Static { width: 64; max-width: 100%; height: auto; padding: 0 2; }
        .title { color: $primary; text-style: bold; margin-bottom: 1; }
        .offer { margin-bottom: 1; }
        .quiet { color: $quiet; }
    }
    """

    class Wanted(Message):
        """The listener asked for a first batch: `sketches` or `samples`."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, *, samples: bool, id: str | None = None) -> None:
        """`samples` is whether the 28 recorded takes are on this machine."""
        super().__init__(id=id)
        self._samples = samples

    def compose(self) -> ComposeResult:
        """A few lines in the middle."""
        offers = ["[b $primary][@click=screen.sketch_first]s[/][/]  sketch a first batch here and now, no model needed"]
        if self._samples:
            offers.append(
                "[b $primary][@click=screen.load_samples]y[/][/]  load 28 takes made by a real text-to-music model"
            )
        offers.append("[b $primary][@click=app.import_takes]i[/][/]  import files or folders of your own takes")
        offers.append("[b $primary][@click=app.go('generate')]g[/][/]  write prompts and choose seeds")
        with Center():
            yield Static("Many takes, few minutes, your ears.", classes="title")
        with Center():
            yield Static("This library is empty. To begin, press", classes="offer quiet")
        for offer in offers:
            with Center():
                yield Static(offer, classes="offer")
        with Center():
            yield Static("Then listen, press 1–5, and see which takes, prompts and seeds win.", classes="quiet")
