"""What is particular to acestep.cpp: plan and sound are two jobs, and answers come in parts."""

from __future__ import annotations

import numpy as np
import pytest

from library.generators.servers.acestep_cpp.protocol import first_sound
from library.take import Draft
from tests.library.generators.contexts import Context
from tests.library.generators.servers.music_server import RATE

SOUND = "0123456789abcdef0123"


def test_plan_and_sound_have_the_same_seed(acestep_cpp) -> None:
    made = acestep_cpp.one(acestep_cpp.recipe(seed=11, settings={"lyrics": "[Instrumental]", "steps": 8}))
    (plan,) = acestep_cpp.server.sent_to("/lm")
    (sound,) = acestep_cpp.server.sent_to("/synth")
    assert (plan["seed"], plan["lm_seed"], sound["seed"]) == (11, 11, 11)
    assert (plan["caption"], plan["lyrics"], plan["inference_steps"]) == ("slow strings", "[Instrumental]", 8)
    assert not plan["use_cot_caption"]
    assert sound["audio_codes"]
    assert sound["lyrics"] == "[Instrumental]", "what the user said counts, not the planner"
    assert sound["output_format"] == "wav24"
    assert made.recipe.model == sound["synth_model"] == "acestep-v15-turbo-Q8_0"
    assert made.recipe.fingerprint["version"] == "1.2.3"
    assert made.recipe.reported == {"bpm": "97", "keyscale": "D minor"}
    assert len(made.tokens["codes"]) == 50


def test_without_the_planner_sound_comes_from_the_prompt(acestep_cpp) -> None:
    made = acestep_cpp.one(acestep_cpp.recipe(settings={"planner": False}))
    assert acestep_cpp.server.sent_to("/lm") == []
    assert made.tokens == {}


def test_a_server_whose_plans_are_chance_is_told_of(acestep_cpp) -> None:
    acestep_cpp.server.knows_planner_seeds = False
    context = Context()
    acestep_cpp.one(context=context)
    assert "by chance" in context.told[0]


def test_a_seed_over_32_bits_is_told_as_what_it_becomes(acestep_cpp) -> None:
    made = acestep_cpp.one(acestep_cpp.recipe(seed=2**32 + 5))
    assert (made.recipe.seed, made.recipe.asked_seed) == (5, 2**32 + 5)


def test_a_short_take_is_the_beginning_of_one_of_ten_seconds(acestep_cpp) -> None:
    made = acestep_cpp.one(acestep_cpp.recipe(duration_s=2.0))
    assert acestep_cpp.server.sent_to("/synth")[0]["duration"] == 10.0
    assert len(made.samples) == 2 * RATE


@pytest.mark.parametrize(("use", "task"), [("melody", "cover"), ("continuation", "repaint")])
def test_a_draft_goes_straight_to_the_sound(acestep_cpp, use: str, task: str) -> None:
    context = Context(drafts={SOUND: (np.full((4 * RATE, 1), 0.25, np.float32), RATE)})
    acestep_cpp.one(acestep_cpp.recipe(draft=Draft(sound=SOUND, use=use)), context=context)
    assert acestep_cpp.server.sent_to("/lm") == []
    (job,) = acestep_cpp.server.jobs.values()
    assert job["sent"]["task_type"] == task
    assert job["sent"]["audio"][:4] == b"RIFF"
    if use == "continuation":
        assert (job["sent"]["repainting_start"], job["sent"]["repainting_end"]) == (4.0, 12.0)


def test_an_answer_without_sound_fails(acestep_cpp) -> None:
    acestep_cpp.server.faults.add("no sound")
    assert "no sound in it" in acestep_cpp.failure()


MARK = b"--x"
HEAD = b"\r\nContent-Type: audio/wav\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "sound"),
    [
        (MARK + HEAD + b"RIFF\r\n--x--\r\n", b"RIFF"),
        (MARK + b"\r\nContent-Type: text/plain\r\n\r\nhi\r\n" + MARK + HEAD + b"A\r\nB\r\n--x--", b"A\r\nB"),
        (MARK + HEAD + b"cut o", b"cut o"),
        (MARK + b"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x--\r\n", None),
        (b"", None),
        (MARK, None),
        (b"preamble\r\n" + MARK + HEAD + b"late\r\n--x--", b"late"),
    ],
)
def test_the_first_sound_of_several_parts(answer: bytes, sound: bytes | None) -> None:
    assert first_sound(answer, b"x") == sound
