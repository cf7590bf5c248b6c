"""No library, no device, no parent: the app goes on, or the processes end."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import LINUX, require
from tests.processes import child, children_of, is_running
from tui.playing.player.api import Track
from tui.playing.player.client import AudioPlayer
from tui.playing.player.diagnosis import check_sound
from tui.playing.player.sound_fault import SoundFault, describe

pytestmark = pytest.mark.sound


@pytest.fixture
def broken_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PortAudio that the system's own loader finds, and cannot load."""
    require(LINUX)
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "libportaudio.so.2").write_bytes(b"not a library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))


def rates_in_silence(player: AudioPlayer, track: Track, wait) -> None:
    """All that rating needs works by the clock."""
    before = player.playhead().position_s
    wait(lambda: player.playhead().position_s > before + 0.2, "the silent clock to run")
    player.pause()
    held = player.playhead()
    assert not held.playing
    player.seek(2.9)
    player.play()
    wait(lambda: player.playhead().ended, "the end")
    assert player.playhead().heard_s > 0
    player.load(track, at_s=1.0, play=False)
    assert player.playhead().position_s == 1.0


def test_no_device(deaf, make_track, tmp_path, wait, silence) -> None:
    player = AudioPlayer(cache=tmp_path / "cache")
    track = make_track("a", silence(3.0))
    player.load(track)
    player.start()
    wait(player.trouble, "the trouble")
    assert player.trouble().remedy == describe(SoundFault.NO_DEVICE).remedy
    rates_in_silence(player, track, wait)
    player.close()


def test_no_library(broken_library, make_track, tmp_path, wait, silence) -> None:
    player = AudioPlayer(cache=tmp_path / "cache")
    track = make_track("a", silence(3.0))
    player.load(track)
    player.start()
    wait(player.trouble, "the trouble")
    assert "PortAudio" in player.trouble().what
    assert player.trouble().remedy
    rates_in_silence(player, track, wait)
    player.close()


def test_nowhere_to_keep_sound(make_track, tmp_path, wait, silence, monkeypatch) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(nowhere))
    player = AudioPlayer(cache=nowhere / "cache")
    track = make_track("a", silence(3.0))
    player.load(track)
    player.start()
    wait(player.trouble, "the trouble")
    assert player.trouble().remedy == describe(SoundFault.NO_CACHE).remedy
    rates_in_silence(player, track, wait)
    player.close()


PARENT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from pathlib import Path
from tui.playing.player.api import Track
from tui.playing.player.client import AudioPlayer
player = AudioPlayer(cache=Path(sys.argv[1]))
player.start()
player.load(Track("a", Path(sys.argv[2]), 3.0))
while not player.playhead().heard_s:
    time.sleep(0.01)
print("playing", flush=True)
time.sleep(60)
"""


def decoder() -> int | None:
    """The decoder's process id, if there is one."""
    return child("tui.playing.player.decoder_process")


def test_a_killed_decoder_is_started_again(fifo, make_track, tmp_path, wait, silence) -> None:
    player = AudioPlayer(cache=tmp_path / "cache")
    player.start()
    first, second = make_track("a", silence(3.0)), make_track("b", silence(3.0))
    player.load(first)
    wait(lambda: player.playhead().ended, "the first take to be played")
    killed = decoder()
    os.kill(killed, signal.SIGKILL)
    wait(lambda: decoder() not in (None, killed), "another decoder")
    player.load(second)
    wait(lambda: player.playhead().ended, "the second take to be played")
    assert player.playhead().take == "b"
    assert player.playhead().error is None
    player.load(first)
    wait(lambda: player.playhead().ended, "the first take to be played again")
    player.close()


def test_a_take_that_kills_the_decoder_is_named(fifo, make_track, tmp_path, wait, silence) -> None:
    player = AudioPlayer(cache=tmp_path / "cache")
    player.start()
    player.load(make_track("long", silence(600.0)))
    wait(lambda: list((tmp_path / "cache").glob("*/*.pcm")), "decoding to begin")
    os.kill(decoder(), signal.SIGKILL)
    wait(lambda: player.playhead().error, "the failure")
    assert "long.wav" in player.playhead().error
    player.load(make_track("b", silence(1.0)))
    wait(lambda: player.playhead().ended, "the next take to be played")
    player.close()


@pytest.mark.parametrize(
    ("end", "to_all"),
    [
        (signal.SIGKILL, False),
        (signal.SIGTERM, False),
        (signal.SIGINT, True),  # Ctrl-C in the terminal
        (signal.SIGHUP, True),  # the terminal is closed
    ],
)
def test_the_processes_end_with_the_app_and_leave_nothing(
    fifo, make_track, tmp_path, wait, silence, end, to_all
) -> None:
    track = make_track("a", silence(3.0))
    cache = tmp_path / "cache"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(cache), str(track.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )
    try:
        fifo.read(48_000)
        assert parent.stdout.readline() == b"playing\n"
        children = children_of(parent.pid)
        assert len(children) == 2
        (os.killpg if to_all else os.kill)(parent.pid, end)
        parent.wait(20)
        wait(lambda: not any(is_running(child) for child in children), "both processes to end")
        wait(lambda: not any(cache.iterdir()), "the cache to be empty")
    finally:
        with parent:
            parent.kill()


def test_what_a_dead_app_left_is_removed(tmp_path, wait, deaf) -> None:
    cache = tmp_path / "cache"
    left = cache / "earmark-playing-dead"
    left.mkdir(parents=True)
    (left / "x.0.pcm").write_bytes(bytes(1000))
    player, other = AudioPlayer(cache=cache), AudioPlayer(cache=cache)
    player.start()
    wait(player.trouble, "the player to have started")
    other.start()
    wait(other.trouble, "the other to have started")
    assert not left.exists()
    assert len(list(cache.iterdir())) == 2
    player.close()
    other.close()


def test_the_client_brings_nothing_heavy() -> None:
    heavy = {"numpy", "soundfile", "soxr", "sounddevice"}
    code = f"import sys, tui.playing.player.client; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_diagnosis_names_what_is_missing(deaf) -> None:
    checks = {check.name: check for check in check_sound()}
    assert [check.ok for check in checks.values()] == [True, False]
    failed = list(checks.values())[-1]
    assert failed.remedy


def test_diagnosis_without_the_library(broken_library) -> None:
    checks = check_sound()
    assert [check.ok for check in checks] == [False]
    assert "PortAudio" in checks[0].name
    assert checks[0].remedy


def test_diagnosis_where_no_process_can_be_started(tmp_path, monkeypatch) -> None:
    (tmp_path / "python").write_text("")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (check,) = check_sound()
    assert not check.ok
    assert os.strerror(errno.EACCES) in check.detail


def test_diagnosis_of_a_sound_system_that_hangs(fifo) -> None:
    """Nobody reads the FIFO, so that opening succeeds and playing stands still."""
    fifo.paused.set()
    checks = check_sound()
    assert [check.ok for check in checks] == [True, True, False]
    assert checks[-1].remedy


def test_diagnosis_where_all_is_well(pulse) -> None:
    checks = check_sound()
    assert len(checks) == 3
    assert all(check.ok and check.detail for check in checks)
