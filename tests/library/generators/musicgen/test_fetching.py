"""The first download: from a server on this machine that breaks off, goes on, is cancelled, or finds no room."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_server import Hub

ROOT = Path(__file__).parents[4]


@pytest.fixture
def hub(checkpoints) -> Iterator[Hub]:
    (encoder,) = checkpoints.hub.glob("models--t5-base/snapshots/*")
    server = Hub({"facebook/musicgen-small": checkpoints.text, "t5-base": encoder})
    yield server
    server.close()


FETCHING = textwrap.dedent("""
    import json, os, sys
    sys.path.insert(0, "tests/library/generators/musicgen")
    from conftest import FakeContext
    from library.errors import GenerationError
    from library.generators.musicgen.generator import MusicGen
    from library.generators.loading import fetching
    from library.take import Recipe

    stop_after, free = json.loads(sys.argv[1])
    fetching.PAUSE_S = 0.0
    fetching.PIECE_BYTES = 4096
    if free is not None:
        whole = os.statvfs
        os.statvfs = lambda path: type("Disk", (), {"f_bavail": free, "f_frsize": 1})
    notes, seen = [], [0]
    count = fetching.Fetch.count

    def counting(self, more):
        count(self, more)
        seen[0] += more
        notes.append((self.done, self.of, self.note))
        if stop_after is not None and seen[0] > stop_after:
            context.stop = lambda: True
            assert self.stopping.wait(60)

    fetching.Fetch.count = counting
    context = FakeContext()
    recipe = Recipe(generator="musicgen", prompt="harp", seed=1, duration_s=0.2)
    told = {"error": None, "takes": []}
    generator = MusicGen()
    try:
        told["takes"] = [made.recipe.licence for made in generator.generate([recipe], context)]
    except GenerationError as error:
        told["error"] = [error.what, error.remedy]
    generator._loader.shutdown()
    print(json.dumps(told | {"notes": notes}))
""")


@pytest.fixture
def fetch(hub, tmp_path):
    def run(*, stop_after: int | None = None, free: int | None = None) -> dict:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        environment |= {"HF_ENDPOINT": hub.address, "HF_HUB_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", FETCHING, json.dumps([stop_after, free])],
            env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.mark.e2e
def test_what_breaks_off_goes_on_and_is_not_fetched_twice(hub, fetch, checkpoints):
    hub.breaks.update({"state_dict.bin": 2, "model.safetensors": 1})
    told = fetch()
    assert told["takes"] == ["CC-BY-NC 4.0"], told["error"]
    size = (checkpoints.text / "state_dict.bin").stat().st_size
    first, second, third = (start for name, start in hub.begun if name == "state_dict.bin")
    assert first == 0
    assert size / 2 - 4096 <= second <= size / 2, "a piece that was not whole is lost"
    assert 3 * size / 4 - 2 * 4096 <= third <= 3 * size / 4
    done, of, note = next(entry for entry in reversed(told["notes"]) if "musicgen-small" in entry[2])
    both = sum((checkpoints.text / name).stat().st_size for name in ("state_dict.bin", "compression_state_dict.bin"))
    assert done == of == both, "bytes are counted once, whatever broke off"
    assert note == f"downloading facebook/musicgen-small: {both / 1e9:.4f} of {both / 1e9:.4f} GB"
    hub.begun.clear()
    hub.repositories.clear()  # a hub that knows nothing any more
    again = fetch()
    assert again["takes"] == ["CC-BY-NC 4.0"], again["error"]
    assert not hub.begun, "what is here is taken from here"


@pytest.mark.e2e
def test_cancelled_and_begun_again_where_it_was(hub, fetch, checkpoints):
    told = fetch(stop_after=20_000)
    assert (told["takes"], told["error"]) == ([], None)
    assert max(done for done, _, _ in told["notes"]) < 60_000, "it stopped there"
    hub.begun.clear()
    assert fetch()["takes"]
    name, start = hub.begun[0]
    assert name == "state_dict.bin"
    assert start >= 16_000


@pytest.mark.e2e
def test_no_room_is_said_before_anything_is_fetched(hub, fetch):
    what, remedy = fetch(free=1000)["error"]
    assert what.startswith("facebook/musicgen-small needs 0.00")
    assert "which has room for 0.0000 GB" in what
    assert "HF_HOME" in remedy
    assert hub.begun == []


@pytest.mark.e2e
def test_a_server_that_never_gives_more_is_given_up(hub, fetch):
    hub.breaks["state_dict.bin"] = 1000
    hub.breaks["compression_state_dict.bin"] = 1000
    told = fetch()
    assert "can't be reached" in told["error"][0]
    assert "goes on where it broke off" in told["error"][1]


def test_the_remedy_can_be_pasted(checkpoints):
    from library.errors import GenerationError
    from library.generators.musicgen.loading import checkpoint_files

    with pytest.raises(GenerationError) as caught:
        checkpoint_files.find_checkpoint("facebook/musicgen-stereo-melody")
    commands = caught.value.remedy.split("`")[1].split(" && ")
    assert len(commands) == 4
    assert "facebook/encodec_32khz" in commands[3]
    for command in commands:
        program, *words = command.split()
        done = subprocess.run([program, *words[:1], "--help"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert words[0] == "download"


def test_metas_weights_are_known_without_their_card(checkpoints, tmp_path, monkeypatch):
    import shutil

    from huggingface_hub import constants

    from library.generators.musicgen.loading import checkpoint_files

    for name in ("state_dict.bin", "compression_state_dict.bin"):
        shutil.copy(checkpoints.text / name, tmp_path)
    found = checkpoint_files.find_checkpoint(str(tmp_path))
    assert checkpoint_files.read_weights(found)[1] is None
    blobs = tmp_path / "cache" / "models--facebook--musicgen-large" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / hashlib.sha256((tmp_path / "state_dict.bin").read_bytes()).hexdigest()).touch()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    assert checkpoint_files.read_weights(found)[1] == "CC-BY-NC 4.0"
