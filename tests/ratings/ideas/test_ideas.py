"""Ideas from what won and from the vocabulary: none that exists, one change at a time, without what fails."""

from __future__ import annotations

from library.prompts.terms import genre_of, others, terms_in
from library.spelling import fold
from ratings.ideas.from_winners import TermEffects, from_winners
from ratings.ideas.ideas import ideas, liked_and_disliked
from ratings.ranking.ranking import RankedRow

SCORES = {
    "slow minor waltz for harp": 4.4,
    "dreamy synthwave, gated drums, 100 bpm": 4.0,
    "slow major harp": 3.9,
    "fast minor organ": 2.1,
    "fast major drums": 1.5,
}


def ranked(scores: dict[str, float]) -> list[RankedRow]:
    return [
        RankedRow(place, prompt, score, score - 0.5, score + 0.5, 0.5, score, 4, (), 4)
        for place, (prompt, score) in enumerate(scores.items(), 1)
    ]


def test_terms_are_found_in_prompts_as_they_are_written() -> None:
    prompt = "Dreamy Synthwave, analog synth bass, gated drums, 100 BPM, F# minor"
    found = {prompt[term.begin : term.end]: term.slot for term in terms_in(prompt)}
    assert found == {
        "Dreamy": "mood", "Synthwave": "genre", "analog synth bass": "instruments", "gated drums": "instruments",
        "100 BPM": "tempo", "minor": "key",
    }  # fmt: skip
    genre = genre_of(prompt)
    assert genre is not None
    bass, tempo = terms_in(prompt)[2], terms_in(prompt)[4]
    assert set(others(prompt, bass)) <= set(genre.terms["instruments"]) - {"analog synth bass", "gated drums"}
    assert others(prompt, tempo) == ("85 bpm", "115 bpm")
    assert terms_in("slowly, minority, harpsichords") == ()


def test_what_won_is_changed_in_one_place() -> None:
    rows = ranked(SCORES)
    effects = TermEffects(rows)
    assert effects.works("slow")
    assert effects.fails("fast")
    found = list(from_winners(rows, "", {fold("slow minor harp")}))
    assert len(found) > 8
    assert len({fold(one.prompt) for one in found}) == len(found)
    assert not {fold(one.prompt) for one in found} & {*map(fold, SCORES), "slow minor harp"}
    for one in found:
        (parent,) = [prompt for prompt in SCORES if f"“{prompt}”" in one.because]
        assert SCORES[parent] > 3, "what lost is no place to start"
        now, before = ({term.text for term in terms_in(prompt)} for prompt in (one.prompt, parent))
        assert len(now - before) <= 1
        assert len(before - now) <= 1
        assert not any(map(effects.fails, now - before))
        assert not any(map(effects.works, before - now))
    assert all("harp" in one.prompt for one in from_winners(rows, "Harp", ()))


def test_both_sources_give_exactly_as_many_as_asked_for() -> None:
    found = ideas(ranked(SCORES), "", 40, {"slow minor harp"}, 3)
    assert len({fold(one.prompt) for one in found}) == len(found) == 40
    assert {one.source for one in found} == {"won", "grammar"}
    assert all(one.because for one in found)
    first = ideas([], "waltz", 5, (), 3)
    assert [one.source for one in first] == ["grammar"] * 5
    assert all("waltz" in one.prompt for one in first)
    again = ideas([], "waltz", 5, {fold(one.prompt) for one in first}, 3)
    assert not {one.prompt for one in again} & {one.prompt for one in first}


def test_a_server_is_told_the_best_and_the_worst() -> None:
    liked, disliked = liked_and_disliked(ranked(SCORES), 2)
    assert liked[:2] == ["slow minor waltz for harp", "dreamy synthwave, gated drums, 100 bpm"]
    assert {"slow", "harp"} & set(liked)
    assert disliked[:2] == ["fast major drums", "fast minor organ"]
    assert "fast" in disliked
