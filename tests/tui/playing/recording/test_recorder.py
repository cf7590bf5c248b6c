"""What the microphone hears is in the file, sample for sample, and no mishap loses what was recorded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from library.sound import audio
from tests.processes import child, children_of, is_running
from tests.tui.sound_systems import wait_until
from tui.playing.player.api import Trouble
from tui.playing.recording.messages import Opened, Recorded
from tui.playing.recording.recording_fault import RecordingFault, describe

RATE = 48_000

pytestmark = pytest.mark.sound


@pytest.fixture
def noise():
    """A second and a half of stereo noise."""
    return np.random.default_rng(5).uniform(-0.5, 0.5, (RATE * 3 // 2, 2)).astype(np.float32)


@pytest.mark.alone
def test_what_is_heard_is_in_the_file(microphone, listener, noise, tmp_path):
    listener.recorder.open()
    listener.await_report(Opened)
    listener.recorder.record(tmp_path / "hummed.wav")
    listener.await_recording()
    microphone.hear(noise)
    listener.recorder.stop()
    recorded = listener.await_report(Recorded)
    assert (recorded.path, recorded.full) == (str(tmp_path / "hummed.wav"), False)
    heard, rate = soundfile.read(recorded.path, dtype="float32", always_2d=True)
    assert rate == RATE
    assert len(heard) == round(recorded.seconds * RATE)
    assert recorded.peak == pytest.approx(np.abs(heard).max(), abs=2**-23)  # 24 bits are kept
    assert 0.499 < recorded.peak <= 0.5
    first = int(np.argmax(np.abs(heard[:, 0]) > 0))
    kept = heard[first : first + len(noise)]
    if not recorded.gaps:  # on a machine too busy to record it says so
        assert np.abs(kept - noise[: len(kept)]).max() <= 2**-23
        assert len(kept) > RATE
    assert recorded.peak - 1e-3 < max(level.peak for level in listener.levels) <= recorded.peak  # the last is not told
    assert listener.levels[-1].seconds <= recorded.seconds


def test_a_recording_ends_at_its_limit_and_another_can_follow(microphone, listener, tmp_path):
    listener.recorder.open()
    listener.await_report(Opened)
    for name in ("one", "two"):
        listener.recorder.record(tmp_path / f"{name}.wav", 0.25)
        recorded = listener.await_report(Recorded)
        assert recorded.full
        assert soundfile.info(tmp_path / f"{name}.wav").frames == RATE // 4
    listener.recorder.stop()
    assert listener.reports == []


def test_a_recording_is_whole_when_the_recorder_is_closed(microphone, listener, tmp_path):
    listener.recorder.open()
    listener.recorder.record(tmp_path / "closed.wav")
    listener.await_recording()
    listener.recorder.close()
    recorded = listener.await_report(Recorded)
    assert audio.probe(tmp_path / "closed.wav").duration_s == recorded.seconds
    listener.recorder.open()
    assert listener.reports == [Opened("default")]  # nothing opens once it is closed


def test_a_killed_recorder_leaves_what_it_recorded(microphone, listener, tmp_path):
    listener.recorder.open()
    listener.await_report(Opened)
    listener.recorder.record(tmp_path / "killed.wav")
    listener.await_recording()
    os.kill(child("tui.playing.recording.microphone_process"), signal.SIGKILL)
    trouble = listener.await_report(Trouble)
    assert trouble.remedy == describe(RecordingFault.CRASHED).remedy
    assert audio.examine(tmp_path / "killed.wav").info.duration_s > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_recording_goes_on_when_the_terminal_asks_all_to_end(microphone, listener, tmp_path, number):
    """What becomes of it is the app's to decide."""
    listener.recorder.open()
    listener.await_report(Opened)
    os.kill(child("tui.playing.recording.microphone_process"), number)
    listener.recorder.record(tmp_path / "on.wav", 0.25)
    assert listener.await_report(Recorded).full


PARENT = """
import sys, threading
from pathlib import Path
from tui.playing.recording.messages import Level
from tui.playing.recording.recorder import Recorder
def show(report):
    if isinstance(report, Level) and report.seconds > 0.2:
        print("recording", flush=True)
recorder = Recorder(show)
recorder.open()
recorder.record(Path(sys.argv[1]))
threading.Event().wait()
"""


def test_a_recording_is_whole_when_the_app_is_killed(microphone, tmp_path):
    path = tmp_path / "orphaned.wav"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(path)], stdout=subprocess.PIPE)
    try:
        assert parent.stdout.readline() == b"recording\n"
        (process,) = children_of(parent.pid)
    finally:
        with parent:
            parent.kill()
    wait_until(lambda: not is_running(process), "the recording process to end")
    assert soundfile.info(path).frames > RATE // 5
    written = path.read_bytes()
    assert int.from_bytes(written[4:8], "little") == len(written) - 8, "its length is written last"


def test_a_lost_microphone_ends_the_recording(microphone, listener, tmp_path):
    listener.recorder.open()
    listener.await_report(Opened)
    listener.recorder.record(tmp_path / "lost.wav")
    listener.await_recording()
    microphone.kill()
    assert listener.await_report(Recorded).seconds > 0
    trouble = listener.await_report(Trouble)
    assert trouble.remedy
    assert audio.examine(tmp_path / "lost.wav").info.duration_s > 0


@pytest.mark.parametrize("place", ["/dev/full", "not/there.wav"])
def test_a_disk_that_takes_nothing_is_told_and_the_microphone_stays(microphone, listener, tmp_path, place):
    listener.recorder.open()
    listener.await_report(Opened)
    listener.recorder.record(tmp_path / place)
    assert listener.await_report(Trouble).remedy == describe(RecordingFault.DISK).remedy
    listener.recorder.record(tmp_path / "fine.wav", 0.1)
    assert listener.await_report(Recorded).full


def test_no_microphone_is_told_with_a_remedy(no_microphone, listener, tmp_path):
    listener.recorder.open()
    trouble = listener.await_report(Trouble)
    assert trouble == describe(RecordingFault.NO_MICROPHONE)
    listener.recorder.record(tmp_path / "none.wav")
    assert listener.reports == []
    assert not (tmp_path / "none.wav").exists()


def test_no_portaudio_is_told_with_a_remedy(listener, tmp_path, monkeypatch):
    (tmp_path / "libportaudio.so.2").write_bytes(b"not a library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    listener.recorder.open()
    trouble = listener.await_report(Trouble)
    assert trouble.remedy == describe(RecordingFault.NO_LIBRARY).remedy
