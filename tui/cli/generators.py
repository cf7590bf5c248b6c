"""`earmark generators`: what can make takes here, and what each takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.options import json_option

if TYPE_CHECKING:
    from library.generators.spec import Spec


@click.command("generators")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--check", is_flag=True, help="Try those that you defined yourself; exit with 1 if one doesn't work.")
@json_option
def command(names: tuple[str, ...], check: bool, as_json: bool) -> None:
    """List what can make takes here, and the settings that each has for `earmark generate --set`."""
    from library.errors import GeneratorUnavailableError
    from library.generators import registry
    from tui.cli.output import complain, print_json

    try:
        specs = [registry.spec(name) for name in names] if names else list(registry.specs())
    except GeneratorUnavailableError as error:
        raise click.UsageError(str(error)) from error
    tried = {spec.name: spec.try_out() if check and spec.users_own else (spec.remedy, ()) for spec in specs}
    faults = {name: fault for name, (fault, _) in tried.items()}
    if as_json:
        print_json({"generators": [spec_json(spec, faults[spec.name]) for spec in specs]})
    else:
        for spec in specs:
            _print(spec, *tried[spec.name])
    for words in (mistakes := registry.faults()):
        complain(words)
    if check and (mistakes or any(faults[spec.name] is not None for spec in specs if spec.users_own)):
        raise click.exceptions.Exit(1)


def spec_json(spec: Spec, fault: str | None) -> dict[str, Any]:
    """What a generator is and takes; null where there is nothing."""
    from library.generators.probed import seeded

    return {
        "name": spec.name,
        "available": fault is None,
        "remedy": fault,
        "models": list(spec.models),
        "settings": [
            {
                "name": setting.name,
                "kind": setting.kind,
                "default": setting.default,
                "low": setting.low,
                "high": setting.high,
                "choices": list(setting.choices),
                "help": setting.help,
            }
            for setting in spec.settings
        ],
        "drafts": list(spec.drafts),
        "seeded": seeded(spec),
        "exact": spec.exact,
        "licence": spec.licence,
    }


def _print(spec: Spec, fault: str | None, facts: tuple[str, ...]) -> None:
    from library.generators.probed import last_probe
    from tui.frame.formatting import plain
    from tui.frame.probe_words import probe_words

    click.echo(f"{plain(spec.name)}  {'ready' if fault is None else 'not available'}")
    lines = [spec.line] if fault is None else [spec.line, fault]
    lines += facts
    if spec.models:
        more = ", or any other by name or folder" if spec.other_models else ""
        lines.append(f"Models: {', '.join(spec.models)}{more}.")
    if spec.drafts:
        lines.append(f"Drafts: {', '.join(spec.drafts)}.")
    if spec.licence is not None:
        lines.append(f"Licence: {spec.licence}.")
    if (found := last_probe(spec)) is not None:
        lines.append(probe_words(found))
    for line in lines:
        click.echo(f"  {plain(line)}")
    width = max((len(setting.shown) for setting in spec.settings), default=0)
    for setting in spec.settings:
        words = f"{setting.help} {setting.takes[:1].upper()}{setting.takes[1:]}."
        click.echo(f"    {plain(setting.shown):<{width}}  {plain(words)}")
