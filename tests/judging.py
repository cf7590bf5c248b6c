"""A listener for tests: what they say is written as it is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from library.take import time_text
from ratings.journal import JudgementLog
from ratings.session.plan import SessionPlan, SessionPlans


class Judge:
    """Makes judgements as a log does (`stars`, `reject`, …), each durable on return."""

    def __init__(self, log: JudgementLog) -> None:
        self.log = log
        self.name = log.name

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        make = getattr(self.log, kind)

        def judge(*about: Any, **fields: Any) -> Any:
            made = make(*about, **fields)
            self.log.write([one for one in (made if isinstance(made, list) else [made]) if one is not None])
            return made

        return judge


def write_plan(plans: SessionPlans, plan: SessionPlan, at: datetime | None = None) -> SessionPlan:
    """The plan as it is on disk now, from `at` (else from now) on."""
    version = plans.stamp(plan, time_text(at or datetime.now(UTC)))
    plans.write(version)
    return version
