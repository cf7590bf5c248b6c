"""Journals on a real disk: what is written is there again, for everybody, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import LibraryError, NewerFormatError
from library.library import Library
from ratings.errors import JudgementError, ListenerError
from ratings.history import History
from ratings.journal import Journal, JudgementLog
from ratings.judgement import Pick, Retraction
from ratings.logs import own_files
from ratings.logs.listeners import default_listener, listener_folder, listener_name
from tests.judging import Judge


def files(root: Path) -> list[Path]:
    return sorted((root / "sessions").rglob("*.json"))


def test_every_kind_is_there_again(tmp_path, ids):
    mine = Journal.load(Library(tmp_path))
    judge = Judge(mine.log("Ann"))
    said = [
        judge.stars(ids(1), 4, heard_s=12.5, blind=True),
        judge.reject(ids(2)),
        judge.pick(ids(1)),
        judge.sound(ids(1), 2, heard_s=3.0),
        judge.mark(ids(1), 3),
        judge.note(ids(1), "  Flügel, dann 🎹\n"),
        judge.duel(ids(1), ids(2), "tie", side="b", first="other", heard_s=4.0, blind=True),
        judge.duel(ids(1), ids(2), "tie", neither=True),
    ]
    theirs = Journal(Library(tmp_path))
    assert theirs.refresh() == said
    assert theirs.history.live() == said == mine.history.live()
    assert theirs.history.ratings(ids(1)).notes[0][0] == "Flügel, dann 🎹"
    judge.retract(said[0])
    assert theirs.history.ratings(ids(1)).stars == 4
    theirs.refresh()
    assert theirs.history.ratings(ids(1)).stars is None


class OlderDuel(msgspec.Struct, tag="duel", tag_field="kind"):
    """As it was before one could say that neither is good."""

    take: str
    other: str
    winner: Literal["take", "other", "tie"]


def test_an_older_earmark_reads_a_tie_where_neither_is_good(tmp_path, ids):
    Judge(Journal.load(Library(tmp_path)).log("ann")).duel(ids(1), ids(2), "tie", neither=True)
    (path,) = files(tmp_path)
    read = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, OlderDuel]])
    assert list(read["judgements"].values()) == [OlderDuel(ids(1), ids(2), "tie")]


def test_a_winner_where_neither_is_good_is_passed_over_and_named(tmp_path, ids):
    judge = Judge(Journal.load(Library(tmp_path)).log("ann"))
    judge.duel(ids(1), ids(2), "tie", neither=True)
    kept = judge.stars(ids(1), 4)
    (path,) = files(tmp_path)
    path.write_text(path.read_text().replace('"tie"', '"take"'))
    journal = Journal.load(Library(tmp_path))
    assert journal.history.live() == [kept]
    assert "neither" in journal.damages[0].reason
    with pytest.raises(JudgementError, match="neither"):
        judge.duel(ids(1), ids(2), "take", neither=True)


def test_nothing_is_written_before_the_first_judgement(tmp_path, ids):
    root = tmp_path / "library"
    judge = Judge(Journal.load(Library(root)).log("ann"))
    assert not root.exists()
    judge.stars(ids(1), 3)
    assert json.loads((root / "library.json").read_text()) == {"format": 1}
    assert len(files(root)) == 1


def test_own_judgements_are_not_counted_twice(tmp_path, ids):
    journal = Journal.load(Library(tmp_path))
    Judge(journal.log("ann")).stars(ids(1), 3)
    assert journal.history.ratings(ids(1)).judgements == 1
    assert journal.refresh() == []
    assert journal.history.ratings(ids(1)).judgements == 1


def test_a_refresh_brings_only_what_is_new(tmp_path, ids):
    ann, bob = Journal.load(Library(tmp_path)), Journal.load(Library(tmp_path))
    first = Judge(ann.log("ann")).stars(ids(1), 3)
    assert bob.refresh() == [first]
    second = Judge(ann.log("ann")).stars(ids(2), 5)
    assert bob.refresh() == [second]
    assert bob.refresh() == []


def test_a_long_session_goes_on_in_further_files(tmp_path, ids, monkeypatch):
    monkeypatch.setattr(own_files, "SHARD_EVENTS", 4)
    judge = Judge(Journal.load(Library(tmp_path)).log("ann"))
    said = [judge.stars(ids(n), 1 + n % 5) for n in range(10)]
    assert [path.name for path in files(tmp_path)] == sorted(
        f"{judge.name}{suffix}.json" for suffix in ("", "-2", "-3")
    )
    assert Journal.load(Library(tmp_path)).history.live() == said
    assert {event.session for event in said} == {judge.name}


def test_long_notes_fill_a_file_sooner(tmp_path, ids):
    judge = Judge(Journal.load(Library(tmp_path)).log("ann"))
    for n in range(30):
        judge.note(ids(n), "x" * 10_000)
    assert len(files(tmp_path)) == 2
    assert len(Journal.load(Library(tmp_path)).history) == 30


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, ids, monkeypatch):
    journal = Journal.load(Library(tmp_path))
    judge = Judge(journal.log("ann"))
    first = judge.stars(ids(1), 3)

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(LibraryError, match="No space left"):
            judge.stars(ids(1), 5)
    assert journal.history.live() == [first]
    second = judge.stars(ids(1), 2)
    assert Journal.load(Library(tmp_path)).history.live() == [first, second]
    assert len({first.id, second.id}) == 2


def test_a_judgement_is_made_at_once_and_counts_once_it_is_written(tmp_path, ids):
    times = iter([datetime(2026, 5, 1, 12, second=second, tzinfo=UTC) for second in range(4)])
    history = History()
    log = JudgementLog(Library(tmp_path), "ann", history, now=lambda: next(times))
    stars, pick = log.stars(ids(1), 4), log.pick(ids(1))
    assert (stars.at, pick.at) == ("2026-05-01T12:00:01.000000Z", "2026-05-01T12:00:02.000000Z")
    assert len(history) == 0
    assert files(tmp_path) == []
    assert log.write([stars, pick]) == [stars, pick] == history.live() == Journal.load(Library(tmp_path)).history.live()
    assert log.write([stars]) == [], "it is there already"
    assert len(history) == 2


def test_what_is_being_written_counts_for_what_is_judged_next(tmp_path, ids):
    journal = Journal.load(Library(tmp_path))
    log = journal.log("ann")
    log.write([log.stars(ids(2), 1)])
    toggled = [log.toggle_pick(ids(1)) for _ in range(3)]
    assert [type(one) for one in toggled] == [Pick, Retraction, Pick]
    stars = log.stars(ids(1), 4)
    undone = [log.undo(), log.undo(), log.undo()]
    assert [one.retracts for one in undone[:2]] == [stars.id, toggled[2].id]
    assert undone[2].take == ids(2)
    assert log.undo() is None
    assert log.standing(ids(1)) == []
    assert log.clear(ids(1)) == []
    log.write([*toggled, stars, *undone])
    assert Journal.load(Library(tmp_path)).history.live() == journal.history.live() == []


def test_what_takes_back_a_judgement_that_could_not_be_written_is_not_written_either(tmp_path, ids):
    journal = Journal.load(Library(tmp_path))
    log = journal.log("ann")
    lost = log.stars(ids(1), 2)
    correction = [log.retract(lost), log.stars(ids(1), 5)]
    log.withdraw([lost])
    assert log.write(correction) == [correction[1]]
    assert Journal.load(Library(tmp_path)).history.live() == journal.history.live() == [correction[1]]
    with pytest.raises(JudgementError, match="already"):
        log.retract(lost)


@pytest.mark.parametrize(
    "say",
    [
        lambda s, a, b: s.stars(a, 6),
        lambda s, a, b: s.stars(a, 0),
        lambda s, a, b: s.stars("not an id", 3),
        lambda s, a, b: s.stars("../../../etc/passwd", 3),
        lambda s, a, b: s.stars(a, 3, heard_s=-1),
        lambda s, a, b: s.stars(a, 3, heard_s=float("nan")),
        lambda s, a, b: s.mark(a, -1),
        lambda s, a, b: s.mark(a, float("inf")),
        lambda s, a, b: s.note(a, "  "),
        lambda s, a, b: s.note(a, "x" * 10_001),
        lambda s, a, b: s.note(a, "\ud800"),
        lambda s, a, b: s.duel(a, a, "take"),
        lambda s, a, b: s.duel(a, b, "neither"),
        lambda s, a, b: s.duel(a, b, "take", side="c"),
    ],
)
def test_nonsense_is_refused_and_not_written(tmp_path, ids, say):
    journal = Journal.load(Library(tmp_path))
    with pytest.raises(JudgementError):
        say(journal.log("ann"), ids(1), ids(2))
    assert len(journal.history) == 0
    assert files(tmp_path) == []


def test_a_judgement_is_taken_back_once_and_by_its_listener_only(tmp_path, ids):
    journal = Journal.load(Library(tmp_path))
    stars = Judge(journal.log("ann")).stars(ids(1), 3)
    with pytest.raises(JudgementError, match="ann, not by bob"):
        Judge(journal.log("bob")).retract(stars)
    Judge(journal.log("ann")).retract(stars)
    with pytest.raises(JudgementError, match="already"):
        Judge(journal.log("ann")).retract(stars)


def test_clear_takes_back_what_was_said_of_the_worth_of_a_take(tmp_path, ids):
    journal = Journal.load(Library(tmp_path))
    ann, bob = Judge(journal.log("ann")), Judge(journal.log("bob"))
    for n in (2, 4):
        ann.stars(ids(1), n)
    ann.pick(ids(1))
    ann.note(ids(1), "bridge")
    bob.stars(ids(1), 5)
    assert len(ann.clear(ids(1))) == 3
    verdict = journal.history.ratings(ids(1))
    assert (verdict.stars, verdict.picked, len(verdict.notes)) == (5, False, 1)
    assert ann.clear(ids(1)) == []
    assert Journal.load(Library(tmp_path)).history.live() == journal.history.live()


def test_times_and_ids_grow_though_the_clock_jumps(tmp_path, ids):
    start = datetime(2026, 5, 1, tzinfo=UTC)
    times = iter([start + timedelta(seconds=s) for s in (0, 0, 5, -3600, -3599, 6, 6)])
    history = History()
    judge = Judge(JudgementLog(Library(tmp_path), "ann", history, now=lambda: next(times)))
    said = [judge.stars(ids(n), 3) for n in range(6)]
    for key in ("at", "id"):
        values = [getattr(event, key) for event in said]
        assert values == sorted(set(values))


def test_the_latest_word_counts_though_the_clock_was_set_back_since(tmp_path, ids):
    history = History()
    Judge(JudgementLog(Library(tmp_path), "ann", history, now=lambda: datetime(2031, 1, 1, tzinfo=UTC))).stars(
        ids(1), 5
    )
    Judge(JudgementLog(Library(tmp_path), "ann", history, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))).stars(
        ids(1), 2
    )
    assert history.ratings(ids(1)).stars == 2


def test_threads_share_a_session(tmp_path, ids):
    journal = Journal.load(Library(tmp_path))

    def judge(offset: int) -> None:
        for n in range(25):
            Judge(journal.log("ann")).stars(ids(offset + n), 3)

    threads = [threading.Thread(target=judge, args=(100 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        journal.refresh()
    for thread in threads:
        thread.join()
    assert len(journal.history) == 100
    assert Journal.load(Library(tmp_path)).history.live() == journal.history.live()


def test_a_damaged_session_is_named_and_the_rest_opens(tmp_path, ids):
    kept = Judge(Journal.load(Library(tmp_path)).log("ann")).stars(ids(1), 3)
    folder = (tmp_path / "sessions") / "bob"
    folder.mkdir()
    (folder / "x.json").write_bytes(b'{"judgements": {"1": {"kind": "st')
    document = {"kind": "stars", "id": "i", "take": ids(1), "listener": "b", "session": "s", "at": "zzz", "stars": 3}
    (folder / "y.json").write_text(json.dumps({"judgements": {"1": document}}))
    journal = Journal.load(Library(tmp_path))
    assert journal.history.live() == [kept]
    assert [damage.path.name for damage in journal.damages] == ["x.json", "y.json"]


def test_a_newer_library_is_refused(tmp_path):
    (tmp_path / "library.json").write_text('{"format": 2}')
    with pytest.raises(NewerFormatError):
        Journal(Library(tmp_path))


@given(st.text(max_size=120))
def test_a_listeners_folder_is_one_plain_name(text):
    try:
        name = listener_name(text)
    except ListenerError:
        return
    folder = listener_folder(name)
    assert Path(folder).name == folder
    assert not folder.startswith(".")
    assert len(folder) <= 50
    assert folder.isascii()


def test_names_that_look_alike_on_disk_keep_apart():
    folders = [listener_folder(name) for name in ("ann", "Ann", "änn", "../ann", "-", "!", "a" * 41, "a" * 42)]
    assert len(set(folders)) == len(folders)
    assert folders[0] == "ann"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x1b[31m", "\u202eann", "x" * 101])
def test_unusable_names_are_refused(name):
    with pytest.raises(ListenerError):
        listener_name(name)


def test_the_default_listener_is_the_one_named(monkeypatch):
    monkeypatch.setenv("EARMARK_LISTENER", "Zoë")
    assert default_listener() == "Zoë"
    monkeypatch.delenv("EARMARK_LISTENER")
    monkeypatch.setenv("LOGNAME", "carl")
    assert default_listener() == "carl"


ROOT = Path(__file__).parents[2]
KILLED = """
import sys
from pathlib import Path
from library.library import Library
from ratings.journal import Journal
from tests.judging import Judge
judge = Judge(Journal.load(Library(Path(sys.argv[1]))).log("ann"))
for n in range(10**9):
    print(judge.stars(f"{n:020x}", 1 + n % 5).id, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path):
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        acknowledged = [process.stdout.readline().strip() for _ in range(20)]
        process.kill()
        acknowledged += process.stdout.read().splitlines()[:-1]
        process.wait()
        process.stdout.close()
        journal = Journal.load(Library(tmp_path))
        assert all(judgement in journal.history for judgement in acknowledged)
        assert journal.damages == []
