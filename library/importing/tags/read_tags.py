"""The tags of a sound file, whatever its container, as text by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from library.files.reading import open_file
from library.importing.sources.decode_text import decode_text
from library.importing.tags.ape import read_ape
from library.importing.tags.bounded_file import Allowance, BoundedFile, SpentError, Tag, Tags
from library.importing.tags.chunks import read_aiff, read_caf, read_riff
from library.importing.tags.id3 import OLD_SIZE, read_id3, read_old_id3, size_at
from library.importing.tags.mp4 import read_mp4
from library.importing.tags.vorbis import read_flac, read_ogg
from library.sound.containers import PADDING, behind_padding

_MOST_IN_FRONT = 4
"""ID3 tags that may stand before the sound."""


@dataclass(frozen=True)
class FileTags:
    """What stands in a file beside its sound."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By lower-case name, the first ones first."""
    problem: str = ""
    """Why not all tags were read, in a sentence."""


def read_tags(path: Path) -> FileTags:
    """All texts in the tags of `path`, within bounds of bytes and time. A file that can't be read has none."""
    allowance, texts = Allowance(), defaultdict[str, list[str]](list)
    problem = ""
    try:
        with open_file(path) as opened:
            for tag in _tags(BoundedFile(opened, allowance)):
                text = _decoded(tag)
                # Of two spellings of one tag (ID3v1 cuts texts off) the first is the whole one.
                if text and not any(known.startswith(text) for known in texts[tag.name]):
                    texts[tag.name].append(text)
    except SpentError:
        problem = "Its tags are unusually large: only the first ones were read."
    except (OSError, ValueError):
        return FileTags()
    if allowance.passed_over and not problem:
        problem = "One of its tags is too long to read."
    return FileTags(texts, problem)


def _tags(file: BoundedFile) -> Tags:
    place = 0
    for _ in range(_MOST_IN_FRONT):
        if not (size := size_at(file, place)):
            break
        yield from read_id3(file, place)
        place += size
    place += behind_padding(file.at(place, PADDING))
    head = file.at(place, 12)
    match head[:4]:
        case b"fLaC":
            yield from read_flac(file, place)
        case b"OggS":
            yield from read_ogg(file, place)
        case b"RIFF" | b"RF64" | b"BW64":
            yield from read_riff(file, place)
        case b"FORM":
            yield from read_aiff(file, place)
        case b"caff":
            yield from read_caf(file, place)
        case _ if head[4:8] == b"ftyp":
            yield from read_mp4(file, place)
    yield from _tags_at_end(file)


def _tags_at_end(file: BoundedFile) -> Tags:
    old = file.at(max(file.size - OLD_SIZE, 0), OLD_SIZE)
    end = file.size - OLD_SIZE * old.startswith(b"TAG")
    yield from chain(read_ape(file, end), read_old_id3(old))


def _decoded(tag: Tag) -> str:
    value = tag.value
    if tag.encoding == "utf-16":
        text = decode_text(value) if value[:2] in (b"\xff\xfe", b"\xfe\xff") else value.decode("utf-16-le", "replace")
    elif tag.encoding == "utf-16-be":
        text = value.decode("utf-16-be", "replace")
    else:
        text = decode_text(value.rstrip(b"\0"))
    # Version 2.4 of ID3 parts several values by zeros.
    return " ".join(text.strip("\0\ufeff").split("\0")).strip()
