"""Damaged shards: taken out of the way, with what is sound in them put in their place."""

from __future__ import annotations

import contextlib
import errno
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from library.errors import EarmarkError
from library.files.decoding import MOST_OBJECTS, NotJsonError, decode_json
from library.files.file_stamp import FileStamp
from library.files.reading import UnfitFileError
from library.files.reasons import unreadable
from library.mending.outcome import Outcome
from library.mending.shard_kinds import TABLES, ShardKind, Tables
from library.store.shards import set_aside

STILL_S = 600.0
"""A damaged file that nobody has written for ten minutes is not on its way any more."""
WATCH_S = 5.0
"""A younger one is watched for so long: if it is on its way, more of it comes."""
_MOST_BYTES = 100 << 20
"""Mending needs some six times as much memory."""


def watch_young(kinds: Sequence[ShardKind], now: float, wait: Callable[[float], None]) -> dict[Path, FileStamp]:
    """What is damaged and was written just now, as it was before it was given WATCH_S to change."""
    young: dict[Path, FileStamp] = {}
    for kind in kinds:
        with contextlib.suppress(OSError):  # told by `salvage`, as are those within
            for shard in kind.shards():
                with contextlib.suppress(OSError):
                    status = kind.library.status(shard)
                    if abs(now - status.st_mtime) < STILL_S and _damaged(shard, kind) is not None:
                        young[shard] = FileStamp.of(status)
    if young:
        wait(WATCH_S)
    return young


def salvage(kind: ShardKind, young: Mapping[Path, FileStamp]) -> Iterator[Outcome]:
    """Replace each damaged shard but those of `young` that have changed, as `watch_young` tells."""
    for shard in kind.shards():
        try:
            stamp = FileStamp.of(kind.library.status(shard))
            if (data := _damaged(shard, kind)) is None:
                continue
            if young.get(shard, stamp) != stamp:
                yield Outcome("damaged files", f"{shard} is still being written and may yet be complete.", done=False)
                continue
            tables = sound_documents(data, kind)
            kept = set_aside(kind.library, shard, msgspec.json.encode(tables) if tables else b"")
        except EarmarkError as error:
            yield Outcome.failed("damaged files", error)
        except OSError as error:
            yield Outcome.failed("damaged files", unreadable(shard, error))
        else:
            count = len(tables.get(kind.table, ()))
            saved = f"{count:,} of its {kind.table} were restored" if count else "nothing in it could be saved"
            yield Outcome("damaged files", f"{shard}: {saved}; the damaged file is kept as {kept.name}.")


def _damaged(shard: Path, kind: ShardKind) -> bytes | None:
    """What is in a shard that is to be mended, None for a sound one. Raises OSError."""
    try:
        data = kind.library.read(shard)
        holds_entries = any(decode_json(data, TABLES).values())
    except OSError as error:
        if error.errno in (errno.EISDIR, errno.ENXIO):  # no file at all
            return b""
        raise
    except NotJsonError as error:
        if len(data) > _MOST_BYTES:
            raise UnfitFileError(errno.EFBIG, f"it's damaged ({error}) and too large to repair", str(shard)) from error
        return data
    return None if holds_entries and not (kind.strict and kind.whole(data) is None) else data


_DOCUMENT = re.compile(r'"([0-9]{1,18})"\s*:\s*(?=\{)')
"""Numbered as TinyDB does."""
_NEXT_TABLE = re.compile(r'\s*\}\s*,\s*"([^"\\]{1,100})"\s*:\s*(?=\{)')
_NUMBERS_AS_WRITTEN = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
"""A number of 5,000 digits is none to Python."""


def sound_documents(data: bytes, kind: ShardKind) -> Tables:
    """The documents of a damaged shard, before and behind what is cut off or garbled, as they are written.

    What only a newer Earmark knows is kept too, unless the kind is strict: other tables, and documents that have the
    fields of ours with other values.
    """
    text, at, table = data.decode(errors="replace"), 0, kind.table
    if (first := re.match(r'\s*\{\s*"([^"\\]{1,100})"\s*:\s*(?=\{)', text)) is not None:
        table = first[1]
    tables: Tables = {}
    bearable, tries = 4 * len(text), MOST_OBJECTS
    while bearable > 0 and tries and (match := _DOCUMENT.search(text, at)):
        tries -= 1
        at = match.end()  # where this is no document, those in it are looked at
        try:
            values, end = _NUMBERS_AS_WRITTEN.raw_decode(text, at)
            document = msgspec.Raw(text[at:end].encode())
        except json.JSONDecodeError as error:
            bearable -= error.pos - at
            continue
        except RecursionError:
            break
        if kind.is_sound(document):
            owner = kind.table
        elif not kind.strict and (table != kind.table or values.keys() >= kind.required):
            owner = table
        else:
            bearable -= end - at
            continue
        tables.setdefault(owner, {})[match[1]] = document
        at = end
        if (following := _NEXT_TABLE.match(text, at)) is not None:
            at, table = following.end(), following[1]
    return tables
