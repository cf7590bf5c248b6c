"""`earmark generate`: prompts that stand for several, and takes that exist already."""

from __future__ import annotations

import json

from click.testing import CliRunner

from tui.cli import main


def test_variations_are_made_and_takes_that_exist_are_told_of(root, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("EARMARK_LIBRARY", str(root))

    def generate(*words: str, seeds: str):
        options = ["--seeds", seeds, "--duration", "1", "--json", "--generator", "sketch"]
        done = CliRunner().invoke(main.earmark, ["generate", *words, *options])
        made = json.loads(done.stdout)["takes"] if done.exit_code == 0 else []
        return [(take["prompt"], take["seed"]) for take in made], done.stderr, done.exit_code

    first, told, _ = generate("{slow|fast} waltz", r"\{a\|b\}", seeds="1")
    assert first == [("slow waltz", 1), ("fast waltz", 1), ("{a|b}", 1)]
    assert "already" not in told
    second, told, _ = generate("slow waltz", seeds="2")
    assert (second, "already" in told) == ([("slow waltz", 2)], False)
    _, told, _ = generate("{slow|slower} waltz", seeds="1-2")
    assert "2 of the 4" in told
    _, told, code = generate("{slow|fast waltz", seeds="1")
    assert (code, "isn't closed" in told) == (2, True)
