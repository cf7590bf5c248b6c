"""The program `earmark`: finds the command, loads no other, and turns errors into lines and exit codes."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import click

from library.errors import EarmarkError
from tui.cli.logs import keep_log
from tui.cli.options import library_option, listener_option
from tui.formatting import plain


class Commands(click.Group):
    """Imports a command's module only when it is asked for, so that each starts quickly."""

    MODULES: ClassVar[dict[str, str]] = {
        "generate": "generate",
        "import": "importing",
        "list": "list",
        "judge": "judge",
        "rate": "rate",
        "top": "top",
        "export": "export",
        "extend": "extend",
        "verify": "verify",
        "play": "play",
        "doctor": "doctor",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in self.MODULES:
            return None
        command: click.Command = import_module(f"tui.cli.{self.MODULES[cmd_name]}").command
        return command


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@library_option
@listener_option
@click.version_option(package_name="earmark", prog_name="earmark")
@click.pass_context
def earmark(ctx: click.Context, library: Path | None, listener: str | None) -> None:
    """Finds the best takes of generative music models with few minutes of your listening.

    Without a command it opens the app.
    """
    ctx.obj = library
    if ctx.invoked_subcommand is None:
        from tui.cli.launch import open_app

        open_app(library, listener=listener)


def main() -> None:
    """Run the program: exit code 0 for done, 1 for something failed, 2 for wrong usage."""
    # Matrices here are small: more threads gain nothing, and while music is being made they wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_log()
    # Closed by whoever started us: what is printed goes nowhere.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    try:
        code = earmark.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except EarmarkError as error:
        click.echo(plain(error.told()), err=True)
        code = 1
    except BrokenPipeError:
        # The reader of our output has gone; flushing at exit would complain once more.
        sys.stdout = None
        code = 1
    except OSError as error:
        logging.getLogger(__name__).exception("a command failed")
        click.echo(plain(f"Something went wrong: {error}."), err=True)
        sys.stdout = None  # if it can't be written, flushing at exit would complain once more
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
