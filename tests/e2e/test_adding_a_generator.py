"""A generator more is its own folder and one line of the registry: nothing else of the program changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.e2e

SPEC = """
from library.generators.spec import Setting, Spec

SPEC = Spec(
    name="chime", title="the chime", line="A bell, struck once a second.",
    made_by="library.generators.chime.generator:Chime", models=("brass", "glass"),
    settings=(
        Setting(name="damping", kind="number", default=3.0, low=0, high=20, help="How soon it fades."),
        Setting(name="struck", kind="choice", default="soft", choices=("soft", "hard"), help="With what."),
    ),
    seeded="yes", exact=True, longest_s=60.0,
)


def specs():
    return (SPEC,)
"""
GENERATOR = """
import msgspec
import numpy as np

from library.generators.api import Rendered
from library.generators.chime.spec import SPEC

RATE = 8000


class Chime:
    name = SPEC.name

    def generate(self, recipes, context):
        for index, recipe in enumerate(recipes):
            draw = np.random.default_rng(np.random.Philox(key=recipe.seed))
            time = np.arange(int(recipe.duration_s * RATE)) / RATE
            tones = [np.sin(2 * np.pi * pitch * time) for pitch in draw.uniform(300, 2000, 3)]
            loud = 0.3 if recipe.settings["struck"] == "hard" else 0.1
            loud *= 0.5 if recipe.model == "glass" else 1
            sound = loud * sum(tones) * np.exp(-recipe.settings["damping"] * (time % 1))
            made = msgspec.structs.replace(recipe, revision="1")
            yield Rendered(index, made, sound[:, None].astype(np.float32), RATE)
"""
LINE = '    "library.generators.sketch.spec",\n'


@pytest.fixture
def with_chime(environment: dict[str, str], tmp_path: Path) -> None:
    """The program, with a folder and a line more."""
    for package in ("library", "ratings", "tui"):
        shutil.copytree(ROOT / package, tmp_path / "program" / package, ignore=shutil.ignore_patterns("__pycache__"))
    room = tmp_path / "program" / "library" / "generators" / "chime"
    room.mkdir()
    for name, text in (("__init__", ""), ("spec", SPEC), ("generator", GENERATOR)):
        (room / f"{name}.py").write_text(text)
    registry = room.parent / "registry.py"
    before = registry.read_text("utf-8")
    assert LINE in before
    registry.write_text(before.replace(LINE, f'{LINE}    "library.generators.chime.spec",\n'), "utf-8")
    environment["PYTHONPATH"] = str(tmp_path / "program")


def test_it_is_listed_set_varied_ranked_verified_and_probed(earmark, with_chime) -> None:
    (told,) = earmark("generators", "chime", "--json").json["generators"]
    assert [setting["name"] for setting in told["settings"]] == ["damping", "struck"]
    asked = ("generate", "bells", "--generator", "chime", "--seeds", "3-4", "--duration", 1)
    axes = ("--axis", "damping=2,5", "--axis", "model=brass,glass")
    made = earmark(*asked, "--set", "struck=hard", *axes, "--json")
    assert made.code == 0, made.err
    takes = made.json["takes"]
    assert [(take["seed"], take["recipe"]["settings"], take["model"]) for take in takes] == [
        (seed, {"damping": damping, "struck": "hard"}, model)
        for seed in (3, 4)
        for damping in (2.0, 5.0)
        for model in ("brass", "glass")
    ]
    assert len({take["id"] for take in takes}) == 8
    for take in takes:
        stars = 5 if take["recipe"]["settings"]["damping"] == 2 else 2
        assert earmark("judge", take["id"], "--stars", stars).code == 0
    best, worst = earmark("top", "--by", "set:damping", "--json").json["ranking"]
    assert (best["set:damping"], worst["set:damping"]) == (2.0, 5.0)
    assert best["p_top"] > 0.9
    assert {row["model"] for row in earmark("top", "--by", "model", "--json").json["ranking"]} == {"brass", "glass"}
    found = earmark("list", "set:damping=5", "gen:chime", "model:glass", "--json").json["takes"]
    assert {take["id"] for take in found} == {takes[3]["id"], takes[7]["id"]}
    verified = earmark("verify", takes[0]["id"], takes[7]["id"], "--json").json["results"]
    assert [result["identical"] for result in verified] == [True, True]
    wrong = earmark(*asked, "--set", "struck=kicked")
    assert (wrong.code, "soft, hard" in wrong.err) == (2, True)
    unknown = earmark(*asked, "--axis", "dampng=1,2")
    assert (unknown.code, "Did you mean damping?" in unknown.err) == (2, True)
    longer = earmark("extend", takes[0]["id"], "--to", 2)
    assert (longer.code, "can't make a take longer" in longer.err) == (1, True)
    assert earmark("probe", "chime", "--duration", 1, "--json").json["probe"]["grade"] == "exact"
