"""The end of a session: what was liked, how steady the ears were, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from library.take import Take
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain, star_column
from tui.frame.key_names import key_name
from tui.frame.next_steps import HAS_KEYS, Step, key_lines
from tui.frame.reliability_words import steadiness_words
from tui.frame.told_apart import told_apart
from tui.session.promise_list import PromiseList

if TYPE_CHECKING:
    from ratings.session.summary import Liked, Promise, Summary

PERCENT = 8
"""Columns that a chance takes up behind a name."""
BESIDE, BETWEEN = 96, 4
"""Columns from which on there are two side by side, and from one to the other."""
TALL = 32
"""Rows from which on there is air around them."""
WIDEST = 80
Names = Callable[[str], Take | None]


class SessionSummary(VerticalScroll, can_focus=False):
    """Heading and words at once; the rest when it has been worked out."""

    DEFAULT_CSS: ClassVar[str] = """
    SessionSummary {
        align-horizontal: center;
        padding: 1 3 0 3;
        scrollbar-size-vertical: 1;
        #sum-words { color: $quiet; margin-bottom: 1; }
        #sum-columns { height: auto; layout: vertical; }
        .part { height: auto; margin-bottom: 1; width: 1fr; }
        .part > .title { color: $secondary; }
        .part > Static { height: auto; }
    }
    SessionSummary.-tall { padding: 2 4 0 4; }
    SessionSummary.-beside #sum-columns { layout: horizontal; }
    SessionSummary.-beside #sum-right { margin-left: 4; }
    SessionSummary #sum-left, SessionSummary #sum-right { width: 1fr; height: auto; max-width: 80; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.summary: Summary | None = None
        self._names: Names = lambda _: None
        self._apart: dict[str, str] = {}
        """What tells takes of one prompt and seed apart."""

    def compose(self) -> ComposeResult:
        yield Static("", id="sum-title", classes="heading", markup=False)
        yield Static("", id="sum-words", markup=False)
        yield Static("", id="sum-keys", classes="part keys", markup=False)
        with Horizontal(id="sum-columns"):
            with Vertical(id="sum-left"):
                yield from self._part("liked", "What you liked")
                yield from self._part("next", "Worth hearing next")
            with Vertical(id="sum-right"):
                yield from self._part("steady", "How consistent you were")
                with Vertical(classes="part", id="sum-more") as more:
                    more.display = False
                    yield Static("Make more of", classes="title")
                    yield PromiseList(id="sum-promises")
                    yield Static("", id="sum-reach", markup=False, classes=HAS_KEYS)

    @staticmethod
    def _part(name: str, title: str) -> Iterable[Vertical]:
        part = Vertical(Static(title, classes="title"), Static("", id=f"sum-{name}", markup=False), classes="part")
        part.display = False
        yield part

    def show_page(self, title: str, words: str, steps: Sequence[Step]) -> None:
        self.summary = None
        self.say(title, words)
        self.query_one("#sum-keys", Static).update(key_lines(steps, self, between="   "))
        for part in self.query("#sum-columns .part"):
            part.display = False
        self.scroll_home(animate=False)

    def say(self, title: str, words: str) -> None:
        """The heading and the words alone, as of now."""
        self.query_one("#sum-title", Static).update(title)
        self.query_one("#sum-words", Static).update(words)

    def show(self, summary: Summary | None, names: Names) -> None:
        """The rest. `names` finds a take by its id."""
        self.summary, self._names = summary, names
        ids = [] if summary is None else [*(one.take for one in summary.liked), *(one.take for one in summary.next)]
        self._apart = told_apart(filter(None, map(names, dict.fromkeys(ids))))
        self._draw()

    def on_resize(self) -> None:
        """Two columns where there is room; names are cut to what there is."""
        self.set_class(self.size.width >= BESIDE, "-beside")
        self.set_class(self.size.height >= TALL, "-tall")
        self._draw()

    def _draw(self) -> None:
        summary = self.summary
        if summary is None:
            return
        # By arithmetic: the columns themselves may not have been laid out since there came to be two, or one.
        width = self.scrollable_content_region.width
        room = max(24, min(WIDEST, (width - BETWEEN) // 2 if self.has_class("-beside") else width))
        heard = (
            (summary.firsts, counted(summary.firsts, "first listen")),
            (summary.agains, f"{summary.agains:,} heard again"),
            (summary.duels, counted(summary.duels, "duel")),
        )
        counts = ", ".join(words for number, words in heard if number)
        steady = steadiness_words(summary)
        self._fill("liked", [self._liked(place, one, room) for place, one in enumerate(summary.liked, 1)])
        self._fill("next", [self._called(one.take, room - PERCENT).append(_chance(one.p_top)) for one in summary.next])
        self._fill("steady", [Content(f"{counts}.")] * bool(counts) + [Content(words) for words in steady])
        self._show_promises(summary)

    def _fill(self, name: str, lines: Sequence[Content]) -> None:
        place = self.query_one(f"#sum-{name}", Static)
        place.update(Content("\n").join(lines))
        if place.parent is not None:
            place.parent.display = bool(lines)

    def _liked(self, place: int, one: Liked, room: int) -> Content:
        width = 12 if room < 64 else 20
        return Content.assemble(
            (f"{place:>2}  ", "$quiet"),
            (f"{one.score:.1f} ", "$star"),
            _bar(one, width),
            ("  ", ""),
            self._called(one.take, room - width - 12),
        )

    def _called(self, name: str, room: int) -> Content:
        take = self._names(name)
        if take is None:
            return Content(name[:8])
        more = ["" if take.seed is None else str(take.seed), self._apart.get(take.id, "")]
        after = "".join(f" · {one}" for one in more if one)
        words = plain(take.prompt) if take.prompt else take.id[:8]
        return Content.assemble(shortened(words, max(8, room - cell_len(after))), (after, "$quiet"))

    def _show_promises(self, summary: Summary) -> None:
        promises = [*summary.cells, *summary.prompts]
        self.query_one("#sum-more").display = bool(promises)
        self.query_one(PromiseList).show(promises)
        what = "beats your best" if summary.k == 1 else f"reaches your top {summary.k}"
        how = Content.from_markup("[b $primary]$key[/] makes it", key=key_name(self, "make.more"))
        words = Content.styled(f"chance that a new take {what}", "$quiet")
        self.query_one("#sum-reach", Static).update(Content("\n").join([words, how]))

    @property
    def promise(self) -> Promise | None:
        """What is under the cursor, to be made."""
        return None if self.summary is None else self.query_one(PromiseList).current

    def step(self, by: int) -> None:
        """Along what is worth making, or through the page where there is no such."""
        promises = self.query_one(PromiseList)
        if self.promise is None or not promises.move(by):
            self.scroll_relative(y=3 * by, animate=False)
        else:
            promises.scroll_visible(animate=False)


def _chance(share: float) -> Content:
    return Content.styled(f"  {share:.0%}", "$star")


def _bar(one: Liked, width: int) -> Content:
    """The 80 % interval on the scale of stars, a dot at the score."""
    low, middle, high = (star_column(score, width) for score in (one.low, one.score, one.high))
    left, right = "━" * (middle - low), "━" * (high - middle)
    return Content.assemble(
        " " * low, (left, "$wave"), ("●", "$star"), (right, "$wave"), " " * (width - 1 - max(high, middle))
    )
