"""What stands in the take's place when there is none to hear, and the way on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ratings.query import UNRATED, Query
from tui.frame.formatting import clock, counted, duration_words, plain
from tui.frame.next_steps import Step

if TYPE_CHECKING:
    from ratings.session.progress import Outlook
    from ratings.session.session import Sitting

GO_ON_MINUTES = 10.0
GENERATE: Step = ("g", "app.go('generate')", "make more takes")
IMPORT: Step = ("i", "app.import_takes", "load files or folders")
LIBRARY: Step = ("escape", "app.go('library')", "back to the library")

SHORT: tuple[Step, ...] = (
    ("w", "app.go('ranking')", "ranking"),
    ("e", "app.export", "export"),
    ("escape", "app.go('library')", "library"),
)

Page = Literal["", "reading", "nothing", "settled", "over", "finished"]
"""What stands in the take's place; "" while there is a question. The last three end a session."""
ENDS: tuple[Page, ...] = ("settled", "over", "finished")


def in_a_session(selection: str) -> str:
    """A filter as it is meant where a listener is to judge: there, unrated is what they have not rated themselves."""
    return f"“{plain(selection)}”{' (unrated by you)' if UNRATED in Query.parse(selection).terms else ''}"


def nothing_to_hear(selection: str, takes: int) -> tuple[str, str, list[Step]]:
    """For a session without a take."""
    if takes == 0:
        return "The library is empty.", "There is nothing to rate yet.", [GENERATE, IMPORT, LIBRARY]
    words = f"No take answers to {in_a_session(selection)}." if selection else "No take can be heard."
    return "Nothing to rate.", words, [("s", "screen.change_session", "choose other takes"), GENERATE, LIBRARY]


def title_of(page: Page, outlook: Outlook | None) -> str:
    """The heading of a session's end."""
    if page == "settled" and outlook is not None:
        return outlook.verdict.words
    return "Time is up." if page == "over" else "Session finished."


def words_of(sitting: Sitting, outlook: Outlook | None) -> str:
    """How much was heard, and what is left open."""
    words = f"{counted(sitting.judged, 'answer')} in {duration_words(sitting.used_s)} of listening."
    if outlook is None:
        return words
    if outlook.regret > sitting.plan.goal:
        words += (
            f" {outlook.words}; what looks best may fall short by about {max(outlook.regret_stars, 0.1):.1f} stars."
        )
    if outlook.narrowed:
        words += f" Of {outlook.takes:,} takes the {len(sitting.moment.focus):,} most promising were looked at."
    return words


def next_goal(sitting: Sitting, outlook: Outlook | None) -> float:
    """What to settle the best to, where they are settled to the goal already: half of what is left."""
    left = sitting.plan.goal if outlook is None else min(sitting.plan.goal, outlook.regret)
    return max(0.005, float(f"{left / 2:.1g}"))


def steps_of(page: Page, sitting: Sitting, outlook: Outlook | None) -> list[Step]:
    """What to press at a session's end."""
    on = {
        "settled": f"go on, to within {next_goal(sitting, outlook):.2g}",
        "over": f"go on for another {duration_words((sitting.plan.minutes or GO_ON_MINUTES) * 60)}",
    }.get(page, "go on")
    return [("enter", "screen.go_on", on), ("s", "screen.change_session", "another session"), *SHORT]


def status_of(sitting: Sitting, outlook: Outlook | None, *, narrow: bool) -> str:
    """For the top line: takes not heard yet, and the time."""
    unheard = len(sitting.wanted - sitting.moment.seen)
    parts = [f"{unheard:,} unheard" if narrow else f"{counted(unheard, 'take')} unheard"]
    if outlook is not None and outlook.narrowed and not narrow:
        parts[0] = f"{len(sitting.moment.focus):,} of {outlook.takes:,} takes looked at, {parts[0]}"
    if sitting.judged and not narrow:
        parts.append(counted(sitting.judged, "answer"))
    left = sitting.minutes_left
    if left is not None:
        parts.append(f"{clock(left * 60)} to go" if left else "time is up")
    elif sitting.used_s >= 1:
        parts.append(f"{clock(sitting.used_s)} heard")
    return " · ".join(parts)
