"""The probe, on generators that keep to their seeds, nearly do, don't, and pretend to: as real programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

MAKE = """
import json, math, os, random, struct, sys, wave
asked = json.load(sys.stdin)
with open("calls", "ab") as calls:
    calls.write(b".")
call = os.stat("calls").st_size  # one alone, one again, three together, one after a restart
seed, hiss = asked["seed"], 0
{how}
draw, noise = random.Random(seed), random.Random(call)
pitches = [draw.uniform(200, 900) for _ in range(5)]
with wave.open(asked["out"], "wb") as file:
    file.setparams((1, 2, 8000, 0, "NONE", ""))
    for n in range(int(asked["duration_s"] * 8000)):
        tone = 9000 * math.sin(2 * math.pi * pitches[n // 8000 % 5] * n / 8000)
        file.writeframes(struct.pack("<h", int(tone) + (noise.randint(-hiss, hiss) if n >= 4000 else 0)))
"""
HOWS = {
    "exact": ("", {"again": True, "batched": True, "restarted": True, "diverges_at_s": None, "grade": "exact"}),
    "close": ("hiss = 20", {"again": False, "batched": False, "restarted": False, "grade": "close"}),
    "drifting": ("if call > 2: seed += 1000",
                 {"again": True, "batched": False, "restarted": False, "grade": "other song"}),
    "unseeded": ("seed = call", {"again": False, "batched": False, "restarted": False, "grade": "unseeded"}),
    "deaf": ("seed = 7", {"again": True, "batched": True, "restarted": True, "grade": "unseeded"}),
}  # fmt: skip


@pytest.fixture
def define(environment: dict[str, str], tmp_path: Path):
    """Makes `mine` a command that goes by its seed in that way."""
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    folder = tmp_path / "config" / "earmark"
    folder.mkdir(parents=True)

    def defined(how: str, **more: str) -> None:
        (folder / "make.py").write_text(MAKE.replace("{how}", how))
        words = json.dumps([sys.executable, "make.py"])
        lines = [f'{name} = "{value}"' for name, value in more.items()]
        table = ["[generators.mine]", 'kind = "command"', f"command = {words}", *lines]
        (folder / "generators.toml").write_text("\n".join(table))

    return defined


def seeded(earmark, name: str) -> str:
    (found,) = earmark("generators", name, "--json").json["generators"]
    return found["seeded"]


@pytest.mark.parametrize("kind", HOWS)
def test_what_a_seed_means_is_found_and_remembered(earmark, define, library, kind: str) -> None:
    how, expected = HOWS[kind]
    define(how)
    assert seeded(earmark, "mine") == "unknown"
    done = earmark("probe", "mine", "--json")
    assert done.code == 0, done.err
    found = done.json["probe"]
    assert set(found) == {"again", "batched", "restarted", "diverges_at_s", "grade"}
    assert found == found | expected
    if kind == "close":
        assert found["diverges_at_s"] == pytest.approx(0.5, abs=0.01)
    assert not library.exists()
    means_something = expected["grade"] in ("exact", "close")
    assert seeded(earmark, "mine") == ("yes" if means_something else "no")
    takes = earmark("generate", "a", "--seeds", "1-2", "--generator", "mine", "--duration", 1, "--json").json["takes"]
    assert earmark("judge", takes[0]["id"], "--stars", 4).code == 0
    ranked = earmark("top", "--by", "seed", "--json")
    assert bool(ranked.json["ranking"]) == means_something
    assert ("mine" in ranked.err) != means_something, "why there is none"


def test_a_generator_that_is_defined_anew_is_not_known_any_more(earmark, define) -> None:
    define("seed = 7")
    assert earmark("probe", "mine", "--duration", 1).code == 0
    assert seeded(earmark, "mine") == "no"
    define("", about="mended")
    assert seeded(earmark, "mine") == "unknown"


def test_the_sketcher_is_exact_and_what_cant_be_probed_says_so(earmark, define) -> None:
    said = earmark("probe", "sketch", "--prompt", "slow", "--duration", 2).out
    assert "Exact" in said
    assert "after a restart" in said
    assert earmark("probe", "oracle").code == 2
    assert earmark("probe", "sketch", "--set", "guidance=2").code == 2
    define("sys.exit('no GPU here')")
    failed = earmark("probe", "mine", "--json")
    assert failed.code == 1
    assert "error" in failed.json
    assert seeded(earmark, "mine") == "unknown"
