"""Several listeners of one library: everybody's ranking, each one's own, and what is told of them."""

from __future__ import annotations


def test_each_listener_has_a_ranking_of_their_own(earmark):
    takes = earmark("generate", "calm", "storm", "--seeds", "1-3", "--duration", 2, "--json").json["takes"]
    ids = [take["id"] for take in takes]
    for place, take in enumerate(ids):
        earmark("judge", take, "--stars", min(5, 1 + place), "--listener", "ann")
    for place, take in enumerate(ids[:4]):
        earmark("judge", take, "--stars", 5 - place, "--listener", "bob")
    every, own = earmark("top", "--json").json, earmark("top", "--listener", "bob", "--json").json
    assert (every["listener"], every["listeners"]) == (None, ["ann", "bob"])
    assert (own["listener"], own["listeners"]) == ("bob", ["bob"])
    assert len(every["ranking"]) == 6
    assert [row["take"] for row in own["ranking"]][0::3] == [ids[0], ids[3]]
    assert [row["stars"] for row in own["ranking"]] == [5, 4, 3, 2]
    assert earmark("top").out.endswith("By what ann and bob said.\n")
    assert "By what bob said" in earmark("top", "--listener", "bob", "--by", "prompt").out
    rows = earmark("top", "--by", "listener", "--json").json["ranking"]
    assert [list(row) for row in rows] == [["listener", "answers", "noise", "drift", "agreement"]] * 2
    assert [(row["listener"], row["answers"], row["noise"]) for row in rows] == [("ann", 6, None), ("bob", 4, None)]
    assert rows[0]["agreement"] == rows[1]["agreement"] < 0
    (one,) = earmark("top", "--by", "listener", "--listener", "bob", "--json").json["ranking"]
    assert one == rows[1]
    unknown = earmark("top", "--listener", "eve", "--json")
    assert unknown.code == 1
    assert "eve" in unknown.err
    assert "ann, bob" in unknown.err
