"""The program `earmark`: finds the command, loads no other, and turns errors into lines and exit codes."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import click

from library.errors import EarmarkError, UnknownUserError
from tui.cli.logs import keep_log
from tui.cli.options import WANTS_JSON, library_option, listener_option
from tui.cli.signals import exit_code, let_signals_interrupt
from tui.cli.streams import settle_streams
from tui.frame.formatting import plain

NAMES = (
    "generate",
    "more",
    "ideas",
    "import",
    "list",
    "judge",
    "label",
    "rate",
    "explore",
    "top",
    "export",
    "gallery",
    "panel",
    "dataset",
    "pack",
    "extend",
    "verify",
    "generators",
    "probe",
    "purge",
    "restore",
    "play",
    "keys",
    "doctor",
)


class Commands(click.Group):
    """Imports a command's module only when it is asked for, so that each starts quickly."""

    MODULES: ClassVar[dict[str, str]] = {name: "importing" if name == "import" else name for name in NAMES}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.MODULES:
            return None
        command: click.Command = import_module(f"tui.cli.{self.MODULES[cmd_name]}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named, or a usage error that names one like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            if near := get_close_matches(args[0], self.MODULES, 1):
                ctx.fail(f"{error.message} Did you mean {near[0]!r}?")
            raise

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; one that fails as a whole prints a document of that where `--json` is given."""
        try:
            return super().invoke(ctx)
        except (EarmarkError, KeyboardInterrupt, OSError) as error:
            if ctx.meta.get(WANTS_JSON) and not isinstance(error, BrokenPipeError):
                from tui.cli.output import print_json

                print_json({"error": _failure_json(error)})
            raise


_EPILOG = (
    "Exit codes: 0 done; 1 something failed (what succeeded is kept); 2 wrong usage. "
    'With --json, a command that fails as a whole prints {"error": {"title", "what", "remedy"}}.'
)


@click.group(
    cls=Commands, epilog=_EPILOG, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@library_option
@listener_option
@click.version_option(package_name="earmark", prog_name="earmark")
@click.pass_context
def earmark(ctx: click.Context, library: Path | None, listener: str | None) -> None:
    """Find the best takes of music models in a few minutes of listening.

    Without a command, opens the app.
    """
    ctx.obj = library
    if ctx.invoked_subcommand is None:
        from tui.cli.launch import open_app

        open_app(library, listener)


def _failure_json(error: EarmarkError | KeyboardInterrupt | OSError) -> dict[str, str]:
    match error:
        case EarmarkError():
            return {"title": error.title, "what": error.what, "remedy": error.remedy}
        case KeyboardInterrupt():
            return {"title": "Stopped", "what": "It was stopped before it finished.", "remedy": ""}
        case OSError():
            return {"title": EarmarkError.title, "what": f"{error}.", "remedy": ""}


def main() -> None:
    """Run the program: exit code 0 for done, 1 for something failed, 2 for wrong usage, more for signals."""
    # Matrices here are small: more threads gain nothing, and while music is being made they wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    settle_streams()
    let_signals_interrupt()
    keep_log()
    try:
        code = earmark.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _print_error("Stopped.")
        code = 130
    except click.ClickException as error:
        _print_error(error)
        code = error.exit_code
    except EarmarkError as error:
        _print_error(error.as_line())
        code = 2 if isinstance(error, UnknownUserError) else 1
    except BrokenPipeError:
        # The reader of our output has gone; flushing at exit would complain once more.
        sys.stdout = None
        code = 1
    except OSError as error:
        logging.getLogger(__name__).exception("a command failed")
        sys.stdout = None  # if it can't be written, flushing at exit would complain once more
        _print_error(f"Something went wrong: {error}.")
        code = 1
    try:
        if sys.stdout is not None:
            sys.stdout.flush()  # what was printed of a failure
    except OSError:
        sys.stdout = None
    sys.exit(exit_code() or (code if isinstance(code, int) else 0))


def _print_error(words: str | click.ClickException) -> None:
    """Say it on stderr, if that can be written."""
    try:
        if isinstance(words, str):
            click.echo(plain(words), err=True)
        else:
            words.show()
    except OSError:
        sys.stderr = None


if __name__ == "__main__":
    main()
