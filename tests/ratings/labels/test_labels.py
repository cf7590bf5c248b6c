"""Labels: the latest word on each holds, whoever said it; they are undone by the act, and are no judgements."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.library import Library
from library.spelling import fold
from library.store.shards import ShardReader, list_nested
from ratings.errors import LabelError
from ratings.history import UNJUDGED, History
from ratings.journal import TABLE, Journal, JudgementLog
from ratings.judgement import Duel, Label, Mark, Note, Pick, Reject, Retraction, Sound, Stars
from ratings.labels.names import COLOURS, in_order, label_name
from ratings.session.plan import SessionPlans
from tests.judging import Judge

TAKES = [f"{n:020x}" for n in range(3)]
NAMES = ["red", "Live", "LIVE", "live", "größe", "gro\u0308ße"]


@st.composite
def words(draw):
    """Words of two listeners on three takes, and retractions of some, in any order of files."""
    events = []
    for number in range(draw(st.integers(0, 25))):
        shared = {
            "id": f"e{number:02d}",
            "take": draw(st.sampled_from(TAKES)),
            "listener": draw(st.sampled_from(["ann", "bob"])),
            "session": "s",
            "at": f"2026-01-01T00:00:{draw(st.integers(0, 9)):02d}.000000Z",
        }
        kind = draw(st.sampled_from(["put", "put", "take off", "retract", "stars"]))
        if kind == "retract":
            events.append(Retraction(**shared, retracts=f"e{draw(st.integers(0, 24)):02d}"))
        elif kind == "stars":
            events.append(Stars(**shared, stars=3))
        else:
            events.append(Label(**shared, name=draw(st.sampled_from(NAMES)), removed=kind == "take off"))
    return events


def naive(events, take):
    """The folded labels of a take by definition."""
    authors = {event.id: event.listener for event in events if isinstance(event, Label)}
    gone = {
        event.retracts
        for event in events
        if isinstance(event, Retraction) and authors.get(event.retracts) == event.listener
    }
    latest = {}
    for event in sorted(events, key=lambda event: (event.at, event.id)):
        if isinstance(event, Label) and event.take == take and event.id not in gone:
            latest[fold(event.name)] = not event.removed
    return {name for name, on in latest.items() if on}


@settings(max_examples=200, deadline=None)
@given(words(), st.randoms(use_true_random=False))
def test_the_latest_word_holds_whatever_the_order_of_the_files(events, random):
    shuffled = random.sample(events, len(events))
    history = History()
    for event in shuffled:
        history.add([event])
        history.known_labels()  # counted step by step
    on = {take: naive(events, take) for take in TAKES}
    assert {take: {fold(name) for name in history.ratings(take).labels} for take in TAKES} == on
    counts = {fold(name): count for name, count in history.known_labels().items()}
    assert counts == {name: sum(name in each for each in on.values()) for name in set().union(*on.values())}
    bare = [event for event in events if not isinstance(event, Label)]
    assert history.live() == History(bare).live()
    assert set(history.judged()) == set(History(bare).judged())
    assert len(history) == len(History(bare))


def test_labels_are_there_for_everybody_and_are_no_judgements(tmp_path):
    journal = Journal.load(Library(tmp_path))
    ann = Judge(journal.log("ann"))
    ann.label(TAKES[:2], add=["Live", "red"])
    ann.stars(TAKES[1], 4)
    theirs = Journal.load(Library(tmp_path))
    ratings = theirs.history.ratings(TAKES[0])
    assert in_order(ratings.labels) == ("red", "Live")
    assert (ratings.judgements, ratings.rated, theirs.history.judged()) == (0, False, [TAKES[1]])
    Judge(theirs.log("bob")).label(TAKES[:1], add=["blue"], remove=["LIVE"])
    journal.refresh()
    assert in_order(journal.history.ratings(TAKES[0]).labels) == ("red", "blue")
    assert journal.history.known_labels() == {"red": 2, "blue": 1, "Live": 1}


def test_nothing_is_written_that_changes_nothing(tmp_path):
    ann = Judge(Journal.load(Library(tmp_path)).log("ann"))
    assert len(ann.label(TAKES, add=["live"])) == 3
    assert ann.label(TAKES, add=["LIVE "], remove=["never on"]) == []
    assert [word.name for word in ann.label(TAKES[:1], remove=["Live"])] == ["live"]


def test_an_act_is_undone_as_a_whole_written_or_not(tmp_path):
    journal = Journal.load(Library(tmp_path))
    log = journal.log("ann")
    Judge(log).label(TAKES[:1], add=["red"])
    made = log.label(TAKES, add=["red", "live"])
    assert len(made) == 5
    log.write(made[:3])
    undone = log.undo()
    assert undone is not None
    everything = [undone, *log.rest_of(undone)]
    assert {one.retracts for one in everything} == {one.id for one in made}
    assert log.labels_on(TAKES[1]) == ()
    log.write([*made[3:], *everything])
    again = Journal.load(Library(tmp_path)).history
    assert [again.ratings(take).labels for take in TAKES] == [("red",), (), ()]
    undone = log.undo()
    assert undone is not None
    assert log.rest_of(undone) == []


def test_a_word_comes_after_those_of_machines_whose_clocks_are_ahead(tmp_path):
    journal = Journal.load(Library(tmp_path))
    late, early = datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    ahead = JudgementLog(journal.library, "ann", journal.history, lambda: late)
    behind = JudgementLog(journal.library, "bob", journal.history, lambda: early)
    ahead.write(ahead.label(TAKES[:1], add=["red"]))
    behind.write(behind.label(TAKES[:1], remove=["red"]))
    assert Journal.load(Library(tmp_path)).history.ratings(TAKES[0]) == UNJUDGED


def test_an_earmark_that_knows_no_labels_reads_the_library_as_before(tmp_path):
    """It looks for judgements and plans only, and finds nothing wrong where the labels are."""
    journal = Journal.load(Library(tmp_path))
    ann = Judge(journal.log("ann"))
    said = ann.stars(TAKES[0], 3)
    ann.label(TAKES, add=["live", "red"])
    ann.retract(journal.history.labels(TAKES[1])[0])
    library = Library(tmp_path)
    before = Stars | Reject | Pick | Sound | Mark | Note | Duel | Retraction
    reader = ShardReader(library, lambda: list_nested(library, library.sessions), TABLE, before)
    assert [events for _, events in reader.changed()] == [[said]]
    assert reader.damages == []
    (labels,) = tmp_path.glob("sessions/ann/labels/*.json")
    assert set(json.loads(labels.read_text())) == {"labels"}
    assert SessionPlans(library, "ann", "s").records() == []


@pytest.mark.parametrize("name", ["", " \t ", "x" * 61, "a\x00b", "\x1b[31m", "-live", "+live", 'say "hi"', "\u200b"])
def test_what_can_not_be_a_label_is_named(tmp_path, name):
    with pytest.raises(LabelError) as refused:
        Journal.load(Library(tmp_path)).log("ann").label(TAKES, add=[name])
    assert refused.value.remedy
    assert not list(tmp_path.glob("sessions"))


def test_names_have_one_spelling():
    assert label_name("  end \u00a0 credits ") == "end credits"
    assert label_name("gro\u0308ße") == "größe"
    assert [label_name(colour.upper()) for colour in COLOURS] == list(COLOURS)
    assert in_order(("Zoo", "blue", "abc", "red")) == ("red", "blue", "abc", "Zoo")


def test_labels_that_nobody_could_have_written_do_no_harm(tmp_path):
    ann = Judge(Journal.load(Library(tmp_path)).log("ann"))
    (word,) = ann.label(TAKES[:1], add=["live"])
    (path,) = tmp_path.glob("sessions/ann/labels/*.json")
    document = msgspec.to_builtins(word)
    entries = [
        document | {"id": "a", "name": "\u200b\u00ad"},
        document | {"id": "b", "name": "\x1b]0;x\x07", "at": "9999-12-31T23:59:59.999999Z"},
        document | {"id": "c", "name": "x" * 100},
        document | {"id": "d", "kind": "stars", "stars": 5},
        document,
    ]
    path.write_text(json.dumps({"labels": {str(n): entry for n, entry in enumerate(entries, 1)}}))
    journal = Journal.load(Library(tmp_path))
    assert set(journal.history.ratings(TAKES[0]).labels) == {"\x1b]0;x\x07", "live"}
    assert len(journal.damages) == 1
    Judge(journal.log("ann")).label(TAKES[:1], remove=["live"])
    assert len(journal.history.ratings(TAKES[0]).labels) == 1
