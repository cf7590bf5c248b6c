"""Plans and people for the tests of listening sessions."""

from __future__ import annotations

import pytest

from ratings.session.plan import new_plan
from tests.ratings.session.people import START, Person, make_takes


@pytest.fixture
def make_plan():
    """A plan that begins before anybody says anything."""
    return lambda **given: new_plan(START, **{"seed": 5, **given})


@pytest.fixture
def people():
    """Makes takes and a person who knows them."""

    def make(prompts, seeds, **given):
        takes = make_takes(prompts, seeds)
        return takes, Person(takes, **given)

    return make
