"""One line that stands for several prompts."""

from __future__ import annotations

import pytest

from library.errors import GenerationError
from library.prompts.variations import MOST, all_variations, as_written, variations


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("slow waltz", ["slow waltz"]),
        ("{slow|fast} waltz", ["slow waltz", "fast waltz"]),
        ("{slow|fast} {waltz|march}", ["slow waltz", "slow march", "fast waltz", "fast march"]),
        ("{slow {harp|flute}|fast} x", ["slow harp x", "slow flute x", "fast x"]),
        ("waltz{|, in minor}", ["waltz", "waltz, in minor"]),
        ("{a|a|b}", ["a", "b"]),
        ("{{night}} {one} | two }", ["{{night}} {one} | two }"]),
        ("{{a|b}} c", ["{a} c", "{b} c"]),
        (r"\{slow\|fast\} waltz", ["{slow|fast} waltz"]),
        (r"{a\|b|c} back\slash", ["a|b back\\slash", "c back\\slash"]),
        ("an { open one, {a|b}", ["an { open one, a", "an { open one, b"]),
    ],
)
def test_choices_are_multiplied_in_their_order(text: str, prompts: list[str]) -> None:
    assert variations(text) == prompts
    assert [variations(as_written(prompt)) for prompt in prompts] == [[prompt] for prompt in prompts]


def test_what_has_no_end_is_refused_at_once() -> None:
    assert len(all_variations(["{1|2|3|4|5|6|7|8|9|0}" * 3])) == MOST
    many = "{" + "|".join(map(str, range(MOST + 1))) + "}"
    for text in (many, "{1|2}" * 40, "{" * 30 + "a|b" + "}" * 30, "{slow|fast waltz"):
        with pytest.raises(GenerationError) as caught:
            variations(text)
        assert caught.value.remedy
        assert len(str(caught.value)) < 200
