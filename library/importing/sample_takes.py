"""The 28 real takes of the package immich-memories-music (MIT): ten prompts, four seeds, ACE-Step 1.5."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from library.errors import GeneratorUnavailableError, ImportingError
from library.files.reading import read_file
from library.importing.origin import Origin
from library.importing.request import ImportReport, ImportRequest
from library.importing.sources.sheet import Sheet, SheetRow
from library.store.catalog import Catalog

PACKAGE = "immich-memories-music"
_LIST = "LICENSE-MUSIC"
_GENERATOR = "ace-step"
_MAX_BYTES = 1 << 20

_TRACK = re.compile(
    r"^\s+(?P<file>\S+)\s+(?P<bpm>\d+) bpm\s+(?P<key>\S+ \S+)\s+seed (?P<seed>\d+)\s+\[(?P<flavour>\w+)\]\s*$"
)
_FOLDER = re.compile(r"^(?P<folder>\w+)/\s*$")
_MODEL = re.compile(r"^\s+model\s+(?P<model>\S+)")


def find_samples() -> tuple[Path, Path] | None:
    """The folder of the takes, and the list that tells their seeds; None where the package is not installed.

    Loads none of its code.
    """
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    listing = next((Path(str(file.locate())) for file in files if file.name == _LIST), None)
    track = next((Path(str(file.locate())) for file in files if file.suffix == ".opus"), None)
    if listing is None or track is None or not listing.is_file() or not track.is_file():
        return None
    return track.parents[1], listing


def import_samples(catalog: Catalog) -> ImportReport:
    """Load the takes, with the prompt and the true seed of each: file names give some a mere number.

    The prompt is mood and instruments ("calm acoustic"): what a take's seed varies. Tempo and key, which differ within
    some prompts, are not part of it. Raises GeneratorUnavailableError without the package, LibraryError.
    """
    if (found := find_samples()) is None:
        raise GeneratorUnavailableError(
            "The sample takes aren't installed.", f"Install them with: pip install {PACKAGE} (16 MB)."
        )
    from library.importing.run_import import run_import

    folder, listing = found
    # Copied, since the package goes with its environment, and the judgements are to outlive it.
    return run_import(catalog, ImportRequest([folder], copy=True), sheet=read_listing(listing))


def read_listing(path: Path) -> Sheet:
    """The list of tracks as a sheet. Raises ImportingError where it holds none."""
    try:
        lines = read_file(path, _MAX_BYTES).decode(errors="replace").splitlines()
    except OSError as error:
        raise ImportingError(f"{path} can't be read: {error.strerror or error}.") from error
    folder, model, rows = "", None, list[SheetRow]()
    for number, line in enumerate(lines, start=1):
        if match := _MODEL.match(line):
            model = match["model"]
        elif match := _FOLDER.match(line):
            folder = match["folder"]
        elif match := _TRACK.match(line):
            prompt = f"{folder} {match['flavour']}"
            rows.append(
                SheetRow(number, f"{folder}/{match['file']}", Origin(prompt, int(match["seed"]), model, _GENERATOR))
            )
    if not rows:
        raise ImportingError(f"{path} lists no tracks.", f"Install {PACKAGE} again.")
    return Sheet(path, rows)
