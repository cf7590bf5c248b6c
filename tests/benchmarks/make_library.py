"""Makes a large library within seconds: `python tests/benchmarks/make_library.py DIR [batches] [judgements]`.

The documents are what a year of generating leaves behind, written as the shards are on disk. A few takes have sounds
of their own, so that the best can be exported; all others share those files.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec

from library.take import METER, Recipe, Sampling, Take
from ratings.judgement import AnyJudgement, Duel, Mark, Note, Pick, Reject, Retraction, Stars

BATCHES = 1000
TAKES = 100
"""Takes a batch."""
SEEDS = 20
"""Seeds a prompt."""
JUDGEMENTS = 20_000
SESSION = 500
"""Judgements a session file."""
SOUNDS = 40
LISTENERS = ("ana", "bo", "chris")

_BEGAN = datetime(2026, 1, 5, 18, tzinfo=UTC)
_FIRST = ["slow", "fast", "dreamy", "dark", "bright", "warm", "driving", "gentle", "wistful", "restless"]
_SECOND = ["neon", "coastal", "midnight", "desert", "city", "winter", "garden", "arcade", "highway", "cathedral"]
_THIRD = ["synthwave", "waltz", "ballad", "march", "nocturne", "chase", "lullaby", "hymn", "groove", "overture"]
_LAST = [
    "with strings",
    "for solo piano",
    "in a minor key",
    "90 bpm, no drums",
    "with a brass choir",
    "arpeggios and pads",
]
_NOTES = ("The bridge is the best part.", "Ends too early", "Lovely bass line, would extend", "muddy from 0:12")
_PRINT = {"torch": "2.1.0+cpu", "audiocraft": "1.3.0", "device": "cpu", "dtype": "float32", "cpu": "x86_64 AVX2"}


@dataclass(frozen=True)
class Made:
    """What is in the library."""

    takes: int
    judgements: int
    """All events, retractions too."""
    exportable: tuple[str, ...]
    """Ids of the takes whose sounds are their own, the best-judged ones."""


def make_library(
    root: Path,
    *,
    batches: int = BATCHES,
    takes: int = TAKES,
    judgements: int = JUDGEMENTS,
    sounds: int = SOUNDS,
    salt: int = 0,
) -> Made:
    """Write a library to `root`: `batches` of `takes`, and so many judgements. The same arguments, the same library."""
    chance = random.Random(411 + salt)
    root.mkdir(parents=True, exist_ok=True)
    (root / "library.json").write_bytes(b'{"format": 1}\n')
    own = dict(_sounds(root / "sounds", sounds)) if sounds else {}
    ids: list[str] = []
    count = batches * takes
    owners = dict(zip(range(0, count, max(1, count // max(1, len(own)))), own, strict=False))
    files = [str(path) for path in own.values()] or ["sound.flac"]
    for number in range(batches):
        began = _BEGAN + timedelta(minutes=7 * number)
        name = f"{began:%Y%m%d-%H%M%S}-{chance.getrandbits(32):08x}"
        folder = root / "batches" / name
        folder.mkdir(parents=True)
        documents = {}
        for row in range(takes):
            place = number * takes + row
            sound = owners.get(place)
            key = sound or f"{chance.getrandbits(80):020x}"
            file = str(own[sound]) if sound else files[place % len(files)]
            documents[str(row + 1)] = _take(chance, key, name, file, number * -(-takes // SEEDS) + row // SEEDS,
                                            row % SEEDS, began + timedelta(seconds=4 * row))  # fmt: skip
            ids.append(key)
        (folder / "batch.json").write_bytes(msgspec.json.encode({"takes": documents}))
    _judge(root, chance, ids, list(owners.values()), judgements)
    return Made(count, judgements, tuple(owners.values()))


def _take(chance: random.Random, key: str, batch: str, file: str, prompt: int, row: int, at: datetime) -> Take:
    words = f"{_FIRST[prompt % 10]} {_SECOND[prompt // 10 % 10]} {_THIRD[prompt // 100 % 10]} {_LAST[prompt % 6]}"
    if prompt >= 1000:
        words += f", version {prompt // 1000}"
    seed = 400 + row if prompt % 3 else chance.getrandbits(32)
    kind = prompt % 10
    recipe = None
    generator = model = None
    if kind < 7:
        generator, model = "musicgen", "facebook/musicgen-small"
        recipe = Recipe(
            generator=generator, prompt=words, seed=seed, duration_s=10.0, model=model,
            revision="4c8334b02c6ec4e8664a91979669a501ec497792", sampling=Sampling(top_k=250, temperature=0.9),
            licence="CC-BY-NC 4.0", fingerprint=_PRINT,
        )  # fmt: skip
    elif kind < 9:
        generator = "sketch"
        recipe = Recipe(generator=generator, prompt=words, seed=seed, duration_s=30.0, revision="1")
    return Take(
        id=key, batch=batch, file=file, duration_s=10.0 if kind < 7 else 30.0 if kind < 9 else chance.uniform(5, 300),
        sample_rate=32_000 if kind < 7 else 44_100, channels=1 if kind < 7 else 2,
        created_at=at.isoformat(timespec="microseconds").replace("+00:00", "Z"), prompt=words if kind < 9 or row % 2
        else None, seed=seed, generator=generator, model=model, lufs=round(chance.gauss(-16, 3), 2),
        true_peak_db=round(chance.uniform(-9, 0), 2), meter=METER,
        flags=("clipped",) if chance.random() < 0.02 else (),
        recipe=recipe,
    )  # fmt: skip


def _sounds(folder: Path, count: int) -> Iterator[tuple[str, Path]]:
    """Tiny sounds, each with its id."""
    import numpy as np

    from library.sound.audio import sound_id, write_flac

    folder.mkdir()
    time = np.arange(8000) / 8000
    for number in range(count):
        path = folder / f"{number:03}.flac"
        tone = 0.4 * np.sin(2 * np.pi * (110 + 10 * number) * time) * np.exp(-3 * time)
        write_flac(path, tone.astype(np.float32)[:, None], 8000)
        os.utime(path, (0, 0))  # as old as the takes that are said to be made of it
        yield sound_id(path), path


def _judge(root: Path, chance: random.Random, ids: list[str], best: list[str], count: int) -> None:
    heard = chance.sample(ids, min(len(ids), max(1, count // 2)))
    for session in range(-(-count // SESSION)):
        listener = LISTENERS[session % len(LISTENERS)]
        began = _BEGAN + timedelta(days=session, hours=2)
        name = f"{began:%Y%m%d-%H%M%S}-{chance.getrandbits(32):08x}"
        said: list[AnyJudgement] = []
        for row in range(min(SESSION, count - session * SESSION)):
            place = session * SESSION + row
            who = {
                "id": f"{name}-{row + 1:06d}", "listener": listener, "session": name, "blind": row % 2 == 0,
                "at": (began + timedelta(seconds=9 * row)).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            }  # fmt: skip
            said.append(_event(chance, who, heard, best, place, said))
        folder = root / "sessions" / listener
        folder.mkdir(parents=True, exist_ok=True)
        documents = {str(row): event for row, event in enumerate(said, 1)}
        (folder / f"{name}.json").write_bytes(msgspec.json.encode({"judgements": documents}))


def _event(
    chance: random.Random, who: dict[str, object], heard: list[str], best: list[str], place: int,
    said: list[AnyJudgement],
) -> AnyJudgement:  # fmt: skip
    if best and place % 20 == 0:
        return Stars(take=best[place // 20 % len(best)], stars=5, **who)
    take = heard[place % len(heard)]
    common = {"take": take, "heard_s": round(chance.uniform(2, 12), 2), **who}
    draw = chance.random()
    if draw < 0.70:
        return Stars(stars=min(5, max(1, round(chance.gauss(3, 1)))), **common)
    if draw < 0.80:
        return Reject(**common)
    if draw < 0.84:
        return Pick(**common)
    if draw < 0.90:
        return Mark(position_s=round(chance.uniform(0, 10), 3), **common)
    if draw < 0.93:
        return Note(text=chance.choice(_NOTES), **common)
    if draw < 0.98 or not said or isinstance(said[-1], Retraction):
        other = chance.choice(heard)
        if other != take:
            return Duel(other=other, winner=chance.choice(("take", "other", "tie")), **common)
        return Stars(stars=3, **common)
    return Retraction(retracts=said[-1].id, **(common | {"take": said[-1].take}))


def main() -> None:
    """Make a library where the first argument says."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} DIR [batches] [judgements]")
    numbers = [int(word) for word in sys.argv[2:4]]
    made = make_library(
        Path(sys.argv[1]).absolute(),
        batches=numbers[0] if numbers else BATCHES,
        judgements=numbers[1] if numbers[1:] else JUDGEMENTS,
    )
    size = sum(path.stat().st_size for path in Path(sys.argv[1]).rglob("*.json")) / 1e6
    print(f"{made.takes:,} takes, {made.judgements:,} judgements, {size:.0f} MB of JSON in {os.fspath(sys.argv[1])}")


if __name__ == "__main__":
    main()
