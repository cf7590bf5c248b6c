"""`earmark generate`: every prompt x every seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.errors import EarmarkError, GenerationError
from tui.cli.options import TypedPath, device_option, json_option, library_of, library_option

if TYPE_CHECKING:
    from library.library import Library
    from library.take import DraftUse, Recipe

DEFAULT_LENGTH_S = 20.0
MAX_PROMPTS_BYTES = 16 << 20
"""A larger file, or one without end, is none of prompts."""


@click.command("generate")
@click.argument("prompts", nargs=-1, metavar="PROMPT...")
@library_option
@click.option("--prompts-file", type=TypedPath(exists=True, dir_okay=False, path_type=Path), metavar="F",
              help="Read more prompts from F, one per line.")  # fmt: skip
@click.option("--seeds", metavar="1-8,42", help="Seeds to use with every prompt.")
@click.option(
    "--generator",
    metavar="NAME",
    help="What makes the takes; `earmark generators` lists them. Default: the one that needs nothing else.",
)
@click.option("--model", metavar="NAME_OR_PATH", help="Model name or folder.")
@click.option(
    "--duration", type=float, default=DEFAULT_LENGTH_S, show_default=True, metavar="S", help="Length in seconds."
)
@click.option(
    "--set",
    "written",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the generator's. Can be given several times.",
)
@click.option(
    "--axis",
    "axes",
    multiple=True,
    metavar="NAME=V1,V2,...",
    help="Make the takes with each of these values of a setting, or of `model`; several axes multiply.",
)
@click.option("--temperature", metavar="T", help="The same as --set temperature=T.")
@click.option("--top-k", metavar="K", help="The same as --set top-k=K.")
@click.option("--top-p", metavar="P", help="The same as --set top-p=P.")
@click.option("--guidance", metavar="G", help="The same as --set guidance=G.")
@device_option
@click.option("--draft", metavar="FILE_OR_TAKE", help="Sound to steer the takes, where the generator can.")
@click.option(
    "--draft-as", type=click.Choice(["melody", "continuation"]), help="Follow the draft's melody, or continue it."
)
@click.option("--draft-from", type=float, metavar="S",
              help="Continue from this second of the draft. Default: its end.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with what was asked for here and not made, however that ended.")
@click.option("--elsewhere", is_flag=True,
              help="With --resume: also with what other machines asked for. Make sure that none is at it.")  # fmt: skip
@json_option
def command(
    prompts: tuple[str, ...],
    library: Path | None,
    prompts_file: Path | None,
    seeds: str | None,
    generator: str | None,
    model: str | None,
    duration: float,
    draft: str | None,
    draft_as: DraftUse | None,
    draft_from: float | None,
    as_json: bool,
    device: str,
    written: tuple[str, ...],
    axes: tuple[str, ...],
    resume: bool,
    elsewhere: bool,
    **named: str | None,
) -> None:
    """Generate a take for every prompt with every seed.

    "{slow|fast} waltz" is two prompts: a slow waltz and a fast one.

    Each take joins the library as soon as it's done. Ctrl-C keeps finished ones.
    """
    from library.generators import registry
    from library.generators.recipes import grid, parse_seeds, read_axes
    from library.prompts.variations import all_variations
    from tui.cli.assigned import assigned

    if resume:
        given = (*prompts, prompts_file, seeds, generator, model, draft, *written, *axes, *named.values())
        if any(given) or device != "auto":
            raise click.UsageError("--resume goes on with what was asked for: give no prompts, seeds or settings.")
        from tui.cli.resuming import resume_all

        resume_all(library_of(library), elsewhere=elsewhere, as_json=as_json)
        return
    if elsewhere:
        raise click.UsageError("--elsewhere needs --resume.")
    if seeds is None:
        raise click.UsageError("Missing option '--seeds'.")
    asked = [*prompts, *_prompts_in(prompts_file)]
    if not asked:
        raise click.UsageError("Give a prompt, or a file of prompts with --prompts-file.")
    if (draft is None) != (draft_as is None):
        raise click.UsageError("--draft and --draft-as must be used together.")
    if draft_from is not None and draft_as != "continuation":
        raise click.UsageError("--draft-from needs --draft-as continuation.")
    settings, over = assigned("--set", written), assigned("--axis", axes)
    settings |= {name: value for name, value in named.items() if value is not None}
    if twice := [name for name in over if name in settings or (name == "model" and model is not None)]:
        raise click.UsageError(f"{twice[0]} is given as an axis and with one value; drop one of them.")
    try:
        spec = registry.spec(generator) if generator is not None else registry.usual()
        if device != "auto" and device not in spec.devices:
            raise click.UsageError(f"{spec.sentence_title} doesn't support --device.")
        if draft_as is not None:
            spec.check_draft(draft_as, model)
        recipes = grid(
            all_variations(asked),
            parse_seeds(seeds),
            generator=spec.name,
            duration_s=duration,
            model=model,
            settings=spec.read_settings(settings),
            axes=read_axes(spec, over),
        )
    except GenerationError as error:
        raise click.UsageError(str(error)) from error
    spec.check_available()
    opened, parent = library_of(library), None
    if draft is not None and draft_as is not None:
        recipes, parent = _steered(opened, recipes, draft, draft_as, draft_from)
    remarks = spec.remarks(list(dict.fromkeys(recipe.prompt for recipe in recipes)), model)
    remarks = (*_made_already(opened, recipes), *remarks)
    make(opened, recipes, as_json=as_json, parent=parent, remarks=remarks, device=device)


def make(
    library: Library,
    recipes: Sequence[Recipe],
    *,
    as_json: bool,
    parent: str | None = None,
    single: bool = False,
    remarks: Sequence[str] = (),
    device: str = "auto",
) -> None:
    """Make takes, tell of each, and exit with 1 if one failed. `single` prints {"take"} instead of {"takes"}.

    `remarks` are said before anything is made; the worker's own come when it knows them, each once.
    """
    from library.jobs.run_and_wait import run_and_wait
    from tui.cli.making import show_making
    from tui.cli.output import complain

    for words in remarks:
        complain(words)
    show_making(
        library,
        recipes,
        lambda show: run_and_wait(library, recipes, show, parent=parent, device=device),
        as_json=as_json,
        single=single,
        told=remarks,
    )


def _made_already(library: Library, recipes: Sequence[Recipe]) -> list[str]:
    """What to say of those that look like takes of the library."""
    from library.generators.recipes import count_by_key, count_made
    from library.store.catalog import Catalog
    from tui.frame.formatting import made_already

    made = count_made(recipes, count_by_key(Catalog.load(library)))
    return [f"Note: {made_already(made, len(recipes))}"] if made else []


def _steered(
    library: Library, recipes: Sequence[Recipe], draft: str, use: DraftUse, from_s: float | None
) -> tuple[tuple[Recipe, ...], str | None]:
    """The recipes with the draft in them, and the take they continue, if they do."""
    import msgspec

    from library.jobs.drafts import keep_draft, look_up_draft, make_draft
    from library.store.catalog import Catalog
    from tui.cli.output import complain

    catalog = Catalog.load(library)
    take = look_up_draft(catalog, draft)
    if keep_draft(catalog, take):
        complain(f"The draft {draft} is now in the library, as {take.id[:8]}.")
    steering = make_draft(take, use, recipes[0].duration_s, from_s)
    parent = take.id if use == "continuation" else None
    return tuple(msgspec.structs.replace(recipe, draft=steering) for recipe in recipes), parent


def _prompts_in(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        with file.open("rb") as source:
            data = source.read(MAX_PROMPTS_BYTES + 1)
        if len(data) > MAX_PROMPTS_BYTES:
            raise EarmarkError(f"{file} is larger than {MAX_PROMPTS_BYTES >> 20} MB.", "Choose a text file of prompts.")
        from library.generators.recipes import prompt_lines

        return prompt_lines(data.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise EarmarkError(f"{file} can't be read: {error}.", "Save it as UTF-8 text, one prompt per line.") from error
