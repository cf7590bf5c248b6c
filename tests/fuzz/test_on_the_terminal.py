"""A library, files and words full of what a terminal obeys: commands and app show them, and nothing of it is obeyed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fuzz import hostile
from tests.fuzz.terminal import AppInTerminal, run_in_terminal

pytestmark = pytest.mark.e2e
TAKE = f"{1:020x}"
NAME = "\x1b[31m[red]\u202e evil\nname_s7.wav"


@pytest.fixture(scope="module")
def ground(tmp_path_factory) -> Path:
    """A hostile library, and a folder of hostile files."""
    ground: Path = tmp_path_factory.mktemp("hostile")
    hostile.make_library(ground / "library")
    files = ground / "in"
    files.mkdir()
    for number, name in enumerate([NAME, "side.wav", os.fsdecode(b"not\xff\xfetext.wav"), "formula.wav"]):
        noise = np.random.default_rng(number).uniform(-0.3, 0.3, (8000, 1))
        with (files / name).open("wb") as file:
            soundfile.write(file, noise, 8000, format="WAV")
    (files / "bad\x1b[31m\u202e.wav").write_bytes(b"no sound")
    (files / "side.wav.json").write_text(
        json.dumps({"prompt": "\x1b[31m[red]\u202e=1+1", "seed": 5, "model": "\x9b1m"})
    )
    (files / "formula.wav.json").write_text(json.dumps({"prompt": "=HYPERLINK(1)", "seed": 6}))
    (files / "sheet.csv").write_bytes(b"file,prompt,seed\n\x1b[31mx.wav,\x1b]0;owned\x07,1\n")
    return ground


@pytest.fixture(scope="module")
def environment(ground) -> dict[str, str]:
    """A user's, without a sound device."""
    silent = ground / "asound.conf"
    silent.write_text("pcm.none { type hw card 99 }")
    return {
        "PATH": os.environ["PATH"], "HOME": str(ground), "LANG": "C.UTF-8", "TERM": "xterm-256color",
        "EARMARK_LIBRARY": str(ground / "library"), "EARMARK_LISTENER": "ana", "ALSA_CONFIG_PATH": str(silent),
        "PULSE_SERVER": f"unix:{ground}/none",
    }  # fmt: skip


COMMANDS: list[list[str]] = [
    ["list"],
    ["list", "--json"],
    ["top", "--by", "prompt"],
    ["doctor"],
    ["import", "in", "--sheet", "in/sheet.csv"],
    ["import", "in", "--json"],
    ["import", "in", "--pattern", "\x1b[31m{x"],
    ["export", "out\x1b[31m"],
    ["gallery", "out\x1b[31m"],
    ["panel", "out\x1b[31m.html"],
    ["panel", "--collect", "out\x1b[31m", "in"],
    ["purge", "--rejected", "--label", "\x1b[31m"],
    ["restore", "\x1b[31m"],
    ["pack", "out\x1b[31m.zip", "--sound"],
    ["pack", "\x1b[31m", "--make"],
    ["dataset", "out\x1b[31m", "--format", "lora"],
    ["play", TAKE],
    ["extend", TAKE, "--to", "3"],
    ["judge", "\x1b[31m", "--stars", "1"],
    ["judge", TAKE, "--note", "\x1b[31mhi", "--json"],
    ["generate", "x", "--seeds", "\x1b[31m"],
    ["\x1b[31mbad"],
    ["list", "--library", "/dev/null/\x1b[31m"],
    ["generate", "x", "--seeds", "1", "--library", os.fsdecode(b"not\xff\xfetext")],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words))[1:-1])
def test_no_command_passes_on_what_a_terminal_obeys(words, ground, environment):
    done = run_in_terminal(words, environment, ground)
    assert done.code in (0, 1, 2)
    assert "Traceback" not in done.err
    assert (done.out + done.err.replace("\r", "")).strip()
    for printed in (done.out, done.err.replace("\r", "")):  # a progress bar goes back to the start of its line
        assert [ascii(character) for character in hostile.OBEYED if character in printed] == []
        printed.encode()
    if "--json" in words:
        json.loads(done.out)


OWNED = [b"\x1b]0;owned", b"\x1b]52;", b"\x1b[31mred", b"\xc2\x9b", b"\xc2\x9d", b"\x07", b"\x7f"]
OWNED += [character.encode() for character in "\u202e\u2066\u200f\u061c\u2028\u2029"]


ESCAPE = "\x1b[27u"
"""As the kitty protocol sends it: what follows at once can't be read as typed with alt."""
LIST = "to filter: words"
"""In the list, and on no other screen."""


def test_the_app_shows_it_and_obeys_nothing(ground, environment):
    app = AppInTerminal(["--library", str(ground / "library")], environment, ground)
    try:
        app.press("", "judged", "[red]bold", "damaged")
        for _ in range(len(hostile.TEXTS)):
            app.press("j")
        app.press("w", "Prompt × seed", "[red]bold")
        app.press("r", "Imagine")
        app.press(ESCAPE, LIST)
        for key, dialogue in (("?", "any key closes"), ("e", "Max per prompt"), ("i", "File name pattern")):
            app.press(key, dialogue)
            app.press(ESCAPE, LIST, gone=dialogue)
        app.press("g", "Prompts (one per line)")
    finally:
        app.close()
    sent = re.sub(rb"\x1b\]22;\w+\x07", b"", app.raw)  # Textual's own: the pointer's shape
    assert [sent[max(0, place - 30) : place + 20] for owned in OWNED if (place := sent.find(owned)) >= 0] == []
