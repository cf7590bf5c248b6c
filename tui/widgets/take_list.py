"""The list of takes: draws only the lines in sight, so that 100,000 rows are as quick as ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from library.take import Take
from ratings.history import Verdict
from tui.formatting import ago, clock, plain, stars_bar

GAP = 2


class TakeList(ScrollView, can_focus=True):
    """One line a take, with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "take-list--cursor",
        "take-list--playing",
        "take-list--stars",
        "take-list--quiet",
        "take-list--rejected",
        "take-list--picked",
        "take-list--flag",
    }
    DEFAULT_CSS: ClassVar[str] = """
    TakeList {
        height: 1fr;
        scrollbar-size-vertical: 1;
        .take-list--cursor { background: $cursor-row; text-style: bold; }
        .take-list--playing { color: $primary; }
        .take-list--stars { color: $star; }
        .take-list--quiet { color: $quiet; }
        .take-list--rejected { color: $quiet; text-style: strike; }
        .take-list--picked { color: $success; }
        .take-list--flag { color: $error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "to(0)", "First", show=False, id="list.first"),
        Binding("end,G", "to(-1)", "Last", show=False, id="list.last"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor came to another take."""

        def __init__(self, take_list: TakeList, take: Take) -> None:
            super().__init__()
            self.take_list = take_list
            self.take = take

        @property
        def control(self) -> TakeList:
            """The list."""
            return self.take_list

        def can_replace(self, message: Message) -> bool:
            """Only the newest matters."""
            return isinstance(message, TakeList.Highlighted)

    class Chosen(Message):
        """A take was clicked twice."""

        def __init__(self, take_list: TakeList, take: Take) -> None:
            super().__init__()
            self.take_list = take_list
            self.take = take

        @property
        def control(self) -> TakeList:
            """The list."""
            return self.take_list

    def __init__(self, verdict: Callable[[Take], Verdict], *, id: str | None = None) -> None:
        """`verdict` tells what was said about a take; asked anew for every line drawn."""
        super().__init__(id=id)
        self._verdict = verdict
        self._rows: list[Take] = []
        self._playing: str | None = None

    @property
    def rows(self) -> Sequence[Take]:
        """The takes listed, in order."""
        return self._rows

    @property
    def current(self) -> Take | None:
        """The take under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def show(self, rows: list[Take], *, keep: bool = True) -> None:
        """List other takes. With `keep` the cursor stays on its take if that is still there, else near its place."""
        before = self.current
        self._rows = rows
        self.virtual_size = Size(self.scrollable_content_region.width, len(rows))
        place = min(self.cursor, max(0, len(rows) - 1)) if keep else 0
        if keep and before is not None and not (place < len(rows) and rows[place].id == before.id):
            place = next((index for index, take in enumerate(rows) if take.id == before.id), place)
        self.set_reactive(TakeList.cursor, place)
        self._keep_in_sight()
        self.refresh()
        if (now := self.current) is not None and (before is None or now.id != before.id):
            self.post_message(self.Highlighted(self, now))

    def show_playing(self, take_id: str | None) -> None:
        """Point out the take that is on."""
        if take_id != self._playing:
            self._playing = take_id
            self.refresh()

    def move(self, by: int) -> bool:
        """Move the cursor; False at the end of the list."""
        target = min(max(0, self.cursor + by), len(self._rows) - 1)
        if target < 0 or target == self.cursor:
            return False
        self.cursor = target
        return True

    def watch_cursor(self, old: int, new: int) -> None:
        """Redraw two lines and follow."""
        top = self.scroll_offset.y
        self._keep_in_sight()
        if self.scroll_offset.y == top:
            width = self.size.width
            self.refresh(Region(0, old - top, width, 1), Region(0, new - top, width, 1))
        else:
            self.refresh()
        if (take := self.current) is not None:
            self.post_message(self.Highlighted(self, take))

    def on_resize(self) -> None:
        """Lines are as wide as the view."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        height = self.scrollable_content_region.height
        if height <= 0:
            return
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def action_to(self, place: int) -> None:
        """Home and end."""
        if self._rows:
            self.cursor = place % len(self._rows)

    def action_page(self, direction: int) -> None:
        """Page up and down."""
        self.move(direction * max(1, self.scrollable_content_region.height - 1))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice plays."""
        place = event.y + self.scroll_offset.y
        if 0 <= place < len(self._rows):
            self.cursor = place
            if event.chain == 2:
                self.post_message(self.Chosen(self, self._rows[place]))

    def render_line(self, y: int) -> Strip:
        """One take, or an empty line below the last."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        return self._draw(self._rows[place], width, place == self.cursor)

    def _draw(self, take: Take, width: int, under_cursor: bool) -> Strip:
        verdict = self._verdict(take)
        style = self.rich_style
        base = style + self.get_component_rich_style("take-list--cursor", partial=True) if under_cursor else style

        def part(name: str) -> Style:
            return base + self.get_component_rich_style(f"take-list--{name}", partial=True)

        quiet = part("quiet")
        playing = take.id == self._playing
        sign, sign_style = ("▶", part("playing")) if playing else (" ", base)
        words = part("playing") if playing else part("rejected") if verdict.rejected else base
        if verdict.picked:
            badge, badge_style = "●", part("picked")
        elif verdict.rejected:
            badge, badge_style = "✕", quiet
        else:
            badge, badge_style = ("!", part("flag")) if take.flags else (" ", base)
        stars_style = part("stars") if verdict.stars is not None else quiet
        left = [
            Segment(f" {sign} ", sign_style),
            Segment(stars_bar(verdict.stars), stars_style),
            Segment(f" {badge} ", badge_style),
        ]
        seed = "" if take.seed is None else str(take.seed)
        cells = [f"{seed:>8.8}", f"{clock(take.duration_s):>6}"]
        if width >= 84:
            cells.append(f"{plain(take.generator or '')[:10]:<10}")
        if width >= 96:
            cells.append("" if take.lufs is None else f"{take.lufs:6.1f}")
            cells[-1] = f"{cells[-1]:>6}"
        if width >= 72:
            cells.append(f"{ago(take.created_at):>10}")
        right = (" " * GAP).join(cells) + " "
        used = sum(segment.cell_length for segment in left) + len(right) + GAP
        room = max(4, width - used)
        text = plain(take.prompt) if take.prompt else "(no prompt)"
        prompt = Strip([Segment(text[: room * 2], words if take.prompt else quiet)]).adjust_cell_length(room, base)
        return Strip([*left, *prompt, Segment(" " * GAP, base), Segment(right, quiet)]).adjust_cell_length(width, base)
