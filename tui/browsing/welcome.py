"""What an empty library says: what Earmark is for, and what to press next."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.frame.key_names import star_keys
from tui.frame.next_steps import key_lines


class Welcome(Vertical):
    """Offers a first batch. Keys of its own: `s` and `y` work while it is in sight."""

    DEFAULT_CSS: ClassVar[str] = """
    Welcome {
        align: center middle;
        height: 1fr;
        Static { width: 70; max-width: 100%; height: auto; padding: 0 2; }
        .title { color: $primary; text-style: bold; margin-bottom: 1; }
        .keys { margin: 1 0; }
    }
    """

    def __init__(self, *, samples: bool, id: str | None = None) -> None:
        """`samples` is whether the 28 sample takes are on this machine."""
        super().__init__(id=id)
        self._samples = samples

    def compose(self) -> ComposeResult:
        offers = [("first.batch", "screen.make_first", "make a first batch right now, no model needed")]
        if self._samples:
            offers.append(
                ("first.samples", "screen.load_samples", "load 28 sample takes from a real text-to-music model")
            )
        offers.append(("go.import", "app.import_takes", "import your own files or folders"))
        offers.append(("go.generate", "app.go('generate')", "write prompts and choose seeds"))
        yield Static("Find the keepers by ear.", classes="title")
        yield Static("This library is empty. To start, press", classes="quiet")
        yield Static(key_lines(offers, self, between="\n\n"), classes="keys")
        yield Static(f"Then listen, press {star_keys(self)}, and see which prompts and seeds win.", classes="quiet")
