"""Numbers as they are typed."""

import pytest

from tui.frame.typed_number import typed_number


@pytest.mark.parametrize(("text", "number"), [("2", 2.0), ("-14", -14.0), ("0,5", 0.5), ("1.5e1", 15.0)])
def test_a_point_and_a_comma_are_one(text, number):
    assert typed_number(text) == number


@pytest.mark.parametrize("text", ["", "two", "1,2,3", "nan", "inf", "-infinity"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - in whatever words
        typed_number(text)
