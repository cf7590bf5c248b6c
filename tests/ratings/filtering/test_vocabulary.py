"""What is typed is completed from what there is; what means nothing is said, never matched silently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratings.filtering.query import Query
from ratings.filtering.vocabulary import Vocabulary
from ratings.history import History
from ratings.judgement import Label, Stars


@pytest.fixture
def vocabulary(takes):
    """Of two prompts, a label of two words and one listener."""
    said = {"take": takes(1).id, "session": "s", "at": "2026-01-01T00:00:00Z"}
    history = History(
        [
            Label(id="1", name="end credits", listener="ann", **said),
            Stars(id="2", stars=4, listener="Bob", **said),
        ]
    )
    found = Vocabulary(history)
    found.add([takes(1, prompt="Neon drive", generator="musicgen", model="facebook/musicgen-small")])
    found.add([takes(2, prompt="neon Piano", generator="sketch"), takes(3, prompt="neon Piano"), takes(4)])
    return found


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("ne", "neon"),
        ("slow PI", "slow PIano"),
        ('"dri', '"drive"'),
        ("la", "label:"),
        ("x LAB", "x LABel:"),
        ("label:e", "label:end"),
        ('label:"e', 'label:"end credits"'),
        ('label:"end ', 'label:"end credits"'),
        ("label:R", "label:Red"),
        ("judged:", "judged:me"),
        ("judged:b", "judged:bob"),
        ("gen:mus", "gen:musicgen"),
        ("generator:mus", "generator:musicgen"),
        ("model:face", "model:facebook/musicgen-small"),
        ("prompt:pi", "prompt:piano"),
        ("is:un", "is:unrated"),
        ("flag:c", "flag:clipped"),
        ("set:gui", "set:guidance="),
        *((text, None) for text in ("", "neon", "neon ", "seed:4", "zzz", "label:zz", "foo:b", "is:unrated", ":")),
    ],
)
def test_completion(vocabulary, typed, completed):
    assert vocabulary.complete(typed) == completed


@given(st.text(alphabet=st.sampled_from('neolab:"ß \u0130e\u0301'), max_size=12))
def test_what_is_completed_is_what_was_typed_and_more(typed):
    history = History()
    vocabulary = Vocabulary(history)
    completed = vocabulary.complete(typed)
    assert completed is None or (completed.startswith(typed) and len(completed) > len(typed))


@pytest.mark.parametrize(
    ("typed", "part", "told"),
    [
        ("foo:bar neon", "foo:bar", 'To find the text itself: "foo:bar"'),
        ("lable:red", "lable:red", "Did you mean label:"),
        ("bpm:120", "bpm:120", "There's no filter bpm:"),
        ("stars:many", "stars:many", "stars:>=4"),
        ("stars:>5.5", "stars:>5.5", "1 to 5"),
        ("seed:abc", "seed:abc", "seed:1-8,42"),
        ("len:x", "len:x", "len:10-20"),
        ("is:blue", "is:blue", "unrated"),
        ("flag:loud", "flag:loud", "clipped"),
        ("label:credits", "label:credits", "end credits"),
        ("label:end-credits", "label:end-credits", "Did you mean end credits?"),
        ("judged:cid", "judged:cid", "Bob"),
        ("gen:suno", "gen:suno", "musicgen"),
        ("model:large", "model:large", "facebook"),
    ],
)
def test_what_means_nothing_is_said(vocabulary, typed, part, told):
    (fault,) = vocabulary.faults(Query.parse(typed))
    assert (fault.part, told in str(fault)) == (part, True), str(fault)


@pytest.mark.parametrize(
    "typed",
    ["", "neon", "label:e", "label:red", "judged:me", "judged:no", "judged:BOB", "gen:sk", "is:un", "stars:>", "12:30",
     '"foo:bar"', "len:", "len:10-", "model:small"],
)  # fmt: skip
def test_what_means_something_or_may_become_it_is_no_fault(vocabulary, typed):
    assert vocabulary.faults(Query.parse(typed)) == []


def test_what_is_unfinished_is_known_to_be():
    assert Query.parse("neon is:unr seed: stars:> foo:x").unfinished == ("is:unr", "seed:", "stars:>")
