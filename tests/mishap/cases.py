"""Each kind of write, the ground it is done on, and what must hold afterwards whatever happened."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import soundfile

from library.jobs.to_come import to_come
from library.library import Library
from library.sound.audio import sound_id
from library.store.catalog import Catalog
from ratings.journal import Journal
from ratings.panel.record import read_record
from ratings.session.plan import SessionPlans
from tests.judging import Judge
from tests.mishap import actions
from tests.mishap.faults import Action, Outcome
from tui.settings import load_settings


def acknowledged(outcome: Outcome) -> list[str]:
    return [text for text in outcome.said if not text.startswith("refused")]


def temporary(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.is_file()]


def opens(library: Path) -> tuple[Catalog, Journal]:
    """The library at `library`, of which every file is whole."""
    catalog, journal = Catalog.load(Library(library)), Journal.load(Library(library))
    assert [*catalog.damages, *journal.damages] == []
    for take in catalog:
        assert catalog.is_purged(take) or sound_id(catalog.path_of(take)) == take.id
        if (tokens := catalog.tokens_of(take)) is not None:
            assert zipfile.ZipFile(tokens).testzip() is None
    return catalog, journal


def check_judging(library: Path, outcome: Outcome) -> None:
    _, journal = opens(library)
    written = "".join(path.read_text() for path in library.glob("sessions/ana/*.json"))
    assert all(f'"id":"{event}"' in written for event in acknowledged(outcome))
    if len(acknowledged(outcome)) == 3:
        assert journal.history.ratings(actions.TAKE).stars == 3


def check_plans(library: Path, outcome: Outcome) -> None:
    plans = SessionPlans(Library(library), "ana", "checking")
    there = {record.plan.id: record.plan for record in plans.records()}
    assert plans.damages == []
    for plan, version, minutes in map(str.split, acknowledged(outcome)):
        assert there[plan].version >= int(version)
        assert there[plan].version > int(version) or there[plan].minutes == float(minutes)


def check_asking(library: Path, outcome: Outcome) -> None:
    coming = to_come(Catalog.load(Library(library)))
    assert coming.damages == ()
    there = {one.wish.id: one.missing for one in coming.unmade}
    assert all(missing in ((0, 1), (0,)) for missing in there.values())
    said = [text.split() for text in acknowledged(outcome)]
    assert {wish for what, wish in said if what == "asked"} <= there.keys()
    assert {there[wish] for what, wish in said if what == "settled"} <= {(0,)}
    assert not {wish for what, wish in said if what == "done"} & there.keys()


def check_landing(library: Path, outcome: Outcome) -> None:
    catalog, _ = opens(library)
    assert all(take in catalog for take in acknowledged(outcome))


def check_collecting(library: Path, outcome: Outcome) -> None:
    _, journal = opens(library)
    assert set(acknowledged(outcome)) <= {event.id for event in journal.history.live()}
    if acknowledged(outcome):
        assert read_record(Library(library), actions.PANEL.id) == actions.PANEL


def check_purging(library: Path, outcome: Outcome) -> None:
    catalog, _ = opens(library)
    assert len(catalog) == 2
    said = acknowledged(outcome)
    for take in catalog:
        purged = catalog.purges.purges.get(take.id)
        assert f"purged {take.id}" not in said or purged is not None
        assert f"back {take.id}" not in said or catalog.has_sound(take)
        assert (tokens := catalog.tokens_of(take)) is not None
        assert tokens.is_file()


def check_export(folder: Path, outcome: Outcome) -> None:
    for path in [path for path in folder.glob("*") if path.suffix == ".wav"]:
        assert soundfile.info(path).frames == len(actions.noise(1))
    for line in acknowledged(outcome):
        name, digest = line.rsplit(" ", 1)
        assert (folder / name).is_file()
        assert digest in ("-", hashlib.sha256((folder / name).read_bytes()).hexdigest())


def check_settings(folder: Path, outcome: Outcome) -> None:
    theme = load_settings(folder / "settings.json").theme
    assert theme in ("old", "new")
    assert acknowledged(outcome) in ([], [theme])


@dataclass(frozen=True)
class Case:
    """An action, where it is done, and what must hold afterwards."""

    action: Action
    folder: str
    check: Callable[[Path, Outcome], None]
    again: bool = True
    """Whether the action tries again what was refused, and so ends with all that it does undisturbed."""
    every: int = 1
    """Of how many mishaps one is tried where not all are."""


CASES = {
    "judging": Case(actions.judge, "library", check_judging),
    "first-judgement": Case(actions.judge, "new", check_judging),
    "planning": Case(actions.plan, "library", check_plans, every=3),
    "first-take": Case(actions.land, "new", check_landing),
    "asking": Case(actions.ask, "library", check_asking),
    "generating": Case(actions.work, "library", check_landing, every=12),
    "importing": Case(actions.bring_in, "library", check_landing),
    "collecting": Case(actions.collect_panel, "library", check_collecting, every=3),
    "purging": Case(actions.purge_proven, "library", check_purging, every=3),
    "exporting": Case(actions.export, "out", check_export, every=4),
    "settings": Case(actions.keep_settings, "config", check_settings, again=False),
}


def lay_ground(ground: Path) -> Path:
    """A folder with a library of two takes, one of them rated, three files to import, and settings."""
    ground.mkdir()
    told: list[str] = []
    actions.land(ground / "library", told.append)
    Judge(Journal.load(Library(ground / "library")).log("ben")).stars(told[0], 4)
    (ground / "sounds").mkdir()
    for seed in (11, 12, 13):
        soundfile.write(ground / "sounds" / f"day_s{seed}.wav", actions.noise(seed), actions.RATE)
    (ground / "config").mkdir()
    (ground / "config" / "settings.json").write_text('{"theme": "old"}')
    return ground


def damage(library: Path) -> frozenset[str]:
    """Cut a session and a batch off in their last entries, set a whole session aside; what can be saved."""
    said = []
    for listener in ("eve", "max"):
        judge = Judge(Journal.load(Library(library)).log(listener))
        said += [judge.stars(actions.TAKE, stars).id for stars in (1, 2, 3)]
        whole = library / "sessions" / listener / f"{judge.name}.json"
    whole.rename(whole.with_name(f"{whole.name}.damaged-20260101-000000-000000"))
    batch = next(path for path in library.glob("batches/*/batch.json") if path.read_text().count('"id"') == 2)
    takes = [take["id"] for take in json.loads(batch.read_bytes())["takes"].values()]
    for path in (batch, library / "sessions" / "eve" / f"{said[0].rpartition('-')[0]}.json"):
        os.truncate(path, path.stat().st_size - 20)
        os.utime(path, (1e9, 1e9))
    return frozenset({*takes, *said[:2], *said[3:]})


def in_use(library: Path) -> set[str]:
    """Every take and judgement by its id."""
    return {take.id for take in Catalog.load(Library(library))} | {
        event.id for event in Journal.load(Library(library)).history.live()
    }
