"""`earmark more`: fresh seeds of a take or a prompt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.errors import GenerationError, UnknownTakeError
from tui.cli.options import device_option, json_option, library_of, library_option

if TYPE_CHECKING:
    from library.store.catalog import Catalog
    from library.take import Take


@click.command("more")
@click.argument("like", metavar="TAKE_OR_PROMPT")
@click.option("-n", "count", type=int, default=4, show_default=True, metavar="N", help="How many fresh seeds.")
@device_option
@library_option
@json_option
def command(like: str, count: int, device: str, library: Path | None, as_json: bool) -> None:
    """Make more like TAKE_OR_PROMPT: the same settings, with seeds you haven't tried.

    A prompt stands for its newest take that Earmark made.
    """
    from library.generators.more import more_of, parent_of, used_seeds
    from library.jobs.to_come import asked_for
    from library.store.catalog import Catalog
    from tui.cli.generate import make

    opened = library_of(library)
    catalog = Catalog.load(opened)
    take = _meant(catalog, like)
    if count < 1:
        raise click.BadParameter("Give 1 or more.", param_hint="'-n'")
    used = used_seeds(asked_for(opened), catalog, take.recipe.prompt if take.recipe is not None else take.prompt or "")
    make(opened, more_of(take, count, used=used), as_json=as_json, parent=parent_of(take), device=device)


def _meant(catalog: Catalog, like: str) -> Take:
    """The take of that prompt, or of that id. Raises UnknownTakeError or GenerationError."""
    from library.generators.more import model_take
    from library.spelling import one_spelling

    text = one_spelling(like)
    if any(take.prompt == text for take in catalog):
        return model_take(catalog, text)
    try:
        return catalog.find(like)
    except UnknownTakeError as error:
        if not like.strip() or " " in like.strip():
            raise GenerationError(
                "No take has that prompt.", "`earmark list` shows the takes; `earmark generate` makes new ones."
            ) from error
        raise
