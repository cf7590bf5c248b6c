"""What Earmark writes, each as an action that says what it has acknowledged. Each is tried again after an error."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from library.errors import EarmarkError
from library.files.temporary import TemporaryFolder
from library.generators.api import Rendered
from library.generators.recipes import grid
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.jobs.events import Event, Order, TakeFailed, TakeSaved
from library.jobs.executor import OrderExecutor
from library.jobs.inbox import Inbox
from library.jobs.saving import save
from library.jobs.wishes import record
from library.library import Library
from library.purging.purge import drop_sound
from library.purging.remaking import Remade
from library.purging.restore import write_back
from library.sound.audio import sound_id, write_flac
from library.store.catalog import BatchWriter, Catalog
from library.store.purges import Proof
from library.take import Recipe, utc_now
from ratings.export import ExportRequest, run_export
from ratings.journal import Journal
from ratings.panel.collect import collect
from ratings.panel.record import Asked, PanelRecord, write_record
from ratings.session.plan import SessionPlans, new_plan
from tests.judging import Judge, write_plan
from tests.mishap.faults import Say
from tests.ratings.panel.answering import token
from tui.cli.checks import repair_all
from tui.settings import Settings, SettingsFile, load_settings

RATE = 8000
TAKE = "0123456789abcdef0123"
_Result = TypeVar("_Result")


def noise(seed: int) -> np.ndarray:
    """A tenth of a second, float32 [frames, 1]."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (RATE // 10, 1)).astype(np.float32)


def judge(folder: Path, say: Say) -> None:
    """Two judgements by one listener, and the first one taken back."""
    journal = _twice(lambda: Journal.load(Library(folder)), say)
    ana = Judge(journal.log("ana"))
    events = []
    for stars in (1, 3):
        events.append(_twice(lambda stars=stars: ana.stars(TAKE, stars), say))  # type: ignore[misc]
        say(events[-1].id)
    say(_twice(lambda: ana.retract(events[0]), say).id)


def plan(folder: Path, say: Say) -> None:
    """A listening session's plan, begun and changed."""
    plans = SessionPlans(Library(folder), "ana", f"session-{secrets.token_hex(4)}")
    planned = new_plan(datetime.now(UTC))
    for minutes in (5.0, 7.0):
        planned = msgspec.structs.replace(planned, minutes=minutes)
        planned = _twice(lambda planned=planned: write_plan(plans, planned), say)  # type: ignore[misc]
        say(f"{planned.id} {planned.version} {planned.minutes}")


def land(folder: Path, say: Say) -> None:
    """Two generated takes, with tokens, into one batch."""
    batch = _twice(lambda: BatchWriter(Library(folder)), say)
    for seed in (1, 2):
        recipe = Recipe(generator="sketch", prompt="night", seed=seed, duration_s=0.1)
        tokens = {"codes": np.arange(12).reshape(3, 4)}
        rendered = Rendered(seed, recipe, noise(seed), RATE, tokens)
        say(_twice(lambda rendered=rendered: save(batch, rendered), say).id)  # type: ignore[misc]


def ask(folder: Path, say: Say) -> None:
    """Takes are asked for, one of them is dropped, and what was asked for the second time is done."""
    recipes = grid(["night"], (1, 2), generator="sketch", duration_s=0.2)
    library = Library(folder)
    left = _twice(lambda: record(library, recipes), say)
    say(f"asked {left.wish.id}")
    _twice(lambda: left.settle([1]), say)
    say(f"settled {left.wish.id}")
    left.release()
    done = _twice(lambda: record(library, recipes), say)
    say(f"doing {done.wish.id}")
    _twice(done.fulfil, say)
    say(f"done {done.wish.id}")


def work(folder: Path, say: Say) -> None:
    """What the worker process does of an order of two takes; those that stumbled are ordered once more."""
    recipes = grid(["night"], (1, 2), generator="sketch", duration_s=0.2)

    def carry_out(recipes: Sequence[Recipe]) -> list[Recipe]:
        stumbled = []

        def tell(event: Event) -> None:
            if isinstance(event, TakeSaved):
                say(event.take.id)
            elif isinstance(event, TakeFailed):
                stumbled.append(recipes[event.index])

        OrderExecutor().carry_out(Order(job=1, library=str(folder), recipes=tuple(recipes)), tell, Inbox())
        return stumbled

    if refused := carry_out(recipes):
        say(f"refused: {len(refused)}")
        assert not carry_out(refused)


def bring_in(folder: Path, say: Say) -> None:
    """Three files imported as copies; what failed is imported once more."""
    request = ImportRequest([folder.parent / "sounds"], copy=True)

    def landed(takes: object) -> None:
        for take in takes:  # type: ignore[attr-defined]
            say(take.id)

    report = _twice(lambda: run_import(Catalog.load(Library(folder)), request, on_saved=landed), say)
    if report.failed:
        say(f"refused: {report.failed}")
        report = run_import(Catalog.load(Library(folder)), request, on_saved=landed)
    # What was in place when the disk would not confirm it is a duplicate of the second time.
    for path in report.duplicates:
        say(sound_id(path))


def export(folder: Path, say: Say) -> None:
    """The best take of the library beside `folder`, as WAVs in it."""
    library = folder.parent / "library"
    catalog, history = Catalog.load(Library(library)), Journal.load(Library(library)).history
    request = ExportRequest(destination=folder, subtype="PCM_16")
    report = _twice(lambda: run_export(catalog, history, request), say)
    if report.failed:
        say(f"refused: {[failure.reason for failure in report.failed]}")
        report = run_export(catalog, history, request)
    for file in report.files:
        say(f"{file.path.name} {file.sha256}")
    for sheet in report.sheets:
        say(f"{sheet.name} -")


PANEL = PanelRecord(
    id="0123456789abcdef", key="00" * 32, created_at="2026-01-01T00:00:00.000000Z", takes=(TAKE, TAKE[::-1]),
    orders=((Asked(0), Asked(1), Asked(0, 1)),),
)  # fmt: skip


def collect_panel(folder: Path, say: Say) -> None:
    """A panel is kept, and what two friends answered to it."""
    _twice(lambda: write_record(Library(folder), PANEL), say)
    sent = [(name, token(PANEL, name=name, run=name * 16)) for name in "ab"]
    journal = _twice(lambda: Journal.load(Library(folder)), say)
    if _twice(lambda: collect(journal, sent), say).failed:
        say("refused: answers")
        collect(journal, sent)
    for event in journal.history.live():
        if event.listener in "ab":
            say(event.id)


def purge_proven(folder: Path, say: Say) -> None:
    """The sounds of two takes that are proven to come back are dropped, and the first comes back."""
    catalog = _twice(lambda: Catalog.load(Library(folder)), say)
    if len(catalog) < 2:  # what could not be read is told as a damage
        say(f"refused: {catalog.damages}")
        catalog = Catalog.load(Library(folder))
    takes = sorted((take for take in catalog if take.recipe), key=lambda take: take.id)
    sounds = {take.id: noise(take.recipe.seed) for take in takes if take.recipe}
    for take in takes:
        proof = Proof(take=take.id, at=utc_now(), machine="here")
        _twice(lambda take=take, proof=proof: drop_sound(catalog, take, [proof]), say)  # type: ignore[misc]
        say(f"purged {take.id}")
    with TemporaryFolder("purging") as scratch:
        sound = scratch.path / "again.flac"
        write_flac(sound, sounds[takes[0].id], RATE)
        remade = Remade(takes[0], takes[0].recipe, sound)
        _twice(lambda: write_back(catalog, remade), say)
    say(f"back {takes[0].id}")


def keep_settings(folder: Path, say: Say) -> None:
    """Settings that replace others."""
    path = folder / "settings.json"
    SettingsFile(path).keep(Settings(theme="new"))
    if load_settings(path).theme == "new":
        say("new")


def mend(folder: Path, say: Say) -> None:
    """What `doctor --repair` does."""
    for outcome in repair_all(Library(folder)):
        say(f"{outcome.done} {outcome}")


def _twice(act: Callable[[], _Result], say: Say) -> _Result:
    """What a user does who is told that something failed."""
    try:
        return act()
    except EarmarkError as error:
        say(f"refused: {error}")
        return act()
