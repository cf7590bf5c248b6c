"""The quick list equals a slow one by definition; a query never raises, whatever has been typed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.spelling import fold
from library.take import Recipe, Sampling, Take, settings_of
from ratings.browse import SORTS, Query, View
from ratings.filtering.query import Term
from ratings.filtering.values import within
from ratings.history import History
from ratings.judgement import Label, Note, Pick, Reject, Retraction, Stars

PROMPTS = [None, "Neon drive", "neon PIANO", "größer Dead", "gro\u0308ßer", "a"]
RECIPES = [
    None,
    Recipe(generator="g", prompt="a", seed=1, duration_s=1.0, sampling=Sampling(guidance=5.0)),
    Recipe(generator="g", prompt="a", seed=1, duration_s=1.0, settings={"guidance": 2, "negative": "No Drums"}),
    Recipe(generator="g", prompt="a", seed=1, duration_s=1.0, settings={"wide": True, "guidance": 5}),
]


@st.composite
def take_lists(draw, start=0):
    count = draw(st.integers(0, 12))
    return [
        Take(
            id=f"{draw(st.integers(0, 15)):x}{start + n:019x}",
            batch="b",
            file="x.flac",
            duration_s=float(draw(st.integers(1, 3))),
            sample_rate=32000,
            channels=1,
            created_at=f"2026-01-01T00:00:{draw(st.integers(0, 5)):02d}.000000Z",
            prompt=draw(st.sampled_from(PROMPTS)),
            seed=draw(st.sampled_from([None, 1, 4, 41, 411, 2**64 - 1])),
            generator=draw(st.sampled_from([None, "sketch", "musicgen"])),
            model=draw(st.sampled_from([None, "small", "large"])),
            lufs=draw(st.sampled_from([None, -10.0, -20.0])),
            recipe=draw(st.sampled_from(RECIPES)),
            flags=draw(st.sampled_from([(), ("clipped",), ("silent", "cut-off")])),
        )
        for n in range(count)
    ]


@st.composite
def judgements(draw, takes, prefix):
    events = []
    for number in range(draw(st.integers(0, 10)) if takes else 0):
        kind, extra = draw(
            st.sampled_from(
                [
                    *((Stars, {"stars": n}) for n in range(1, 6)),
                    *((kind, {}) for kind in (Pick, Reject)),
                    (Note, {"text": "xOx"}),
                    *(
                        (Label, {"name": name, "removed": bool(gone)})
                        for name in ("red", "Live", "lame")
                        for gone in (0, 1)
                    ),
                    (Retraction, {"retracts": f"{prefix}{max(number - 1, 0)}"}),
                ]
            )
        )
        events.append(
            kind(
                id=f"{prefix}{number}",
                take=draw(st.sampled_from(takes)).id,
                listener=draw(st.sampled_from("ab")),
                session="s",
                at=f"2026-01-01T00:00:{number:02d}.000000Z",
                **extra,
            )
        )
    return events


WORDS = st.sampled_from(
    [
        *(
            "neon",
            "NEON",
            "dead",
            "a",
            "0",
            "größer",
            "sket",
            "seed:4",
            "seed:411",
            "seed:1-50,411",
            "seed:9-",
            "stars:4",
            "len:2",
            "len:>1",
            "len:2-3",
            "note:o",
            "label:red",
            "label:l",
            "judged:a",
            "judged:me",
            "judged:no",
        ),
        *("stars:>=4", "stars:<3", "stars:>2.5", "is:unrated", "is:rated", "is:picked", "is:rejected", "is:noted"),
        *(
            "is:flagged",
            "gen:sk",
            "model:large",
            "flag:clipped",
            "flag:c",
            "set:guidance=5",
            "set:negative=drums",
            "set:wide=yes",
            "set:top-k",
            "set:top_k=",
            'prompt:"neon d"',
            "stars:>",
            "is:un",
            "seed:",
            "id:",
            "id:d",
            "id:0,3,a1",
        ),
    ]
)


def naming(text, names, known):
    """Those of `names` that a text means: one that is known so, else all that begin so."""
    if text in map(fold, known):
        return [name for name in names if fold(name) == text]
    return [name for name in names if fold(name).startswith(text)]


def has_setting(take, text):
    known = {
        name: [f"{value:g}"] if isinstance(value, int | float) and value is not True else [fold(str(value)), "yes"]
        for name, value in (settings_of(take.recipe) if take.recipe else {}).items()
    }
    name, equals, value = text.partition("=")
    values = known.get(name.replace("-", "_"), [])
    return bool(values) and (not equals or any(value in one for one in values))


def meets(take, query, history):
    """By definition."""
    verdict = history.ratings(take.id)
    text = fold("\n".join(part for part in (take.prompt, take.generator, take.model) if part))
    if not all(word in text or take.id.startswith(word) for word in query.words):
        return False
    for term in query.terms:
        holds = {
            "seed": lambda t: within(take.seed, t.spans),
            "stars": lambda t: within(verdict.stars, t.spans),
            "flag": lambda t: any(flag.startswith(t.text) for flag in take.flags),
            "set": lambda t: has_setting(take, t.text),
            "len": lambda t: within(take.duration_s, t.spans),
            "id": lambda t: any(take.id.startswith(one) for one in t.text.split(",")),
            "note": lambda t: any(t.text in fold(text) for text, _ in verdict.notes),
            "label": lambda t: bool(naming(t.text, verdict.labels, history.known_labels())),
            "judged": lambda t: bool(naming({"me": "b"}.get(t.text, t.text), verdict.judged_by, history.listeners())),
            "prompt": lambda t: t.text in fold(take.prompt or ""),
            "generator": lambda t: t.text in fold(take.generator or ""),
            "model": lambda t: t.text in fold(take.model or ""),
            "is": lambda t: {
                "rated": verdict.rated,
                "unrated": not verdict.rated,
                "picked": verdict.picked,
                "rejected": verdict.rejected,
                "noted": bool(verdict.notes),
                "marked": bool(verdict.marks),
                "flagged": bool(take.flags),
                "labelled": bool(verdict.labels),
            }[t.text],
        }[term.key](term)
        if not holds:
            return False
    return True


def in_order(takes, sort, history, reverse):
    """By definition: sorted by columns, newest first among equals, the missing last."""

    def text(value):
        return (value is None, fold(value or ""), value or "")

    def number(value):
        return (value is None, value or 0)

    keys = {
        "newest": lambda t: (),
        "prompt": lambda t: (text(t.prompt), number(t.seed)),
        "seed": lambda t: (number(t.seed), text(t.prompt)),
        "generator": lambda t: (text(t.generator), text(t.prompt), number(t.seed)),
        "model": lambda t: (text(t.model), text(t.prompt), number(t.seed)),
        "stars": lambda t: (-(history.ratings(t.id).stars or 0),),
        "listeners": lambda t: (-len(history.ratings(t.id).judged_by),),
        "duration": lambda t: (-t.duration_s,),
        "loudness": lambda t: (-(t.lufs or 0),),
    }
    values = {
        "stars": lambda t: history.ratings(t.id).stars,
        "loudness": lambda t: t.lufs,
        "prompt": lambda t: t.prompt,
        "seed": lambda t: t.seed,
        "generator": lambda t: t.generator,
        "model": lambda t: t.model,
        "listeners": lambda t: len(history.ratings(t.id).judged_by) or None,
    }
    newest = sorted(takes, key=lambda t: t.created_at, reverse=True)
    there = [t for t in newest if values.get(sort, lambda t: 0)(t) is not None]
    missing = [t for t in newest if values.get(sort, lambda t: 0)(t) is None]
    there.sort(key=keys[sort])
    return (there[::-1] if reverse else there) + missing


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_quick_list_is_the_slow_one(data):
    """Takes, judgements and letters come in turns; what is remembered from before must never show."""
    history = History()
    view = View(history, listener="b")
    takes = []
    for turn in range(data.draw(st.integers(1, 4))):
        fresh = data.draw(take_lists(start=100 * turn))
        view.add(fresh)
        takes.extend(fresh)
        history.add(data.draw(judgements(takes, f"j{turn}-")))
        sort = data.draw(st.sampled_from(SORTS))
        reverse = data.draw(st.booleans())
        typed = " ".join(data.draw(st.lists(WORDS, max_size=3)))
        for end in range(0, len(typed) + 1, 3):
            query = Query.parse(typed[:end])
            expected = in_order([t for t in takes if meets(t, query, history)], sort, history, reverse)
            assert list(view.rows(query, sort, reverse=reverse)) == expected
        query = Query.parse(typed)
        expected = in_order([t for t in takes if meets(t, query, history)], sort, history, reverse)
        assert list(view.rows(query, sort, reverse=reverse)) == expected


@given(st.text(alphabet=st.sampled_from('abn:">=<-,.451 é\t'), max_size=30) | st.text(max_size=30))
def test_parsing_never_raises(text):
    query = Query.parse(text)
    assert query.narrows(query)
    View(History(), []).rows(query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("  Neon  DRIVE ", Query(words=("neon", "drive"))),
        ("seed:411", Query(terms=(Term("seed", spans=((411, 411),)),))),
        ("seed:1-8,42", Query(terms=(Term("seed", spans=((1, 8), (42, 42))),))),
        ("stars:>=4", Query(terms=(Term("stars", spans=((4.0, math.inf),)),))),
        ("stars:>4", Query(terms=(Term("stars", spans=((math.nextafter(4, 5), math.inf),)),))),
        ("stars:<4", Query(terms=(Term("stars", spans=((0.0, math.nextafter(4, 3)),)),))),
        ("stars:>=", Query()),
        ("is:unrated", Query(terms=(Term("is", "unrated"),))),
        ("is:unr", Query()),
        ("is:", Query()),
        ("is: neon", Query(words=("neon",))),
        ("gen:Sketch", Query(terms=(Term("generator", "sketch"),))),
        ('prompt:"Slow pad" x', Query(words=("x",), terms=(Term("prompt", "slow pad"),))),
        ('prompt:"Slow p', Query(terms=(Term("prompt", "slow p"),))),
        ('"slow pad"', Query(words=("slow pad",))),
        ("flag:clip", Query(terms=(Term("flag", "clip"),))),
        ("12:30", Query(words=("12:30",))),
        ('"style:jazz"', Query(words=("style:jazz",))),
        ("len:>30", Query(terms=(Term("len", spans=((math.nextafter(30, 31), math.inf),)),))),
        ("length:10-1:30", Query(terms=(Term("len", spans=((10.0, 90.0),)),))),
        ("len:30s", Query(terms=(Term("len", spans=((29.5, math.nextafter(30.5, 0)),)),))),
        ("len:10-", Query()),
        ("judged:no", Query(terms=(Term("is", "unrated"),))),
        ("judged:Ann", Query(terms=(Term("judged", "ann"),))),
        ('label:"End Credits"', Query(terms=(Term("label", "end credits"),))),
        ("note:Br", Query(terms=(Term("note", "br"),))),
        ("id:1F0e,ea,", Query(terms=(Term("id", "1f0e,ea"),))),
        ("id:,", Query()),
        ("set:Guidance=3", Query(terms=(Term("set", "guidance=3"),))),
        ("set:top-k", Query(terms=(Term("set", "top-k"),))),
        ("set:guidance=", Query()),
        ("set:", Query()),
    ],
)
def test_what_is_understood(text, query):
    assert Query.parse(text) == query


@pytest.mark.parametrize(
    ("prompt", "typed"),
    [
        ("Für Élise, café", "CAFE\u0301"),
        ("Fu\u0308r E\u0301lise", 'prompt:"für  é"'),
        ("große Straße", "STRASSE"),
        ("İstanbul Nights", "istanbul"),
        ("ΟΔΟΣ", "οδος"),
        ("夜のﾄﾞﾗｲﾌﾞ", "ドライブ"),
        ("\u1112\u1161\u11ab", "한"),
    ],
)
def test_letters_are_found_in_whatever_form_they_are_typed(takes, prompt, typed):
    take = takes(1, prompt=prompt)
    assert list(View(History(), [take, takes(2, prompt="other")]).rows(Query.parse(typed))) == [take]


def test_four_stars_means_about_four():
    spans = Query.parse("stars:4").terms[0].spans
    assert [stars for stars in (3.4, 3.5, 4, 4.4, 4.5) if within(stars, spans)] == [3.5, 4, 4.4]


def test_a_take_of_which_more_is_known_moves(takes):
    first, second = takes(1, prompt="zebra"), takes(2, prompt="middle")
    view = View(History(), [first, second])
    assert list(view.rows(Query(), "prompt")) == [second, first]
    changed = takes(1, prompt="apple")
    view.add([changed])
    assert list(view.rows(Query(), "prompt")) == [changed, second]
    assert list(view.rows(Query.parse("zebra"))) == []
    assert len(view) == 2


@pytest.mark.parametrize("count", [3, 600])
def test_many_new_takes_or_few(takes, count):
    """More than a few are put in order another way."""
    view = View(History(), [takes(n, prompt=f"{n % 7}", seed=n % 5) for n in range(50)])
    for sort in SORTS:
        view.rows(Query(), sort)
    late = [takes(1000 + n, prompt=f"{n % 7}", seed=n % 5) for n in range(count)]
    view.add(late)
    everything = [takes(n, prompt=f"{n % 7}", seed=n % 5) for n in range(50)] + late
    for sort in SORTS:
        assert list(view.rows(Query(), sort)) == in_order(everything, sort, History(), reverse=False)


@pytest.mark.parametrize("text", ["gen:sk gen:sk", "gen:sk generator:SK", "gen:sk  gen:sk gen:sk"])
def test_a_filter_that_is_said_twice_is_one(text):
    assert Query.parse(text) == Query.parse("gen:sk")


@given(st.data())
def test_rows_know_their_ids(data):
    takes = data.draw(take_lists())
    view = View(History(), takes)
    for query in ("", "neon"):
        rows = view.rows(Query.parse(query))
        listed = {take.id for take in rows}
        assert rows.ids() == listed
        assert rows.having({take.id for take in takes[::2]} | {"none"}) == listed & {take.id for take in takes[::2]}
        view.add([takes[0]] if takes else [])


def test_a_first_filter_by_label_has_nothing_left_to_count(takes, monkeypatch):
    made = [takes(number) for number in range(9)]
    history = History([Label(id=f"s-{take.id}", take=take.id, listener="ana", session="s",
                             at="2026-01-01T00:00:00.000000Z", name="live") for take in made])  # fmt: skip
    view = View(history, made)
    view.warm()
    counted = []
    monkeypatch.setattr("ratings.history.standing_labels", lambda labels: counted.append(labels) or {})
    assert len(view.rows(Query.parse("label:live"))) == 9
    assert counted == []
