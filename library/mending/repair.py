"""What `doctor --repair` mends in a library: what it takes out of the way it keeps, but for stray temporary files."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from library import locations
from library.errors import AudioError, EarmarkError, LibraryError, NewerFormatError, UnconfirmedError
from library.mending.copies import merge_copies
from library.mending.shard_kinds import Repair, Shelf
from library.store.catalog import FORMAT, Catalog, check_format, may_be_newer
from library.store.shards import set_aside
from library.store.storage import is_held, sync_folder, unreadable, write_durably
from library.take import Take, utc_now

STRAY_S = 86_400.0
"""A temporary file older than a day is nobody's any more."""
STILL_S = 600.0
"""A damaged file that nobody has written for ten minutes is not on its way any more."""
WATCH_S = 5.0
"""A younger one is watched for so long: if it is on its way, more of it comes."""
_STRAY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")
"""As `library.store.storage` names them."""
_ASIDE = re.compile(r"(?P<name>.+\.json)\.damaged-[0-9-]+")


def repair_library(
    root: Path,
    shelves: Sequence[Shelf],
    look_in: Sequence[Path] = (),
    *,
    now: float | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> list[Repair]:
    """Mend the library at `root`: marker, shards, strays, loose sounds; those that are gone are sought in `look_in`.

    `now` is in seconds since 1970, by the clock of its disk. A library of a newer format is left alone. What can't be
    mended is told as not done. To see whether what is damaged is only on its way it may `wait` for WATCH_S once.
    """
    root, now = root.expanduser().absolute(), _clock_of_disk(root) if now is None else now
    steps: list[Callable[[], Iterable[Repair]]] = [lambda: _mend_marker(root)]
    young: dict[Path, tuple[int, ...]] = {}
    if shelves:
        steps += [*(partial(_restore, shelf) for shelf in shelves), lambda: _watch(shelves, now, young, wait)]
        steps += [partial(_salvage, shelf, young) for shelf in shelves]
        steps += [partial(merge_copies, shelf) for shelf in shelves]
    steps += [lambda: _sweep(root, now), lambda: _settle(root, now), lambda: _relink(root, look_in)]
    repairs: list[Repair] = []
    for number, step in enumerate(steps):
        try:
            repairs += step()
        except (EarmarkError, OSError) as error:
            said = str(error) if isinstance(error, EarmarkError) else f"{error.filename}: {error.strerror or error}."
            repairs.append(Repair("library", said, done=False))
            if number == 0:
                break
    return repairs


def _clock_of_disk(folder: Path) -> float:
    """What time it is in seconds since 1970 by the clock that dates the files of `folder`: a server has its own.

    Ours where nothing can be written there.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"?")
            file.flush()
            return os.fstat(file.fileno()).st_mtime
    except OSError:
        return time.time()


def strays(root: Path) -> list[Path]:
    """Temporary files that a process left which was killed while it wrote; or that one is writing just now."""
    folders = [root, locations.batches_folder(root), locations.sessions_folder(root)]
    found = [path for folder in folders for path in folder.glob(".*.tmp")]
    found += [path for folder in folders[1:] for path in folder.glob("*/.*.tmp")]
    found += folders[2].glob("*/*/.*.tmp")
    return [path for path in found if _STRAY.fullmatch(path.name) and path.is_file() and not path.is_symlink()]


def kept_aside(shelf: Shelf) -> list[Path]:
    """The shards that were taken out of use."""
    found = shelf.folder.glob(f"*/{shelf.name}.damaged-*")
    return sorted(path for path in found if _ASIDE.fullmatch(path.name) and path.is_file() and not path.is_symlink())


def _mend_marker(root: Path) -> Iterator[Repair]:
    marker, anew = locations.format_file(root), msgspec.json.encode({"format": FORMAT}) + b"\n"
    try:
        if check_format(root) or not locations.batches_folder(root).is_dir():
            return
        write_durably(marker, anew)
        what = "was missing and is there again"
    except NewerFormatError:
        raise
    except LibraryError:
        if not is_mendable(marker):
            raise
        what = f"was damaged and is written anew; the damaged one is kept as {set_aside(marker, anew).name}"
    yield Repair("library", f"{marker} {what}.")


def is_mendable(marker: Path) -> bool:
    """Whether a library's marker that can't be used says nothing of a format that this Earmark doesn't know."""
    try:
        return not may_be_newer(marker.read_bytes())
    except OSError:
        return False


def _restore(shelf: Shelf) -> Iterator[Repair]:
    """Put shards back that were set aside although they are whole, as one is that a synchroniser had half brought."""
    for path in kept_aside(shelf):
        if not os.access(path, os.R_OK):
            yield Repair("set aside", f"{path} can't be read.", done=False)
            continue
        documents = _whole(path.read_bytes(), shelf)
        match = _ASIDE.fullmatch(path.name)
        if documents is None or match is None:
            continue
        shard = path.with_name(match["name"])
        if not shard.exists():
            path.rename(shard)
            sync_folder(shard.parent)
            yield Repair("set aside", f"{shard} is whole and in use again.")
        elif (there := _whole(shard.read_bytes(), shelf)) is not None and documents.items() <= there.items():
            continue  # all of it is in use
        elif shelf.name == "*.json":
            other = shard.with_name(f"{shard.stem}-restored-{path.name.rpartition('-')[2]}.json")
            path.rename(other)
            sync_folder(other.parent)
            yield Repair("set aside", f"{other} is whole and in use again, beside {shard.name}.")
        else:
            yield Repair("set aside", f"{path} is whole, but {shard.name} differs from it: compare them.", done=False)


def _watch(
    shelves: Sequence[Shelf], now: float, young: dict[Path, tuple[int, ...]], wait: Callable[[float], None]
) -> Iterator[Repair]:
    """Put into `young` what is damaged and was written just now, as it is, and give it time to change."""
    for shelf in shelves:
        for path in _shards(shelf):
            with contextlib.suppress(OSError):  # told by what comes next
                if abs(now - path.stat().st_mtime) < STILL_S and _damaged(path, shelf) is not None:
                    young[path] = _stamp(path)
    if young:
        wait(WATCH_S)
    yield from ()


def _salvage(shelf: Shelf, young: Mapping[Path, tuple[int, ...]]) -> Iterator[Repair]:
    """Take damaged shards out of the way, and put what is sound in them in their place."""
    for path in _shards(shelf):
        try:
            stamp = _stamp(path)
            if (data := _damaged(path, shelf)) is None:
                continue
            if young.get(path, stamp) != stamp:
                yield Repair("damaged files", f"{path} is being written just now and may be on its way.", done=False)
                continue
            sound = dict(_sound_entries(data, shelf))
            kept = set_aside(path, msgspec.json.encode({shelf.table: sound}) if sound else b"")
        except UnconfirmedError as error:
            yield Repair("damaged files", str(error), done=False)
            continue
        except EarmarkError as error:
            yield Repair("damaged files", f"{path} is left as it is: {error}", done=False)
            continue
        except OSError as error:
            yield Repair("damaged files", str(unreadable(path, error)), done=False)
            continue
        saved = f"{len(sound):,} of its {shelf.table} are in use again" if sound else "nothing in it can be used"
        yield Repair("damaged files", f"{path}: {saved}; the damaged file is kept as {kept.name}.")


def _shards(shelf: Shelf) -> list[Path]:
    found = sorted(shelf.folder.glob(f"*/{shelf.name}"))
    return [path for path in found if path.name[0] not in ".~" and not path.is_symlink() | path.parent.is_symlink()]


def _stamp(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns


def _damaged(path: Path, shelf: Shelf) -> bytes | None:
    """What is in a shard that is to be mended, None for a sound one. Raises OSError."""
    data = path.read_bytes() if path.is_file() else b""
    sound = path.is_file() and _holds_entries(data) and not (shelf.strict and _holds_unsound(data, shelf))
    return None if sound else data


def _holds_entries(data: bytes) -> bool:
    try:
        return any(msgspec.json.decode(data, type=dict[str, dict[str, msgspec.Raw]]).values())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _holds_unsound(data: bytes, shelf: Shelf) -> bool:
    """Whether an entry of a shard can't be used."""
    single = msgspec.json.Decoder(shelf.document)
    for entry in msgspec.json.decode(data, type=dict[str, dict[str, msgspec.Raw]]).get(shelf.table, {}).values():
        try:
            single.decode(entry)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return True
    return False


def _whole(data: bytes, shelf: Shelf) -> Mapping[str, object] | None:
    """The documents of a shard by their keys, None for one that is damaged anywhere."""
    try:
        tables = msgspec.json.decode(data, type=dict[str, dict[str, shelf.document]])  # type: ignore[name-defined]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    found: Mapping[str, object] | None = tables.get(shelf.table)
    return found or None


_ENTRY = re.compile(r'"([0-9]{1,18})"\s*:\s*(?=\{)')
"""A document, numbered as TinyDB does."""


def _sound_entries(data: bytes, shelf: Shelf) -> Iterator[tuple[str, msgspec.Raw]]:
    """The documents of a damaged shard, before and behind what is cut off or garbled."""
    text, at = data.decode(errors="replace"), 0
    decoder, single = json.JSONDecoder(), msgspec.json.Decoder(shelf.document)
    bearable = 4 * len(text)
    while bearable > 0 and (match := _ENTRY.search(text, at)):
        at = match.end()  # where this is no document, those in it are looked at
        try:
            _, end = decoder.raw_decode(text, at)
            entry = text[at:end].encode()
            single.decode(entry)
        except json.JSONDecodeError as error:
            bearable -= error.pos - at
        except RecursionError:
            return
        except (msgspec.DecodeError, UnicodeError):
            bearable -= end - at
        else:
            yield match[1], msgspec.Raw(entry)
            at = end


def _sweep(root: Path, now: float) -> Iterator[Repair]:
    sizes = []
    for path in strays(root):
        with contextlib.suppress(FileNotFoundError):  # done meanwhile
            status = path.stat()
            if now - status.st_mtime > STRAY_S and not is_held(path):
                path.unlink()
                sizes.append(status.st_size)
    if sizes:
        size = sum(sizes) / 1e6
        yield Repair("stray files", f"{len(sizes)} unfinished files of killed processes are gone ({size:.1f} MB).")


def _settle(root: Path, now: float) -> Iterator[Repair]:
    """Bring sounds and takes together again that a kill, or an earlier repair, has parted."""
    from library.mending.orphans import put_back, settle_orphans

    catalog = Catalog.load(root)
    if back := put_back(catalog):
        yield Repair("missing sounds", f"put back from those set aside ({len(back):,}): {_names(back)}.")
    settled = settle_orphans(catalog, now)
    if settled.brought_back:
        some = _some(f"{take.id[:8]} ({take.prompt or 'no prompt'})"[:60] for take in settled.brought_back)
        yield Repair("loose sounds", f"brought back as takes ({len(settled.brought_back):,}): {some}.")
    if settled.aside:
        names = _names(settled.aside)
        yield Repair("loose sounds", f"set aside and kept, as no take names them ({len(settled.aside):,}): {names}.")
    if settled.waiting:
        names = _names(settled.waiting)
        said = f"left for now, being less than a day old ({len(settled.waiting):,}): {names}."
        yield Repair("loose sounds", said, done=False)


def _names(paths: Iterable[Path]) -> str:
    return _some(map(str, paths))


def _relink(root: Path, folders: Sequence[Path]) -> Iterator[Repair]:
    """Find sounds that are gone by their hashes, among the files of `folders` that are as long as one of them."""
    if not folders:
        return
    from library.importing.walk import find_files
    from library.sound.audio import probe, sound_id

    catalog = Catalog.load(root)
    gone = {take.id: take for take in catalog if not catalog.has_sound(take)}
    forms = {_form(take) for take in gone.values()}
    found: list[Take] = []
    batch = None
    for path in find_files(folders, lambda _path, _reason: None, lambda: not gone):
        try:
            info = probe(path)
            if (info.sample_rate, info.channels, round(info.duration_s, 1)) not in forms:
                continue
            take = gone.pop(sound_id(path), None)
        except AudioError:
            continue
        if take is not None:
            batch = batch or catalog.new_batch()
            place = {"batch": batch.name, "file": str(path), "tokens": None, "created_at": utc_now()}
            found.append(msgspec.structs.replace(take, **place))
    if batch is not None:
        batch.add(found)
    if found:
        yield Repair("missing sounds", f"{len(found):,} were found: {_some(take.file for take in found)}.")
    if gone:
        yield Repair("missing sounds", f"{len(gone):,} are not in {_some(map(str, folders))}.", done=False)


def _form(take: Take) -> tuple[int, int, float]:
    return take.sample_rate, take.channels, round(take.duration_s, 1)


def _some(names: Iterable[str], few: int = 3) -> str:
    """The first few of many."""
    everything = list(names)
    more = f" and {len(everything) - few:,} more" if len(everything) > few else ""
    return ", ".join(everything[:few]) + more
