"""A listener for tests: what they say is written as it is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ratings.journal import JudgementLog


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
