"""What stands in the take's place when there is none to hear, and the way on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ratings.filtering.query import UNRATED, Query
from tui.frame.formatting import clock, counted, duration_words, plain
from tui.frame.next_steps import GENERATE, IMPORT, LIBRARY, Step
from tui.session.session_progress import settled_words

if TYPE_CHECKING:
    from ratings.session.progress import Progress
    from ratings.session.session import Session

GO_ON_MINUTES = 10.0

SHORT: tuple[Step, ...] = (
    ("go.ranking", "app.go('ranking')", "ranking"),
    ("go.export", "app.export", "export"),
    ("go.back", "app.go('library')", "library"),
)

Page = Literal["", "reading", "choosing", "nothing", "settled", "over", "finished"]
"""What stands in the take's place; "" while there is a question. The last three end a session."""
OFF_BY_TWICE = "One session in 14 is off by more than twice that."
"""Measured with many kinds of simulated listeners (tests/benchmarks/bench_listening.py)."""
ENDS: tuple[Page, ...] = ("settled", "over", "finished")


def in_a_session(selection: str) -> str:
    """A filter as it is meant where a listener is to judge: there, unrated is what they have not rated themselves."""
    if (named := Query.parse(selection).named) is not None:
        return f"the {counted(named, 'take')} selected"
    return f"“{plain(selection)}”{' (unrated by you)' if UNRATED in Query.parse(selection).terms else ''}"


def nothing_to_hear(selection: str, takes: int, *, coming: bool) -> tuple[str, str, list[Step]]:
    """Why, and what to do; `coming`: the first takes are being made."""
    if coming:
        return "The first takes are being made.", "You'll hear each as soon as it's there.", [GENERATE, LIBRARY]
    if takes == 0:
        return "The library is empty.", "There's nothing to rate yet.", [GENERATE, IMPORT, LIBRARY]
    words = f"No takes match {in_a_session(selection)}." if selection else "There's no take that can be played."
    return (
        "Nothing to rate.",
        words,
        [("rate.session", "screen.change_session", "choose other takes"), GENERATE, LIBRARY],
    )


def end_of(page: Page, session: Session, progress: Progress | None) -> tuple[str, str, list[Step]]:
    """For a session's end: the heading, how much was heard and what is left open, and what to press."""
    title = "Time's up." if page == "over" else "Session finished."
    if page == "settled" and progress is not None:
        best = "best take" if progress.k == 1 else f"top {progress.k}"
        title = f"Your {best} is settled, to about {session.plan.goal:.2g}."
    words = f"{counted(len(session.answers), 'answer')} in {duration_words(session.used_s)} of listening."
    if page == "settled":
        words += f" {OFF_BY_TWICE}"
    elif progress is not None and progress.to_goal > session.plan.goal:
        short = max(progress.regret_stars, 0.1)
        words += f" {settled_words(progress).capitalize()}; your true favourites may be up to {short:.1f}★ better."
    if progress is not None and progress.narrowed:
        words += f" Focused on the {len(session.belief.focus):,} most promising of {progress.takes:,} takes."
    on = {
        "settled": f"continue, to about {_next_goal(session, progress):.2g}",
        "over": f"continue for {duration_words((session.plan.minutes or GO_ON_MINUTES) * 60)}",
    }.get(page, "continue")
    return (
        title,
        words,
        [("play.start", "screen.go_on", on), ("rate.session", "screen.change_session", "new session"), *SHORT],
    )


def _next_goal(session: Session, progress: Progress | None) -> float:
    """What to settle the best to, where they are settled to the goal already: half of what is left."""
    left = session.plan.goal if progress is None else min(session.plan.goal, progress.regret)
    return max(0.005, float(f"{left / 2:.1g}"))


def going_on(page: Page, session: Session, progress: Progress | None) -> dict[str, object]:
    """What changes in the plan, by field, where a session goes on after its end."""
    changes: dict[str, object] = {}
    if page == "settled":
        changes["goal"] = _next_goal(session, progress)
    if session.plan.minutes is not None and not session.minutes_left:
        changes["minutes"] = session.used_s / 60 + min(session.plan.minutes, GO_ON_MINUTES)
    return changes


def status_of(session: Session, progress: Progress | None, *, narrow: bool) -> str:
    unheard = len(session.selected - session.belief.seen)
    parts = [f"{unheard:,} unheard" if narrow else f"{counted(unheard, 'take')} unheard"]
    if progress is not None and progress.narrowed and not narrow:
        parts[0] = f"{len(session.belief.focus):,} of {progress.takes:,} takes in focus, {parts[0]}"
    if session.answers and not narrow:
        parts.append(counted(len(session.answers), "answer"))
    left = session.minutes_left
    if left is not None:
        parts.append(f"{clock(left * 60)} left" if left else "time's up")
    elif session.used_s >= 1:
        parts.append(f"{clock(session.used_s)} heard")
    return " · ".join(parts)
