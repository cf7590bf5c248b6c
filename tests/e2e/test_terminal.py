"""A person at the terminal: from an empty library over listening and rating to the exported WAVs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from ratings.judgement import Stars
from tests.e2e.conftest import until

pytestmark = pytest.mark.e2e


def stars_given(library: Path) -> list[int]:
    """All stars in the journal, in the order in which they were given."""
    return [event.stars for event in Journal.load(Library(library)).history.live() if isinstance(event, Stars)]


PLAYS, RESTS = r"▮▮ +0:(\d\d) / 0:20", r"▶ +0:(\d\d) / 0:20"


def second(screen: str, sign: str) -> int:
    """Where a take of 20 s plays or rests; -1 while it doesn't."""
    found = re.search(sign, screen)
    return int(found[1]) if found else -1


def filter_by(app, words: str) -> None:
    """Filter the list, as a person does who looks where the letters go."""
    app.press("/")
    app.wait_until(lambda screen: "Play" not in screen.splitlines()[-1], "the filter to take the keys")
    app.write(words)


def test_sketch_listen_rate_rank_export(terminal, library, tmp_path):
    app = terminal()
    app.wait_for("empty", "first batch")
    app.press("s")
    app.wait_for("12 takes · 0", "dreamy night drive")
    assert len(Catalog.load(Library(library))) == 12

    app.press("Enter")
    app.wait_until(lambda screen: second(screen, PLAYS) >= 1, "the clock to run")
    app.press("Space")
    held = second(app.wait_until(lambda screen: second(screen, RESTS) >= 1, "the clock to stand"), RESTS)
    app.press("Right")
    app.wait_until(lambda screen: second(screen, RESTS) == min(held + 5, 20), "a seek by 5 s")
    app.press("Space")
    app.wait_until(lambda screen: second(screen, PLAYS) >= 0, "the clock to run on")
    app.press("4")
    app.wait_for("★★★★·", "1 judged")
    assert stars_given(library) == [4]

    app.press("r")
    app.wait_for("Imagine", "11 takes")
    # The take that was on in the library, judged already, may be named until the first of the queue sounds.
    screen = app.wait_until(lambda screen: re.search(r"0:\d\d  ━.* blind", screen) is not None, "a take without a name")
    assert not any(prompt in screen for prompt in ("dreamy", "arcade", "rainy"))
    for key, left in (("5", 10), ("2", 9), ("3", 8)):
        app.press(key)
        app.wait_for(f"{left} takes")
    until(lambda: stars_given(library) == [4, 5, 2, 3], "the last of them on disk")
    app.press("C-z")
    app.wait_for("9 takes")
    app.press("1")
    app.wait_for("8 takes")
    until(lambda: stars_given(library) == [4, 5, 2, 1], "the other one in its place")

    app.press("w")
    app.wait_for("×", "4 of 12", "1 judgement")
    app.press("Tab", "Tab", "Tab")
    app.wait_for("unsure")

    app.press("e")
    app.wait_for("LUFS")
    app.press("C-u")
    app.wait_until(lambda screen: "~/earmark-export" not in screen, "an empty field")
    app.write(str(tmp_path / "best"))
    app.wait_for("/best")
    app.press("Enter")
    app.wait_for("exported")
    app.press("q")
    app.wait_for("left with 0")

    wavs = sorted((tmp_path / "best").glob("*.wav"))
    assert len(wavs) == 4
    manifest = json.loads((tmp_path / "best" / "manifest.json").read_bytes())
    catalog, history = Catalog.load(Library(library)), Journal.load(Library(library)).history
    best = max((take for take in catalog), key=lambda take: history.ratings(take.id).stars or 0)
    assert best.id[:8] in wavs[0].name
    assert manifest
    ours, _ = soundfile.read(catalog.path_of(best), dtype="int32")
    theirs, _ = soundfile.read(wavs[0], dtype="int32")
    np.testing.assert_array_equal(ours, theirs)


def test_filter_sort_pick_note_and_come_back(terminal, earmark, library):
    earmark("generate", "night drive", "day walk", "--seeds", "1-3", "--duration", 2)
    app = terminal()
    app.wait_for("6 takes")
    filter_by(app, "walk seed:2")
    app.wait_for("1 of 6", "day walk")
    app.press("Enter")
    app.wait_for("Quit")
    app.press("p", "m", "n")
    app.wait_for("Enter save")
    app.write("keep this one")
    app.wait_for("keep this one")
    app.press("Enter")
    app.wait_for("● picked", "History", "“keep this one”")
    app.press("q")
    app.wait_for("left with 0")
    take = next(take for take in Catalog.load(Library(library)) if take.prompt == "day walk" and take.seed == 2)
    verdict = Journal.load(Library(library)).history.ratings(take.id)
    assert verdict.picked
    assert [text for text, _ in verdict.notes] == ["keep this one"]
    assert len(verdict.marks) == 0, "nothing was on, so there was no place to mark"

    back = terminal()
    back.wait_for("6 takes", "1 judged")
    filter_by(back, "is:picked")
    back.wait_for("1 of 6", "keep this one")


def test_takes_of_another_process_appear(terminal, earmark):
    earmark("generate", "first", "--seeds", 1, "--duration", 1)
    app = terminal()
    app.wait_for("1 take ")
    other = earmark("generate", "second", "--seeds", 2, "--duration", 1, "--json").json["takes"][0]
    app.wait_for("2 takes", "second")
    earmark("judge", other["id"], "--stars", 5)
    app.wait_for("★★★★★", "1 judged")


def test_generate_in_the_app(terminal, library):
    app = terminal()
    app.wait_for("empty")
    app.press("g")
    app.wait_for("Seeds")
    app.write("slow rain")
    app.press("Enter")
    app.write("bright chase")
    app.wait_for("8 takes")
    app.press("C-g")
    app.wait_for("✓ 8 takes")
    assert {(take.prompt, take.seed) for take in Catalog.load(Library(library))} == {
        (prompt, seed) for prompt in ("slow rain", "bright chase") for seed in range(1, 5)
    }
    app.press("2")
    app.wait_for("★★···")


def test_load_the_recorded_takes_and_import_a_folder(terminal, earmark, library, tmp_path):
    app = terminal()
    app.wait_for("empty", "28")
    app.press("y")
    app.wait_for("28 takes · 0", "calm acoustic")
    assert all(
        str(library) in str(Catalog.load(Library(library)).path_of(take)) for take in Catalog.load(Library(library))
    )

    earmark("generate", "elsewhere", "--seeds", "1-3", "--duration", 1, "--library", tmp_path / "other")
    (tmp_path / "folder").mkdir()
    for number, sound in enumerate(sorted((tmp_path / "other").rglob("*.flac"))):
        sound.rename(tmp_path / "folder" / f"brought_s{number}.flac")
    app.press("i")
    app.wait_for("Sheet")
    app.press("C-u")
    app.wait_until(lambda screen: "~/" not in screen, "an empty field")
    app.write(str(tmp_path / "folder"))
    app.wait_for("/folder")
    app.press("Enter")
    app.wait_for("31 takes")
    app.press("Home")
    app.wait_for("elsewhere")  # as their files say, whatever their names
    app.wait_until(lambda screen: "Sheet" not in screen, "the dialogue to close")
    app.press("r")
    app.wait_for("unheard")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])  # all other tests here have it 120 by 40
def test_every_screen_fits(terminal, earmark, size):
    earmark("generate", "a rather long prompt that has to be cut somewhere in a narrow terminal", "--seeds", "1-3",
            "--duration", 1)  # fmt: skip
    app = terminal(size=size)
    app.wait_for("3 takes", "Quit" if size[0] > 80 else "Play")
    for key, word in (
        ("r", "Imagine"),
        ("d", "better?"),
        ("w", "×"),
        ("g", "Seeds"),
    ):
        app.press(key)
        screen = app.wait_for(word)
        assert max(len(line) for line in screen.splitlines()) <= size[0]
        if key == "g":
            app.press("Escape")
            app.wait_for("Play")
        app.press("Escape")
        app.wait_for("filter")
    app.press("?")
    app.wait_for("On this screen")
    app.press("Escape")
    app.wait_until(lambda screen: "On this screen" not in screen, "the help to go")
    app.press("q")
    app.wait_for("left with 0")


def test_no_sound_is_said_once_and_rating_works(terminal, earmark, library):
    earmark("generate", "calm", "--seeds", "1-2", "--duration", 3)
    app = terminal()
    app.wait_for("No sound")  # which goes away by itself
    app.wait_for("2 takes", "no sound")
    app.press("Enter")
    app.wait_until(lambda screen: re.search(r"0:0[1-3] / 0:03", screen) is not None, "the clock to run")
    app.press("5")
    app.wait_for("1 judged")
    assert stars_given(library) == [5]


def test_a_newer_library_is_refused_with_a_sentence(terminal, library):
    library.mkdir()
    (library / "library.json").write_text('{"format": 9}')
    app = terminal()
    screen = app.wait_for("left with 1")
    assert "newer" in screen
    assert "Traceback" not in screen
