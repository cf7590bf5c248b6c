"""What probes found of generators on this machine, kept: whether a seed means something."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from library import locations
from library.files.decoding import NotJsonError, decode_json
from library.files.durable import make_folder, write_durably
from library.files.file_stamp import FileStamp, stamp_of
from library.files.reading import read_file
from library.generators import registry
from library.generators.spec import Seeded, Spec
from library.take import Take

Grade: TypeAlias = Literal["exact", "close", "other song", "unseeded"]
"""The same bits; the same song with other bits; another song in a batch or after a restart; another song each time,
or the same whatever the seed.
"""
MOST_KEPT = 500
_MAX_BYTES = 4 << 20


class Probe(Struct, frozen=True, kw_only=True):
    """What came of making the same recipe several times."""

    generator: str
    model: str | None = None
    again: bool | None = None
    """Whether the same seed gave the same bits once more; None where that couldn't be tried …"""
    batched: bool | None = None
    """… among others …"""
    restarted: bool | None = None
    """… and after the generator was started anew."""
    other_seed: bool | None = None
    """Whether another seed gave another song."""
    diverges_at_s: float | None = None
    """The first moment at which takes of one seed differ; None where they don't."""
    difference_db: float | None = None
    """How loud the difference is beside the take, in dB, where it is the loudest; None where there is none."""
    grade: Grade
    at: str
    """When, UTC."""
    revision: str | None = None
    """The generator's version, or the hash of its weights, then."""

    @property
    def seeded(self) -> Seeded:
        """Whether a seed means something, by this."""
        return "yes" if self.grade in ("exact", "close") else "no"


_FILE = msgspec.json.Decoder(dict[str, Probe])
_read: tuple[FileStamp | None, dict[str, Probe]] | None = None


def keep_probe(spec: Spec, probe: Probe) -> None:
    """Keep it in the place of the last one of that generator and model. Raises LibraryError."""
    path = locations.probes_file()
    probes = dict(_probes())
    probes.pop(_key(spec, probe.model), None)
    probes[_key(spec, probe.model)] = probe
    latest = dict(list(probes.items())[-MOST_KEPT:])
    make_folder(path.parent)
    write_durably(path, msgspec.json.format(msgspec.json.encode(latest)))


def last_probe(spec: Spec, model: str | None = None) -> Probe | None:
    """The last one of that generator as it is defined now: of that model, else of any; None where there is none."""
    probes = _probes()
    own = probes.get(_key(spec, spec.full_model(model)))
    if own is not None:
        return own
    return next((probe for key, probe in reversed(probes.items()) if key.startswith(f"{_identity(spec)} ")), None)


def seeded(spec: Spec, model: str | None = None) -> Seeded:
    """Whether a seed means something: as a probe found, else as its makers say."""
    probe = last_probe(spec, model)
    return spec.seeded if probe is None else probe.seeded


def seedless() -> frozenset[str]:
    """The names of the generators of which a seed means nothing."""
    return frozenset(spec.name for spec in registry.specs() if seeded(spec) == "no")


def is_seedless(take: Take) -> bool:
    """Whether the seed of that take means nothing. Quick enough for every row on a screen."""
    return means_nothing(take.generator, take.model)


def means_nothing(generator: str | None, model: str | None) -> bool:
    """Whether a seed means nothing to that generator and model."""
    told_by = stamp_of(locations.probes_file()), stamp_of(locations.generators_file())
    return _is_seedless(generator, model, told_by)


@lru_cache(maxsize=256)
def _is_seedless(generator: str | None, model: str | None, told_by: tuple[FileStamp | None, ...]) -> bool:  # noqa: ARG001 - a key
    """As long as the files that tell it stay as they are."""
    spec = registry.find_spec(generator)
    return spec is not None and seeded(spec, model) == "no"


def _probes() -> dict[str, Probe]:
    """All that is kept; nothing where the file makes no sense: it can be probed again."""
    global _read  # noqa: PLW0603 - asked for every row that shows a seed
    path = locations.probes_file()
    stamp = stamp_of(path)
    if _read is None or _read[0] != stamp:
        try:
            found = {} if stamp is None else decode_json(read_file(path, _MAX_BYTES), _FILE)
        except (OSError, NotJsonError):
            found = {}
        _read = stamp, found
    return _read[1]


def _identity(spec: Spec) -> str:
    """What tells a generator from itself as it was defined before."""
    return f"{spec.name} {hashlib.sha256(repr(spec).encode()).hexdigest()[:16]}"


def _key(spec: Spec, model: str | None) -> str:
    return f"{_identity(spec)} {model or ''}"
