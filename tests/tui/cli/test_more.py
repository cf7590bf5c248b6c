"""`earmark more` in a library where others have asked for takes, too."""

from __future__ import annotations

import json

from click.testing import CliRunner

from library.generators import more
from library.generators.recipes import grid
from library.jobs.run_and_wait import run_and_wait
from library.jobs.wishes import record
from library.library import Library
from tui.cli.main import earmark


def test_no_seed_that_another_earmark_is_about_to_make(root, monkeypatch):
    monkeypatch.setattr(more, "SHORT_SEEDS", 8)
    library = Library(root)
    run_and_wait(library, grid(["night"], [0], generator="sketch", duration_s=0.2))
    asked = record(library, grid(["night"], [1, 2], generator="sketch", duration_s=0.2))
    done = CliRunner().invoke(earmark, ["more", "night", "-n", "5", "--json", "--library", str(root)])
    asked.release()
    assert done.exit_code == 0, done.output
    assert {take["seed"] for take in json.loads(done.stdout)["takes"]} == {3, 4, 5, 6, 7}
