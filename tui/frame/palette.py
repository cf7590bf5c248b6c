"""Earmark's own entries in the command palette: the actions that keys have, by name."""

from __future__ import annotations

from ratings.browse import SORTS

COMMANDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Rate", "Hear take after take, blind, and judge each", ("app.go('rate')",)),
    ("Duel", "Compare two takes at a time, blind", ("app.go('duel')",)),
    ("Ranking", "What wins: takes, prompts, seeds", ("app.go('ranking')",)),
    ("Generate", "Write prompts, choose seeds, make takes", ("app.go('generate')",)),
    ("Record a draft", "Hum or play what new takes are to follow", ("app.go('generate')", "screen.record_draft")),
    ("Library", "All takes", ("app.go('library')",)),
    ("Import takes", "Load files or folders", ("app.import_takes",)),
    ("Export the best", "Take the best away as WAVs", ("app.export",)),
    *((f"Sort by {sort}", "The order of the library", ("app.go('library')", f"screen.sort_by('{sort}')"))
      for sort in SORTS),
    ("Undo", "Take back the last judgement", ("screen.undo",)),
    ("Help", "All keys", ("app.help",)),
    ("Doctor", "What to do when something does not work", ("app.doctor",)),
)  # fmt: skip
"""What each is called, what it does, and the actions it runs, one after the other."""
