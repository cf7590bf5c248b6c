"""What is particular to ACE-Step's API server: what it is sent, and how its answers are read."""

from __future__ import annotations

import numpy as np
import pytest

from library.take import Draft
from tests.library.generators.contexts import Context
from tests.library.generators.servers.music_server import RATE, music

SOUND = "0123456789abcdef0123"


def sent(studio) -> dict:
    return studio.server.sent_to("/release_task")[-1]


def test_nothing_is_left_to_chance_or_to_a_language_model(ace_step) -> None:
    ace_step.one(ace_step.recipe(seed=11, settings={"steps": 20, "guidance": 4.0, "bpm": 90, "key": "F# minor"}))
    asked = sent(ace_step)
    expected = {
        "prompt": "slow strings", "seed": 11, "use_random_seed": False, "batch_size": 1, "thinking": False,
        "use_cot_caption": False, "use_cot_language": False, "use_format": False, "sample_mode": False,
        "audio_format": "flac", "audio_duration": 12.0, "task_type": "text2music", "inference_steps": 20,
        "guidance_scale": 4.0, "bpm": 90, "key_scale": "F# minor",
    }  # fmt: skip
    assert asked == expected


def test_another_seed_than_asked_is_the_takes_and_the_asked_one_stays(ace_step) -> None:
    ace_step.server.faults.add("other seed")
    context = Context()
    made = ace_step.one(ace_step.recipe(seed=7), context=context)
    assert (made.recipe.seed, made.recipe.asked_seed) == (1007, 7)
    assert "other seeds" in context.told[0]


def test_a_seed_that_is_none_changes_nothing(ace_step) -> None:
    ace_step.server.faults.add("no seed")
    made = ace_step.one(ace_step.recipe(seed=7))
    assert (made.recipe.seed, made.recipe.asked_seed) == (7, None)


def test_what_the_server_reports_is_kept_and_nothing_in_it_reaches_a_terminal(ace_step) -> None:
    made = ace_step.one()
    assert made.recipe.model == "acestep-v15-turbo"
    assert made.recipe.reported is not None
    assert made.recipe.reported["lm_model"] == "acestep-5Hz-lm-0.6B"
    assert all(value.isprintable() for value in made.recipe.reported.values())
    assert made.recipe.fingerprint == {"server": "ace-step-server", "version": "1.0"}


def test_what_the_server_chose_is_asked_for_the_next_time(ace_step) -> None:
    """Tempo and key may come from a language model of its own, by chance."""
    made = ace_step.one()
    assert made.recipe.settings == {"bpm": 97, "key": "D minor", "time_signature": "4"}
    ace_step.one(made.recipe)
    assert (sent(ace_step)["bpm"], sent(ace_step)["key_scale"]) == (97, "D minor")


def test_a_short_take_is_the_beginning_of_one_of_ten_seconds(ace_step) -> None:
    context = Context()
    made = ace_step.one(ace_step.recipe(duration_s=4.0), context=context)
    assert sent(ace_step)["audio_duration"] == 10.0
    assert len(made.samples) == 4 * RATE
    whole = music(7, 10.0, "slow strings")
    np.testing.assert_allclose(made.samples[: 3 * RATE, 0], whole[: 3 * RATE], atol=1e-6)
    assert abs(made.samples[-1, 0]) < 1e-3
    assert "10 s at least" in context.told[0]


@pytest.mark.parametrize(
    ("draft", "task", "more"),
    [
        (Draft(sound=SOUND, use="melody"), "cover", {"audio_cover_strength": "0.5"}),
        (Draft(sound=SOUND, use="continuation", until_s=3.0), "repaint",
         {"repainting_start": "3.0", "repainting_end": "12.0"}),
    ],
)  # fmt: skip
def test_a_draft_is_sent_along(ace_step, draft: Draft, task: str, more: dict) -> None:
    context = Context(drafts={SOUND: (np.full((20 * RATE, 2), 0.25, np.float32), RATE)})
    ace_step.one(ace_step.recipe(draft=draft, settings={"strength": 0.5}), context=context)
    asked = sent(ace_step)
    assert asked["task_type"] == task
    assert asked["use_random_seed"] == "false"
    assert more.items() <= asked.items()
    seconds = 3.0 if draft.until_s else 12.0
    assert asked["src_audio"][:4] == b"RIFF"
    assert len(asked["src_audio"]) == pytest.approx(seconds * RATE * 2 * 3, abs=100)


def test_a_key_is_sent_where_there_is_one(ace_step) -> None:
    ace_step.server.key = "secret"
    with pytest.raises(Exception, match="wants a key"):
        ace_step.make()
    assert ace_step.one(api_key="secret")


def test_a_full_queue_is_waited_for(ace_step) -> None:
    ace_step.server.full = 3
    assert ace_step.one()


def test_sound_from_another_host_is_refused(ace_step) -> None:
    ace_step.server.faults.add("other host")
    assert "speaks only to the address" in ace_step.failure()


def test_why_a_task_failed_is_said(ace_step) -> None:
    ace_step.server.faults.add("task fails")
    assert "CUDA out of memory" in ace_step.failure()


def test_another_model_is_asked_for_by_name(ace_step) -> None:
    made = ace_step.one(ace_step.recipe(model="acestep-v15-base"))
    assert sent(ace_step)["model"] == "acestep-v15-base"
    assert made.recipe.model == "acestep-v15-base"
