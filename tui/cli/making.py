"""Takes being made, on the command line: a bar, a line for each that is done, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from library.jobs.events import Event
    from library.jobs.run_and_wait import JobResult
    from library.library import Library
    from library.take import Recipe


def show_making(
    library: Library,
    recipes: Sequence[Recipe],
    run: Callable[[Callable[[Event], None]], JobResult],
    *,
    as_json: bool,
    single: bool = False,
    told: Sequence[str] = (),
    problems: Sequence[str] = (),
) -> None:
    """Have `run` make these recipes, tell of each take, and exit with 1 if one failed or there are `problems`.

    What stands in `told` was said before.
    """
    from library.jobs.eta import Eta, describe_remaining
    from library.jobs.events import JobProgress, JobRemark, TakeSaved
    from library.store.catalog import Catalog
    from ratings.history import History
    from tui.cli.output import complain, print_json, progress, take_line, takes_json
    from tui.frame.formatting import counted

    catalog, history, eta = Catalog(library), History(), Eta()
    with progress("Generating") as bar:

        def show(event: Event) -> None:
            if isinstance(event, JobProgress):
                eta.update(event.done, event.of)
                bar.show(event.done, event.of, event.note or describe_remaining(eta.remaining_s()))
            elif isinstance(event, JobRemark) and event.words not in told:
                bar.clear()
                complain(event.words)
            elif isinstance(event, TakeSaved) and not as_json:
                bar.clear()
                click.echo(take_line(event.take, history))

        outcome = run(show)
    catalog.refresh()
    takes = [catalog.get(take.id) or take for take in outcome.takes]
    failed = [
        {"index": failure.index, "prompt": recipes[failure.index].prompt, "seed": recipes[failure.index].seed,
         "reason": f"{failure.what} {failure.remedy}".strip()}
        for failure in outcome.failures
    ]  # fmt: skip
    if as_json:
        documents = takes_json(takes, catalog, history)
        made = {"take": documents[0] if documents else None} if single else {"takes": documents}
        print_json({**made, "failed": failed})
    alike = Counter(f"{failure.title}: {failure.what} {failure.remedy}".strip() for failure in outcome.failures)
    for words, times in alike.items():
        complain(words if times == 1 else f"{words} ({times} takes)")
    for words in problems:
        complain(words)
    if outcome.cancelled:
        kept = f"Finished takes are in the library: {counted(len(takes), 'take')}."
        complain(f"Stopped. {kept} To go on with the rest, run `earmark generate --resume`.")
    if outcome.failures or outcome.cancelled or problems:
        raise click.exceptions.Exit(1)
