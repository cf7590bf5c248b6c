"""Fuzzing guided by coverage, by hand: python -m tests.fuzz.atheris_fuzz TARGET [libFuzzer options]. Needs atheris.

Begins with the saved corpus of the target. What it finds interesting, and what crashes (crash-*), is kept in a folder
among the temporary files: save a crash in the corpus once it is mended.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["library", "ratings"]):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FOUND = Path(tempfile.gettempdir()) / "earmark-fuzz-found"


def main() -> None:
    """Fuzz one target until it crashes, or the options say so."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name a target: {', '.join(TARGETS)}.")
    target = sys.argv[1]
    found = FOUND / target
    found.mkdir(parents=True, exist_ok=True)
    options = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=100000", f"-artifact_prefix={found}/", *sys.argv[2:]]
    atheris.Setup([sys.argv[0], *options, str(found), str(CORPUS / target)], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
