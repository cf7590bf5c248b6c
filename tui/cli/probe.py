"""`earmark probe`: whether a generator's seed means something."""

from __future__ import annotations

from typing import Any

import click

from tui.cli.options import json_option


@click.command("probe")
@click.argument("generator")
@click.option("--model", metavar="NAME_OR_PATH", help="Model name or folder.")
@click.option("--prompt", metavar="TEXT", help="What to make; a short piano piece unless you say so.")
@click.option("--set", "written", multiple=True, metavar="NAME=VALUE",
              help="A setting of the generator's. Can be given several times.")  # fmt: skip
@click.option("--duration", type=float, metavar="S", help="Length in seconds. Default: 5, or as short as it can.")
@json_option
def command(
    generator: str, model: str | None, prompt: str | None, written: tuple[str, ...], duration: float | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Make the same take several times, and tell whether GENERATOR's seed means something.

    The same seed alone, once more, among others and after a restart, and another seed. Your library isn't touched.
    """
    from library.errors import GenerationError
    from library.generators import registry
    from library.generators.probed import keep_probe
    from library.jobs.probing import PROMPT, probe
    from tui.cli.assigned import assigned
    from tui.cli.output import print_json, progress
    from tui.frame.probe_words import probe_facts, probe_words

    try:
        spec = registry.spec(generator)
        settings = spec.read_settings(assigned("--set", written))
        spec.check_model(model)
    except GenerationError as error:
        raise click.UsageError(str(error)) from error
    with progress("Probing") as bar:
        found = probe(
            spec, model=model, prompt=prompt or PROMPT, settings=settings, duration_s=duration, on_progress=bar.show
        )
    keep_probe(spec, found)
    if as_json:
        told: dict[str, Any] = {
            name: getattr(found, name) for name in ("again", "batched", "restarted", "diverges_at_s", "grade")
        }
        print_json({"probe": told})
        return
    click.echo(probe_words(found))
    for name, words in probe_facts(found):
        click.echo(f"  {name:<16}{words}")
