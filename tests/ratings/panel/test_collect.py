"""What comes back of panels: each friend a listener, once, whatever a mail did to it; junk is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ratings.journal import Journal
from ratings.panel.collect import collect
from ratings.panel.record import read_record
from ratings.ranking.listeners import rank_listeners
from ratings.ranking.ranking import RankedTakes
from tests.ratings.export.shelf import Shelf
from tests.ratings.panel.answering import RATE, answers, fresh, make, record_of, token, tune


def test_what_comes_twice_counts_once_and_what_is_new_is_added(shelf, tmp_path):
    make(shelf, tmp_path / "panel.html", count=4)
    record = record_of(shelf)
    some = token(record, answers=answers(record)[:3])
    whole = token(record)
    assert collect(shelf.journal, [("a", some), ("b", some)]).judgements == 3
    again = collect(fresh(shelf), [("a", some + b"\n" + whole), ("b", whole)])
    assert (again.judgements, again.failed) == (len(answers(record)) - 3, [])
    assert len(fresh(shelf).history) == len(answers(record))
    everything = collect(Journal.load(shelf.catalog.library), [("c", whole)])
    assert (everything.judgements, everything.known) == (0, len(answers(record)))


def test_each_friend_is_a_listener_of_their_own(shelf, tmp_path):
    shelf.say.stars(next(iter(shelf.catalog)).id, 5)
    make(shelf, tmp_path / "panel.html", count=4)
    record = record_of(shelf)
    sent = [token(record, run=f"{number:016x}", name=name) for number, name in enumerate(("Ann", "Tom", "tom", "\x07"))]
    collect(shelf.journal, [(str(number), one) for number, one in enumerate(sent)])
    assert set(fresh(shelf).history.listeners()) == {"ann", "Ann 2", "Tom", "tom 2", "guest"}
    make(shelf, tmp_path / "second.html", count=4)
    (second,) = (
        read_record(shelf.catalog.library, path.stem)
        for path in (shelf.root / "panels").glob("*.json")
        if path.stem != record.id
    )
    collect(shelf.journal, [("later", token(second, run="f" * 16, name="Tom"))])
    assert "Tom 3" not in fresh(shelf).history.listeners()


@pytest.mark.parametrize("wrapping", ["quoted", "one line", "windows", "utf-16", "quoted-printable"])
def test_answers_survive_what_mail_programs_do_to_them(shelf, tmp_path, wrapping):
    make(shelf, tmp_path / "panel.html", count=4)
    text = token(record_of(shelf)).decode()
    wrapped = {
        "quoted": "Hi!\n> > here:\n" + "\n".join(f"> > {line}" for line in text.splitlines()) + "\n> > Tom",
        "one line": "here: " + text.replace("\n", "") + "cafe",
        "windows": text.replace("\n", "\r\n"),
        "utf-16": text,
        "quoted-printable": text.replace("\n", "=\r\n"),
    }[wrapping]
    data = wrapped.encode("utf-16" if wrapping == "utf-16" else "utf-8")
    done = collect(shelf.journal, [("mail", data)])
    assert (done.failed, done.judgements) == ([], len(answers(record_of(shelf))))


def test_what_was_changed_or_is_of_another_panel_is_named_and_the_rest_kept(shelf, tmp_path):
    make(shelf, tmp_path / "panel.html", count=4)
    record = record_of(shelf)
    other = Shelf(tmp_path / "other")
    for number in range(3):
        other.add(number, rate=RATE, samples=tune(number))
    make(other, tmp_path / "other.html")
    said = answers(record)
    bad = {
        "changed": token(record).replace(b".", b".A", 1),
        "elsewhere": token(record_of(other)),
        "twice": token(record, answers=[said[0], said[0]]),
        "unasked": token(record, answers=[[len(said) + 3, "1", 1, 1, 1]]),
        "six": token(record, answers=[[0, "6", 1, 1, 1]]),
        "duel": token(
            record,
            answers=[[at, "4" if one.b is not None else "a", 1, 1, 1] for at, one in enumerate(record.orders[0])],
        ),
        "forged": token(record, key="0" * 64),
        "order": token(record, order=9),
        "endless": token(record, answers=[[0, "1", 1e300, 1, 1]]),
        "junk": b"EARMARK-PANEL-1." + b"A" * 50 + b"." + b"0" * 64,
        "nothing": b"hello",
        "missing": tmp_path / "nowhere.txt",
        "folder": tmp_path,
    }
    done = collect(shelf.journal, [*bad.items(), ("good", token(record))])
    assert [name for name, _ in done.failed] == list(bad)
    assert done.judgements == len(said)


@pytest.mark.parametrize("began", ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-13-45T00:00:00Z"])
def test_a_friend_s_clock_moves_nothing_to_before_the_panel_or_into_the_future(shelf, tmp_path, began):
    make(shelf, tmp_path / "panel.html", count=4)
    collect(shelf.journal, [("a", token(record_of(shelf), began=began))])
    times = [one.at for one in fresh(shelf).history.live()]
    now = datetime.now(UTC).isoformat()
    assert all("2026-01" < at < now for at in times)
    assert times == sorted(times)


def test_a_listener_of_a_panel_has_a_ranking_and_a_noise(shelf, tmp_path):
    make(shelf, tmp_path / "panel.html")
    record = record_of(shelf)
    collect(shelf.journal, [("a", token(record))])
    history = fresh(shelf).history
    assert len(history.of("Tom")) == len(answers(record))
    (row,) = rank_listeners(RankedTakes.judged(shelf.catalog, history))
    assert (row.listener, row.answers) == ("Tom", len(answers(record)))
