"""A take that falls together with another is told as that, and harms neither."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from library.generators.api import Rendered
from library.jobs import executor
from library.jobs.events import JobRemark, Order, TakeFailed, TakeSaved
from library.jobs.executor import OrderExecutor
from library.jobs.inbox import Inbox
from library.jobs.saving import read_tokens
from library.library import Library
from library.sound import audio
from library.store.catalog import Catalog
from library.take import Recipe

NAMES = ("日本", "中国", "harp")


class Deaf:
    """Makes one sound of all prompts but "harp"."""

    name = "deaf"

    def generate(self, recipes, context):
        context.tell("All is one to me.")
        context.tell("All is one to me.")
        for index, recipe in enumerate(recipes):
            tone = np.sin(np.arange(4410) / (9 if recipe.prompt == "harp" else 20))[:, None] / 2
            tokens = {"codes": np.array([index]), "origin": np.array(recipe.prompt)}
            yield Rendered(index, recipe, tone.astype(np.float32), 44100, tokens)


@pytest.fixture
def carry_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(executor, "make_generator", lambda name: Deaf())
    told: list = []

    def run(*prompts: str, seed: int = 1, **changes):
        recipes = tuple(Recipe(generator="deaf", prompt=prompt, seed=seed, duration_s=0.1) for prompt in prompts)
        order = msgspec.structs.replace(Order(job=1, library=str(tmp_path), recipes=recipes), **changes)
        told.clear()
        OrderExecutor().carry_out(order, told.append, Inbox())
        return list(told)

    return run


def test_in_one_job(carry_out, tmp_path: Path):
    told = carry_out(*NAMES)
    assert [event.index for event in told if isinstance(event, TakeSaved)] == [0, 2]
    (failed,) = [event for event in told if isinstance(event, TakeFailed)]
    assert failed.index == 1
    assert "“中国”, seed 1, sounds exactly like take" in failed.what
    assert "(“日本”, seed 1)" in failed.what
    assert [event.words for event in told if isinstance(event, JobRemark)] == ["All is one to me."]
    catalog = Catalog.load(Library(tmp_path))
    assert sorted(take.prompt for take in catalog) == ["harp", "日本"]
    first = next(take for take in catalog if take.prompt == "日本")
    assert str(read_tokens(catalog.tokens_of(first))["origin"]) == "日本", "the first take keeps its own tokens"
    assert "日本" in audio.comment_of(catalog.path_of(first))


def test_with_a_take_of_another_day(carry_out, tmp_path: Path):
    carry_out("日本")
    told = carry_out("中国", "harp")
    assert [event.index for event in told if isinstance(event, TakeFailed)] == [0]
    folders = sorted(tmp_path.glob("batches/*"))
    assert len(folders) == 2
    assert [path.suffix for path in sorted(folders[1].iterdir())] == [".flac", ".npz", ".json"]


def test_the_same_recipe_again_is_that_take(carry_out):
    carry_out("日本")
    assert [type(event) for event in carry_out("日本") if isinstance(event, TakeSaved | TakeFailed)] == [TakeSaved]


def test_a_take_whose_sound_is_gone_is_no_hindrance(carry_out, tmp_path: Path):
    carry_out("日本")
    for sound in tmp_path.glob("batches/*/*.flac"):
        sound.unlink()
    assert [type(event) for event in carry_out("中国") if isinstance(event, TakeSaved | TakeFailed)] == [TakeSaved]


def test_a_verification_may_make_what_is_there(carry_out, tmp_path: Path):
    carry_out("日本")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert not [event for event in carry_out("中国", scratch=str(scratch)) if isinstance(event, TakeFailed)]
