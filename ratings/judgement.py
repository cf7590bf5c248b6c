"""What a listener said: events, written once and never edited."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from library.take import ID_LENGTH

QUESTION = "Imagine it played live, by an orchestra or a small band. Would you call it good?"
"""The one question about composition; sound quality is asked apart."""
SOUND_QUESTION = "Is it well produced?"
"""The question about the sound, never needed."""

MAX_NOTE = 10_000
"""Characters of a note."""
MAX_LABEL = 60
"""Characters of a label."""

_TakeId = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{ID_LENGTH}}}$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Seconds = Annotated[float, Meta(ge=0, le=10_000_000)]
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")]
LATER = "~"
"""After all times."""

Winner = Literal["take", "other", "tie"]


class Judgement(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="kind"):
    """What all judgements share."""

    id: Name
    """Unique over all machines; sorts by time within a session."""
    take: _TakeId
    listener: Name
    session: Name
    at: Time
    """UTC, ISO 8601 with Z and microseconds."""
    heard_s: _Seconds = 0.0
    """Seconds of the take that had sounded when it was judged; for a duel, of both."""
    blind: bool = False
    """Whether prompt, seed and score were hidden."""
    spent_s: _Seconds = 0.0
    """Seconds of listening since the answer before, whatever was heard again included: what minutes are counted by."""


class Stars(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="stars"):
    """One to five, to the question."""

    stars: Annotated[int, Meta(ge=1, le=5)]


class Reject(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="reject"):
    """Not worth another hearing."""


class Pick(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="pick"):
    """One to take away."""


class Sound(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="sound"):
    """One to five, to SOUND_QUESTION. A scale of its own: it says nothing about the composition."""

    sound: Annotated[int, Meta(ge=1, le=5)]


class Mark(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="mark"):
    """An earmark: a time in the take worth remembering."""

    position_s: _Seconds


class Note(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="note"):
    """Words about the take."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_NOTE)]


class Duel(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="duel"):
    """Which of two is better, or that neither is good."""

    other: _TakeId
    winner: Winner
    side: Literal["a", "b"] = "a"
    """On which side `take` stood."""
    first: Literal["take", "other"] = "take"
    """Which one was heard first."""
    neither: bool = False
    """Neither is good, which says nothing of their order. The winner is "tie", as which an older Earmark reads it."""

    def __post_init__(self) -> None:
        if self.neither and self.winner != "tie":
            raise ValueError("Where neither is good, neither wins.")


class Label(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="label"):
    """A word or colour put on the take, or taken off it. It says nothing of how good it is.

    Labels are the library's: of all listeners' words about a take and a label the latest holds.
    """

    name: Annotated[str, Meta(min_length=1, max_length=MAX_LABEL)]
    removed: bool = False


class Retraction(Judgement, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="retraction"):
    """Takes an earlier judgement back."""

    retracts: Name
    """The id of that judgement."""


AnyJudgement: TypeAlias = Stars | Reject | Pick | Sound | Mark | Note | Duel | Label | Retraction
