"""The filter that several commands take: typed as in the app, or saved as a collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from tui.cli.options import library_of, library_option, listener_option

if TYPE_CHECKING:
    from library.library import Library
    from library.store.catalog import Catalog
    from library.take import Take
    from ratings.history import History
    from ratings.journal import Journal

_Command = TypeVar("_Command", bound=Callable[..., object])

filter_argument = click.argument("words", nargs=-1, metavar="[FILTER]...")
collection_option = click.option("--collection", metavar="NAME", help="Only takes of a collection that you saved.")


def choice_options(count: int | None = None, *, of: str = "") -> Callable[[_Command], _Command]:
    """Which takes go out, spelled alike by all that take takes out: a filter, a library, a listener, and limits.

    At most `count` go if nobody says how many; `of` tells in the help what is counted, where that isn't the best takes.
    They come as `words`, `collection`, `library`, `listener`, and `count`, `min_stars`, `picks`, `per_prompt`.
    """
    most = click.option(
        "-n", "count", type=click.IntRange(min=1), default=count, show_default=count is not None, metavar="N",
        help=of or "The N best.",
    )  # fmt: skip
    options = (
        filter_argument,
        collection_option,
        library_option,
        listener_option,
        most,
        click.option("--min-stars", type=click.FloatRange(1, 5), metavar="S", help="Only takes rated S or more."),
        click.option("--picks", is_flag=True, help="Only picked takes."),
        click.option("--per-prompt", type=click.IntRange(min=1), metavar="N",
                     help="At most N per prompt; takes without a prompt aren't limited."),
    )  # fmt: skip

    def add(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@dataclass(frozen=True)
class Shelf:
    """A library that takes are chosen from."""

    catalog: Catalog
    journal: Journal
    history: History
    """What everybody said; of one listener alone where that was asked for."""
    asked: Filter


def open_shelf(
    library: Path | None,
    words: Sequence[str],
    collection: str | None,
    listener: str | None,
    *,
    as_heard: bool = True,
) -> Shelf:
    """Read the library that these options mean, and the filter; `as_heard` by the listener who is named.

    Says on stderr what can't be read. Raises UsageError for a filter that means nothing.
    """
    from library.store.catalog import Catalog
    from ratings.journal import Journal
    from tui.cli.output import warn_of_damages

    opened = library_of(library)
    asked = read_filter(opened, words, collection, listener)
    catalog, journal = Catalog.load(opened), Journal.load(opened)
    warn_of_damages(catalog, journal)
    history = journal.history.of(listener) if as_heard and listener is not None else journal.history
    return Shelf(catalog, journal, history, asked)


@dataclass(frozen=True)
class Filter:
    """What was asked for. Falsy where that is nothing in particular."""

    text: str
    listener: str
    """Who is meant by `judged:me`."""

    def __bool__(self) -> bool:
        return bool(self.text)

    def takes(self, catalog: Catalog, history: History) -> list[Take]:
        """The takes that it finds, newest first. Says what of it is known to nobody here."""
        from ratings.browse import View
        from ratings.filtering.query import Query
        from ratings.filtering.vocabulary import Vocabulary
        from tui.cli.output import complain

        query = Query.parse(self.text)
        vocabulary = Vocabulary(history)
        vocabulary.add(catalog)
        for fault in vocabulary.faults(query):
            complain(f"Note: {fault}")
        return list(View(history, catalog, listener=self.listener).rows(query))

    def to_export(self, catalog: Catalog, history: History) -> tuple[str, ...]:
        """Ids of the takes that it finds, without rejected ones unless it asks for those."""
        from ratings.export.select import asks_for_rejected, takes_of_filter

        return takes_of_filter(self.takes(catalog, history), history, rejected=asks_for_rejected(self.text))


def read_filter(
    library: Library, words: Sequence[str], collection: str | None = None, listener: str | None = None
) -> Filter:
    """The filter in these words and of a collection: both must hold. Raises UsageError for what means nothing."""
    if not words and collection is None:
        return Filter("", "")
    from ratings.filtering.query import Query
    from ratings.logs.listeners import default_listener, listener_name

    who = default_listener() if listener is None else listener_name(listener)
    typed = " ".join(words)
    query = Query.parse(typed)
    if query.faults:
        raise click.UsageError(" ".join(map(str, query.faults)))
    if query.unfinished:
        raise click.UsageError(f"{query.unfinished[0]} is incomplete: add a value.")
    if collection is None:
        return Filter(typed, who)
    from ratings.filtering.collections import Collections

    saved = Collections(library, who).find(collection).filter
    return Filter(f"{saved} {typed}".strip(), who)
