"""Sound that libsndfile doesn't read: by PyAV, by the program ffmpeg, or counted where neither is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.sound import audio
from library.sound.ffmpeg_decoders import REMEDY, decoder_at_hand
from library.store.catalog import Catalog
from tests.library.sound.conftest import tone
from tests.library.sound.test_odd_files import check_everywhere
from tests.needs import program, require
from tui.cli.importing import command

RATE = 48_000
CODINGS = {
    "m4a": ("mp4", "aac", "fltp"),
    "alac.m4a": ("mp4", "alac", "s16p"),
    "webm": ("webm", "libopus", "flt"),
    "mka": ("matroska", "pcm_s16le", "s16"),
    "wma": ("asf", "wmav2", "fltp"),
    "aac": ("adts", "aac", "fltp"),
    "wv": ("wv", "wavpack", "s16p"),
    "tta": ("tta", "tta", "s16"),
}
"""By suffix: the container, the codec and its samples, as ffmpeg names them."""

ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(99)
"""How a WMA begins."""


def write(path: Path, kind: str, seconds: float = 3.0, **tags: str) -> Path:
    container, codec, sample_format = CODINGS[kind]
    samples = tone(seconds, RATE, 440)
    with av.open(str(path), "w", format=container) as into:
        into.metadata.update(tags)
        stream = into.add_stream(codec, rate=RATE, layout="stereo")
        stream.format = sample_format
        stream.bit_rate = 128_000
        whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T, np.float32), "fltp", "stereo")
        whole.sample_rate = RATE
        resampler = av.AudioResampler(sample_format, "stereo", RATE, stream.codec_context.frame_size or 4096)
        for frame in [*resampler.resample(whole), *resampler.resample(None)]:
            into.mux(stream.encode(frame))
        into.mux(stream.encode(None))
    return path


@pytest.fixture(params=["PyAV", "ffmpeg"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Either of the two."""
    if request.param == "ffmpeg":
        require(program("ffmpeg"), program("ffprobe"))
        monkeypatch.setitem(sys.modules, "av", None)
    decoder_at_hand.cache_clear()
    yield request.param
    decoder_at_hand.cache_clear()


@pytest.fixture
def no_decoder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine without PyAV, and with nothing on PATH."""
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    decoder_at_hand.cache_clear()
    yield
    decoder_at_hand.cache_clear()


@pytest.mark.parametrize("kind", CODINGS)
def test_it_is_imported_played_and_exported_whole(tmp_path: Path, decoder: str, kind: str) -> None:
    path = write(tmp_path / f"take.{kind}", kind)
    assert decoder_at_hand() == decoder
    take = check_everywhere(path, tmp_path)
    assert take.duration_s == pytest.approx(3.0, abs=0.06)  # a frame of AAC's or WMA's more or less
    assert not take.flags
    whole, rate = audio.read(path)
    assert np.allclose(audio.read(path, start=rate)[0], whole[rate:], atol=1e-6)


@pytest.mark.parametrize("kind", sorted(set(CODINGS) - {"aac"}))  # which holds no tags
def test_tags_change_no_id(tmp_path: Path, decoder: str, kind: str) -> None:
    plain = write(tmp_path / f"plain.{kind}", kind)
    tagged = write(tmp_path / f"tagged.{kind}", kind, title="Night drive", comment="la " * 500)
    assert plain.read_bytes() != tagged.read_bytes()
    assert audio.sound_id(plain) == audio.sound_id(tagged)


def test_of_a_file_that_is_cut_off_is_kept_what_is_there(tmp_path: Path, decoder: str) -> None:
    path = write(tmp_path / "take.webm", "webm")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    take = check_everywhere(path, tmp_path)
    assert "partial" in take.flags
    assert 1.0 < take.duration_s < 2.0


def test_a_film_without_sound_is_said_to_have_none(tmp_path: Path, decoder: str) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w", format="mp4") as into:
        stream = into.add_stream("mpeg4", rate=24)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            into.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "rgb24")))
        into.mux(stream.encode(None))
    report = run_import(Catalog(Library(tmp_path / "library")), ImportRequest([path]))
    assert [reason for _, reason in report.failed] == ["It contains no audio."]


def test_a_playlist_makes_no_decoder_read_another_file(tmp_path: Path, decoder: str) -> None:
    secret = write(tmp_path / "secret.m4a", "m4a")
    path = tmp_path / "take.m4a"
    path.write_text(f"#EXTM3U\n#EXTINF:3,\nfile://{secret}\n")
    report = run_import(Catalog(Library(tmp_path / "library")), ImportRequest([path]))
    assert not report.takes
    assert [name for name, _ in report.failed] == [path]


@pytest.mark.usefixtures("no_decoder")
def test_what_cannot_be_read_here_is_counted_by_kind(tmp_path: Path) -> None:
    folder = tmp_path / "takes"
    folder.mkdir()
    for name in ("a.m4a", "b.M4A", "c.wma", "notes.txt", "cover.jpg", "a.json"):
        (folder / name).write_bytes(ASF if name == "c.wma" else b"{}")
    words = ["--library", str(tmp_path / "library"), str(folder)]
    said = CliRunner().invoke(command, words)
    assert said.exit_code == 0, said.output
    assert f"3 left out: .m4a, .wma. {REMEDY}" in said.output
    assert "no audio files" not in said.output
    document = json.loads(CliRunner().invoke(command, [*words, "--json"]).stdout)
    assert sorted(Path(one["path"]).name for one in document["left_out"]) == ["a.m4a", "b.M4A", "c.wma"]
    assert all(one["reason"] for one in document["left_out"])
    named = CliRunner().invoke(command, [*words[:2], str(folder / "c.wma")])
    assert named.exit_code == 1
    assert REMEDY in named.output
