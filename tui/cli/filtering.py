"""The filter that several commands take: typed as in the app, or saved as a collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from library.library import Library
    from library.store.catalog import Catalog
    from library.take import Take
    from ratings.history import History

filter_argument = click.argument("words", nargs=-1, metavar="[FILTER]...")
collection_option = click.option("--collection", metavar="NAME", help="Only takes of a collection that you saved.")


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
