"""`earmark doctor`: what works on this machine, and how to mend what doesn't."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import textwrap
import time
from pathlib import Path

import click

import tui
from tui.cli.options import TypedPath, json_option, library_of, library_option

NAMES = 17
"""Columns for what is looked at."""
_FOLDER = Path(tui.__file__).parent.parent


@click.command("doctor")
@library_option
@click.option("--repair", is_flag=True, help="Repair what can be repaired. Anything moved aside is kept.")
@click.option("--look-in", "folders", multiple=True, metavar="DIR", type=TypedPath(path_type=Path, exists=True),
              help="With --repair: look for missing sounds in this folder. Repeatable.")  # fmt: skip
@click.option("--sounds", is_flag=True, help="Also read every sound and check that it hasn't changed.")
@json_option
def command(library: Path | None, repair: bool, folders: tuple[Path, ...], sounds: bool, as_json: bool) -> None:
    """Check what works on this machine and how to fix what doesn't.

    Checks sound, file formats, generators and the library.

    It fails (exit code 1) where the library can't be opened or written to, something in it is damaged, missing or not
    in use, or something could not be mended. What is only kept or left over (○), and what this machine lacks, such as
    a sound device or a generator, is named and no failure.
    """
    if folders and not repair:
        raise click.UsageError("--look-in needs --repair.")
    from tui.cli.checks import check_all, repair_all
    from tui.cli.output import print_json

    opened = library_of(library)
    repairs = repair_all(opened, folders, wait=_wait) if repair else []
    checks = check_all(opened, sounds=sounds)
    if as_json:
        mended = {"repairs": [one.as_json() for one in repairs]} if repair else {}
        print_json({"checks": [check.as_json() for check in checks]} | mended)
    else:
        for one in repairs:
            _say("✓" if one.done else "✕", "repair", f"{one.part}: {one.detail}")
        if repair and not repairs:
            _say("✓", "repair", "nothing to repair")
        for check in checks:
            _say("✓" if check.ok else "○" if check.extra else "✕", check.name, check.detail)
            if check.remedy and not check.ok:
                _say(" ", "", f"→ {check.remedy}")
    if not all(one.done for one in repairs) or not all(check.ok for check in checks if check.vital):
        raise click.exceptions.Exit(1)


def _wait(seconds: float) -> None:
    click.echo(f"Damaged files may still be copying: waiting {seconds:.0f} s for the rest.", err=True)
    time.sleep(seconds)


def _say(sign: str, name: str, words: str) -> None:
    """A line, in a terminal broken where its commands and paths stay whole."""
    from tui.frame.formatting import plain

    head = f"{sign} {name:<{NAMES}} "
    words = re.sub("`earmark ", f"`{_program()} ", plain(words))
    if (_FOLDER / "Makefile").is_file():
        words = re.sub("`make ([a-z]+)` in Earmark's folder", rf"`make -C {shlex.quote(str(_FOLDER))} \1`", words)
    if (columns := _columns()) is not None:
        kept = re.sub("`[^`]+`", lambda command: command[0].replace(" ", "\xa0"), words)
        lines = textwrap.wrap(kept, max(40, columns - len(head)), break_long_words=False, break_on_hyphens=False)
        words = f"\n{'':<{len(head)}}".join(lines).replace("\xa0", " ")
    click.echo(head + words)


def _columns() -> int | None:
    """Of the terminal that is written to; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _program() -> str:
    called = sys.argv[0]
    return "earmark" if shutil.which("earmark") or Path(called).name != "earmark" else shlex.quote(called)
