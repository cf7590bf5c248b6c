"""The fold equals a naive one, whatever the order in which the files were read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratings.history import UNJUDGED, History
from ratings.judgement import Duel, Mark, Note, Pick, Reject, Retraction, Sound, Stars

IDS = [f"{n:020x}" for n in range(4)]
LISTENERS = ["ann", "bob"]


@st.composite
def event_lists(draw):
    """Up to thirty events of two listeners on four takes; retractions of anything, also of what there isn't."""
    count = draw(st.integers(0, 30))
    events = []
    for number in range(count):
        shared = {
            "id": f"e{number:03d}",
            "take": draw(st.sampled_from(IDS)),
            "listener": draw(st.sampled_from(LISTENERS)),
            "session": draw(st.sampled_from(["s", "t"])),
            "at": f"2026-01-01T00:00:{draw(st.integers(0, 20)):02d}.000000Z",
            "heard_s": float(draw(st.integers(0, 9))),
        }
        kind = draw(st.sampled_from([Stars, Reject, Pick, Sound, Mark, Note, Duel, Retraction]))
        extra = {
            Stars: lambda: {"stars": draw(st.integers(1, 5))},
            Sound: lambda: {"sound": draw(st.integers(1, 5))},
            Mark: lambda: {"position_s": float(draw(st.integers(0, 9)))},
            Note: lambda: {"text": draw(st.sampled_from(["a", "b"]))},
            Duel: lambda: {"other": draw(st.sampled_from(IDS)), "winner": "tie", "neither": draw(st.booleans())},
            Retraction: lambda: {"retracts": f"e{draw(st.integers(0, 30)):03d}"},
        }.get(kind, dict)()
        events.append(kind(**shared, **extra))
    return events


def naive(events, take):
    """The verdict by definition: every event looked at, every time."""
    by_id = {event.id: event for event in events}
    dead = {
        event.retracts
        for event in events
        if isinstance(event, Retraction)
        and event.retracts in by_id
        and by_id[event.retracts].listener == event.listener
    }
    live = sorted((e for e in events if e.id not in dead and not isinstance(e, Retraction)), key=lambda e: (e.at, e.id))
    about = [e for e in live if e.take == take or (isinstance(e, Duel) and e.other == take)]
    latest = [
        next((e for e in reversed(about) if isinstance(e, Stars) and e.listener == listener), None)
        for listener in LISTENERS
    ]
    given = [event.stars for event in latest if event]
    sounds = [
        next((e.sound for e in reversed(about) if isinstance(e, Sound) and e.listener == listener), None)
        for listener in LISTENERS
    ]
    sounds = [sound for sound in sounds if sound is not None]
    stances = [
        next((e for e in reversed(about) if isinstance(e, Pick | Reject) and e.listener == listener), None)
        for listener in LISTENERS
    ]
    last_words = [
        next((e for e in reversed(about) if isinstance(e, Stars | Pick | Reject) and e.listener == listener), None)
        for listener in LISTENERS
    ]
    return live, {
        "stars": sum(given) / len(given) if given else None,
        "sound": sum(sounds) / len(sounds) if sounds else None,
        "judgements": len(about),
        "rejected": any(isinstance(e, Reject) for e in last_words),
        "picked": any(isinstance(e, Pick) for e in stances),
        "marks": tuple(sorted((e.position_s, e.id) for e in about if isinstance(e, Mark))),
        "notes": tuple((e.text, e.id) for e in about if isinstance(e, Note)),
        "heard": max((e.heard_s for e in about if not isinstance(e, Duel)), default=0.0),
    }


@settings(max_examples=300)
@given(event_lists(), st.randoms(use_true_random=False), st.data())
def test_the_fold_is_the_naive_one_in_any_order_of_shards(events, random, data):
    shuffled = [*events, *events[:5]]
    random.shuffle(shuffled)
    history = History()
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        history.add(shuffled[:size])
        for take in IDS:  # what was asked for between must not stick
            history.ratings(take)
        shuffled = shuffled[size:]
    for take in IDS:
        live, expected = naive(events, take)
        verdict = history.ratings(take)
        assert {name: getattr(verdict, name) for name in expected} == expected
        assert history.live() == live
        assert history.live(take) == [e for e in live if e.take == take or getattr(e, "other", None) == take]
        for listener in LISTENERS:
            for session in (None, "s", "t"):
                mine = [e for e in live if e.listener == listener and session in (None, e.session)]
                assert history.last(listener, session) == (mine[-1] if mine else None)
                here = [e for e in mine if e.take == take or getattr(e, "other", None) == take]
                assert history.last(listener, session, take) == (here[-1] if here else None)
    assert set(history.rated()) == {take for take in IDS if history.ratings(take).rated}
    assert len(history) == len(naive(events, IDS[0])[0])


def test_add_says_what_was_new():
    event = Stars(id="e", take=IDS[0], listener="ann", session="s", at="2026-01-01T00:00:00.000000Z", stars=3)
    history = History()
    assert history.add([event, event]) == [event]
    assert history.version == 1
    assert history.add([event]) == []
    assert history.version == 1


@pytest.mark.parametrize(("earlier", "later"), [("00Z", "00.5Z"), ("00.5Z", "00.500001Z")])
def test_times_sort_whatever_their_digits(earlier, later):
    history = History(
        Stars(id=name, take=IDS[0], listener="ann", session="s", at=f"2026-01-01T00:00:{at}", stars=stars)
        for name, at, stars in (("b", earlier, 1), ("a", later, 5))
    )
    assert history.ratings(IDS[0]).stars == 5


def test_a_take_nobody_judged():
    assert History().ratings(IDS[0]) is UNJUDGED
    assert not UNJUDGED.rated
    assert History().last("ann") is None
