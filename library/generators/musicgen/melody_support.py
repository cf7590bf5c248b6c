"""Whether a MusicGen checkpoint follows melodies, told from its name or its file without loading it: no torch here."""

from __future__ import annotations

import zipfile

from library.errors import UnknownUserError
from library.files.reading import open_file
from library.generators.musicgen.published_models import LM_FILE, full_name, published
from library.locations import typed_path

_MELODY_WEIGHTS_PREFIX = b"condition_provider.conditioners.self_wav."
"""What the names of a melody conditioner's weights begin with."""
_MAX_PICKLE_BYTES = 64_000_000
"""Of the pickle that names the weights: musicgen-large's has under 1 MB."""


def follows_melodies(model: str | None) -> bool | None:
    """Whether the checkpoint of that name, or in that folder, can; None where only loading it would tell."""
    name = full_name(model)
    known = published(name)
    if known is not None:
        return known.melody
    try:
        with open_file(typed_path(name) / LM_FILE) as file, zipfile.ZipFile(file) as saved:
            (names,) = (entry for entry in saved.infolist() if entry.filename.endswith("/data.pkl"))
            return _MELODY_WEIGHTS_PREFIX in saved.read(names) if names.file_size <= _MAX_PICKLE_BYTES else None
    except (OSError, RuntimeError, ValueError, zipfile.BadZipFile, UnknownUserError):
        return None
