"""Generators on the command line: what there is, what each takes, and what is made and ranked by it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.e2e


def test_generators_tell_what_they_take(earmark):
    found = {one["name"]: one for one in earmark("generators", "--json").json["generators"]}
    fields = {
        "name", "available", "remedy", "models", "settings", "drafts", "seeded", "exact", "licence",
    }  # fmt: skip
    assert all(set(one) == fields for one in found.values())
    assert all(one["available"] == (one["remedy"] is None) for one in found.values())
    sketch, musicgen = found["sketch"], found["musicgen"]
    assert (sketch["available"], sketch["seeded"], sketch["exact"], sketch["drafts"]) == (True, "yes", True, [])
    assert set(musicgen["drafts"]) == {"melody", "continuation"}
    (guidance,) = (one for one in musicgen["settings"] if one["name"] == "guidance")
    assert guidance == {
        "name": "guidance", "kind": "number", "default": 3.0, "low": 0, "high": 100, "choices": [],
        "help": guidance["help"],
    }  # fmt: skip
    said = earmark("generators", "musicgen").out
    assert "guidance" in said
    assert "sketch" not in said
    assert earmark("generators", "--check").code == 0
    unknown = earmark("generators", "oracle")
    assert (unknown.code, "sketch" in unknown.err) == (2, True)


def test_the_ranking_by_generator(earmark):
    takes = earmark("generate", "calm", "--seeds", "1-2", "--duration", 1, "--json").json["takes"]
    assert all(take["recipe"]["settings"] == {} for take in takes)
    for take, stars in zip(takes, (5, 2), strict=True):
        assert earmark("judge", take["id"], "--stars", stars).code == 0
    (row,) = earmark("top", "--by", "generator", "--json").json["ranking"]
    assert (row["generator"], row["judgements"], row["stars"]) == ("sketch", 2, 3.5)
    assert earmark("top", "--by", "model", "--json").json["ranking"] == []
    unknown = earmark("top", "--by", "set:guidance")
    assert unknown.code == 2
    assert "guidance" in unknown.err
    assert earmark("top", "--by", "colour").code == 2
