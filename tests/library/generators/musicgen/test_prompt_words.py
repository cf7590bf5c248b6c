"""What the model can't tell apart or read is said, by name, before anything is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

from library.errors import SameTakeError
from library.generators.api import Failed, Rendered
from library.generators.musicgen.prompt_words import MOST_PIECES, light_remarks
from library.take import Recipe


def recipe(prompt: str, **changes) -> Recipe:
    return Recipe(**({"generator": "musicgen", "prompt": prompt, "seed": 1, "duration_s": 0.2} | changes))


@pytest.fixture
def here(checkpoints, monkeypatch):
    """The tiny text encoder is where the hub's client looks."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(checkpoints.hub))


def test_prompts_that_are_one_to_the_model_are_named(here):
    nothing_in_it, spelled_wide, unknown = light_remarks(["日本", "harp", "中国", "ｈａｒｐ"], None)
    assert nothing_in_it.startswith("“中国” is the same as “日本” to the model")
    assert spelled_wide.startswith("“ｈａｒｐ” is the same as “harp” to the model")
    assert "日本 and 中国" in unknown


def test_what_it_does_not_know_is_named(here):
    (remark,) = light_remarks(["harp und Flöte", "harp 日本"], None)
    assert "ö" in remark
    assert "日本" in remark
    assert light_remarks(["a solo cello in an empty church"], None) == ()


def test_a_prompt_longer_than_it_was_trained_on(here):
    (remark,) = light_remarks(["harp " * 300], None)
    assert remark.startswith("“harp harp")
    assert f"up to {MOST_PIECES}" in remark


def test_nothing_is_said_where_the_encoder_is_not_here(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert light_remarks(["日本", "中国"], None) == ()
    assert light_remarks(["日本", "中国"], "~nobody/model") == ()


def test_the_worker_says_it_before_any_compute_and_makes_one_of_them(make, context):
    recipes = [recipe("日本"), recipe("harp"), recipe("中国"), recipe("中国", seed=2), recipe("中国", duration_s=0.3)]
    told_at = []
    context.report = lambda progress: told_at.append(len(context.told))
    made = make("text", recipes, context)
    assert [index for index in sorted(made) if isinstance(made[index], Rendered)] == [0, 1, 3, 4]
    assert isinstance(made[2], Failed)
    assert isinstance(made[2].error, SameTakeError)
    assert "“中国” is the same as “日本”" in made[2].error.what
    assert told_at[0] == len(context.told) == 2


def test_it_takes_no_torch(checkpoints):
    program = (
        "import sys; from library.generators.musicgen.prompt_words import light_remarks;"
        "print(light_remarks(['日本', '中国'], None), 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "the same as" in done.stdout
    assert done.stdout.strip().endswith("False False")
