"""What one listener has said of rank, in a session and before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Stars
from ratings.model.evidence import TIME_BIN_S


def is_evidence(one: AnyJudgement) -> bool:
    """Whether a judgement says how good a composition is."""
    return isinstance(one, Stars | Reject | Pick | Duel)


def is_answer(one: AnyJudgement) -> bool:
    """Whether a judgement is what a session asks for."""
    return isinstance(one, Stars | Reject | Duel)


def order_of(one: AnyJudgement) -> tuple[str, str]:
    """Sorts judgements by time."""
    return one.at, one.id


@dataclass(frozen=True)
class OwnJudgements:
    """One listener's evidence, and which of it belongs to the session."""

    listener: str
    judgements: tuple[AnyJudgement, ...]
    """All of this listener's evidence, by time."""
    session_ids: frozenset[str]
    """Ids of those of this session."""

    @staticmethod
    def of(listener: str, judgements: Iterable[AnyJudgement], belongs: Callable[[AnyJudgement], bool]) -> OwnJudgements:
        """Sorted out of the live judgements of everybody."""
        own = sorted((one for one in judgements if one.listener == listener and is_evidence(one)), key=order_of)
        return OwnJudgements(listener, tuple(own), frozenset(one.id for one in own if belongs(one)))

    def get(self, judgement_id: str) -> AnyJudgement | None:
        return next((one for one in reversed(self.judgements) if one.id == judgement_id), None)

    @property
    def of_session(self) -> tuple[AnyJudgement, ...]:
        """Those of this session, by time."""
        return tuple(one for one in self.judgements if one.id in self.session_ids)

    @property
    def spent_s(self) -> float:
        """Seconds of listening that the session has taken."""
        return sum(one.spent_s for one in self.of_session)

    def time_bin(self, one: AnyJudgement) -> int:
        """The number of the time bin of its log in which a judgement was made."""
        began = min((each.at for each in self.judgements if each.session == one.session), default=one.at)
        start, made = (datetime.fromisoformat(at).timestamp() for at in (began, one.at))
        return int(max(made - start, 0.0) // TIME_BIN_S)

    def plus(self, one: AnyJudgement, *, here: bool = True) -> OwnJudgements:
        """With one more; of this session, if it was made `here`."""
        judgements = [*self.judgements, one]
        if self.judgements and order_of(one) < order_of(self.judgements[-1]):
            judgements.sort(key=order_of)
        ids = self.session_ids | {one.id} if here else self.session_ids
        return OwnJudgements(self.listener, tuple(judgements), ids)

    def minus(self, one: AnyJudgement) -> OwnJudgements:
        left = tuple(each for each in self.judgements if each.id != one.id)
        return OwnJudgements(self.listener, left, self.session_ids - {one.id})
