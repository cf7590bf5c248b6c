"""What a listener said, in a few words."""

from __future__ import annotations

from library.take import Take
from ratings.judgement import AnyJudgement, Duel, Label, Mark, Note, Pick, Reject, Sound, Stars
from tui.frame.formatting import called, clock, plain, stars_bar


def judgement_words(event: AnyJudgement, take: str) -> str:
    """What was said of `take`, by its id."""
    match event:
        case Stars(stars=stars):
            return stars_bar(stars)
        case Sound(sound=stars):
            return f"sound {stars_bar(stars)}"
        case Reject():
            return "rejected"
        case Pick():
            return "picked"
        case Mark(position_s=position):
            return f"mark at {clock(position)}"
        case Note(text=words):
            return f"“{plain(words)}”"
        case Duel():
            other = event.other if event.take == take else event.take
            if event.neither:
                return f"not good, nor was {other[:8]}"
            if event.winner == "tie":
                return f"a tie with {other[:8]}"
            won = (event.winner == "take") == (event.take == take)
            return f"{'beat' if won else 'lost to'} {other[:8]}"
        case Label():
            return f"{'−' if event.removed else '+'}{plain(event.name)}"
        case _:
            return "undone"


def undone_words(event: AnyJudgement, take: str, named: Take | None) -> str:
    """What was undone; of which take, by its name, where that may be told."""
    words = judgement_words(event, take)
    return words if named is None or isinstance(event, Duel) else f"{words} for {called(named)}"
