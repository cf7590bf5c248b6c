"""`earmark generate --resume`: what was asked for and not made; and how `list` and `doctor` tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from library.errors import EarmarkError

if TYPE_CHECKING:
    from library.jobs.to_come import ToCome, Unmade
    from library.jobs.wishes import Held
    from library.library import Library


def resume_all(library: Library, *, elsewhere: bool, as_json: bool) -> None:
    """Go on with all wishes that can be gone on with, say why not with the others, and exit as `generate` does."""
    from library.jobs.run_and_wait import JobResult, resume_and_wait
    from library.jobs.to_come import take_up, to_come
    from library.store.catalog import Catalog
    from tui.cli.making import show_making
    from tui.cli.output import complain

    catalog = Catalog.load(library)
    coming = to_come(catalog)
    for damage in coming.damages:
        complain(f"Warning: {damage}")
    taken: list[tuple[Held, Unmade]] = []
    problems: list[str] = []
    busy = False
    try:
        for unmade in coming.unmade:
            if not (unmade.from_here or elsewhere):
                complain(_asked_elsewhere(unmade))
            elif problem := _why_not(unmade):
                problems.append(problem)
            elif (mine := take_up(catalog, unmade.wish)) is not None:
                taken.append(mine)
            elif any(other.wish.id == unmade.wish.id for other in to_come(catalog).unmade):
                busy = True
                complain(f"{_amount([unmade])} being made by another Earmark just now.")
        recipes = [recipe for _, unmade in taken for recipe in unmade.recipes]
        going, taken = taken, []
    finally:
        for held, _ in taken:
            held.release()
    if not (going or problems or busy or as_json):
        complain("There is nothing to go on with.")
    show_making(
        library,
        recipes,
        lambda show: resume_and_wait(library, going, show) if going else JobResult(),
        as_json=as_json,
        problems=problems,
    )


def _why_not(unmade: Unmade) -> str:
    """Why nobody can go on with that here and now; empty if it can be done."""
    from library.jobs.to_come import check_makeable

    try:
        check_makeable(unmade)
    except EarmarkError as error:
        return f"{_amount([unmade])} still to come: {error.what} {error.remedy}".strip()
    return ""


def coming_lines(coming: ToCome) -> list[str]:
    """What is still to come, in sentences; none where nothing is."""
    here = [one for one in coming.unmade if one.from_here]
    lines = []
    if busy := [one for one in here if one.busy]:
        lines.append(f"{_amount(busy)} being made just now.")
    if coming.waiting:
        lines.append(f"{_amount(coming.waiting)} still to come: run `earmark generate --resume`.")
    lines += [_asked_elsewhere(one) for one in coming.unmade if not one.from_here]
    return lines


def _asked_elsewhere(unmade: Unmade) -> str:
    where = unmade.machine
    how = "If it isn't at it any more, run `earmark generate --resume --elsewhere`."
    return f"{_amount([unmade])} still to come from {where}, which asked for them. {how}"


def _amount(unmade: Sequence[Unmade]) -> str:
    """`1 take is`, `12 takes are`."""
    from tui.frame.formatting import counted

    number = sum(len(one.missing) for one in unmade)
    return f"{counted(number, 'take')} {'is' if number == 1 else 'are'}"
