"""Killed at, or refused, each system call of every write in turn: what was acknowledged is there, the rest opens.

Every call with every error that it may meet, which takes half an hour:

    EARMARK_EVERY_MISHAP=1 .venv/bin/python -m pytest -o faulthandler_timeout=7200 -n auto tests/mishap
"""

from __future__ import annotations

import shutil

import pytest

from library.errors import EarmarkError
from tests.mishap.cases import CASES, acknowledged, temporary
from tests.mishap.faults import KILL, Outcome, attempt
from tests.mishap.seccomp import STOPPED_CALLS
from tests.mishap.sweep import mishaps, named

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs(STOPPED_CALLS),
]


@pytest.mark.parametrize("name", CASES)
def test_killed_or_refused_at_every_call(name, ground, disk):
    case = CASES[name]
    here = disk / name

    def on_new_ground(at: int = 0, fault: int = KILL) -> Outcome:
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(ground, here)
        return attempt(case.action, here / case.folder, at, fault)

    plain = on_new_ground()
    assert not plain.crash + plain.error
    assert len(plain.calls) >= 5
    case.check(here / case.folder, plain)
    failures = []
    for at, fault in mishaps(plain.calls, case.every):
        outcome = on_new_ground(at, fault)
        try:
            assert not outcome.crash, outcome.crash
            case.check(here / case.folder, outcome)
            if fault != KILL:
                assert temporary(here) == [] or outcome.calls[at - 1].name.startswith("unlink")
                assert not case.again or len(set(acknowledged(outcome))) >= len(acknowledged(plain)), outcome
            again = Outcome()
            case.action(here / case.folder, again.said.append)
            case.check(here / case.folder, again)
            assert case.folder != "out" or temporary(here) == []
        except (AssertionError, EarmarkError) as error:
            failures.append(f"{named(at, fault, outcome.calls, here)}: {str(error)[-500:]}")
    assert not failures, "\n".join(failures)
