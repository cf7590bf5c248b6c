"""Generators that the user defines, through the real program: a command, and a server of each kind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAM
from tests.library.generators.servers.ace_step_like import AceStep
from tests.library.generators.servers.acestep_cpp_like import AceStepCpp
from tests.library.generators.servers.comfyui_like import WORKFLOW, ComfyUI
from tests.library.generators.servers.music_server import MusicServer
from tests.processes import await_end

pytestmark = pytest.mark.e2e

MAKE = """
import json, random, struct, sys, wave
if sys.argv[1:] == ["--version"]:
    sys.exit(print("noise 2.1"))
asked = json.load(sys.stdin)
draw = random.Random(asked["seed"])
loud = int(asked["settings"]["loudness"] * 9000)
with wave.open(asked["out"], "wb") as file:
    file.setparams((1, 2, 8000, 0, "NONE", ""))
    frames = range(int(asked["duration_s"] * 8000))
    file.writeframes(b"".join(struct.pack("<h", draw.randint(-loud, loud)) for _ in frames))
for step in range(4):
    print(f"{step + 1}/4", file=sys.stderr)
with open(asked["out"] + ".json", "w") as file:
    json.dump({"seed": asked["seed"], "model": "noise-2", "colour": "white"}, file)
"""
SERVERS = {"ace-step-server": AceStep, "acestep-cpp": AceStepCpp, "comfyui": ComfyUI}


@pytest.fixture
def config(environment: dict[str, str], tmp_path: Path) -> Path:
    """The user's settings folder."""
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    folder = tmp_path / "config" / "earmark"
    folder.mkdir(parents=True)
    return folder


def define_command(config: Path, program: str = MAKE, **more: object) -> None:
    (config / "make.py").write_text(program)
    words = json.dumps([sys.executable, "make.py", "{prompt}"])
    version = json.dumps([sys.executable, "make.py", "--version"])
    lines = [f"{name} = {json.dumps(value)}" for name, value in more.items()]
    table = "\n".join(["[generators.mine]", 'kind = "command"', f"command = {words}", f"version = {version}", *lines])
    setting = '[generators.mine.settings.loudness]\nlow = 0\nhigh = 3\ndefault = 1\nhelp = "How loud."'
    (config / "generators.toml").write_text(f"{table}\n{setting}\n")


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, config: Path) -> Iterator[MusicServer]:
    """A server of each kind, defined as `mine`."""
    running = SERVERS[request.param]()
    with running.running() as url:
        lines = ["[generators.mine]", f'kind = "{request.param}"', f'url = "{url}"', "jobs = 2"]
        if request.param == "comfyui":
            (config / "workflow.json").write_text(json.dumps(WORKFLOW))
            lines.append('workflow = "workflow.json"')
        (config / "generators.toml").write_text("\n".join(lines))
        yield running


def through_it_all(earmark, tmp_path: Path, length: float, *options: object) -> list[dict]:
    """Generate, judge, verify, rank and export with `mine`; the takes."""
    asked = ("generate", "slow strings", "--seeds", "3-5", "--generator", "mine", "--duration", length, *options)
    made = earmark(*asked, "--json")
    assert made.code == 0, made.err
    takes = made.json["takes"]
    assert [take["seed"] for take in takes] == [3, 4, 5]
    assert len({take["id"] for take in takes}) == 3
    assert all(take["duration_s"] == pytest.approx(length) and take["flags"] == [] for take in takes)
    best = takes[1]["id"]
    assert earmark("judge", best, "--stars", 5).code == 0
    verified = earmark("verify", *(take["id"] for take in takes), "--json")
    assert [result["identical"] for result in verified.json["results"]] == [True] * 3
    assert earmark("top", "--json").json["ranking"][0]["take"] == best
    exported = earmark("export", tmp_path / "best", "-n", 1, "--json")
    assert exported.code == 0, exported.err
    again = earmark("import", tmp_path / "best", "--library", tmp_path / "other", "--json").json["takes"]
    assert (again[0]["prompt"], again[0]["seed"], again[0]["generator"]) == ("slow strings", 4, "mine")
    listed = {take["id"]: take for take in earmark("list", "--json").json["takes"]}
    assert all(listed[take["id"]]["recipe"] == take["recipe"] for take in takes), "recipes come back as they were"
    return takes


def test_a_command_from_prompt_to_export(earmark, config: Path, tmp_path: Path) -> None:
    define_command(config, about="noise of all colours", seeded="yes", jobs=2)
    (take, *_) = through_it_all(earmark, tmp_path, 1.0, "--set", "loudness=2")
    recipe = take["recipe"]
    assert recipe["settings"] == {"loudness": 2.0}
    assert recipe["reported"] == {"colour": "white", "asked model": ""}
    assert recipe["model"] == take["model"] == "noise-2"
    assert recipe["fingerprint"]["version"] == "noise 2.1"
    assert not recipe["exact"]
    checked = earmark("generators", "mine", "--check")
    assert checked.code == 0
    assert "version noise 2.1" in checked.out
    assert earmark("generate", "x", "--seeds", 1, "--generator", "mine", "--set", "loudness=9").code == 2


def test_a_server_from_prompt_to_export(earmark, server: MusicServer, tmp_path: Path) -> None:
    takes = through_it_all(earmark, tmp_path, 11.0)
    assert all(take["model"] for take in takes)
    checked = earmark("generators", "mine", "--check")
    assert checked.code == 0, checked.out
    assert "version " in checked.out


def test_a_server_that_goes_away_is_said_and_mended(earmark, config: Path) -> None:
    (config / "generators.toml").write_text('[generators.mine]\nkind = "acestep-cpp"\nurl = "http://127.0.0.1:1"\n')
    failed = earmark("generate", "x", "--seeds", "1-3", "--generator", "mine")
    assert failed.code == 1
    assert "Nothing answers at http://127.0.0.1:1" in failed.err
    checked = earmark("generators", "--check")
    assert checked.code == 1
    assert "Start the server" in checked.out


@pytest.mark.parametrize("fault", ["page", "half a file", "broken off"])
def test_what_is_no_sound_costs_its_take_and_a_line(earmark, server: MusicServer, fault: str) -> None:
    server.faults.add(fault)
    made = earmark("generate", "x", "--seeds", 1, "--generator", "mine", "--duration", 11, "--json")
    assert made.code == 1
    assert made.json["takes"] == []
    assert made.json["failed"][0]["seed"] == 1
    assert "mine" in made.err


def test_silence_and_another_length_are_flagged(earmark, server: MusicServer) -> None:
    server.faults |= {"silence", "wrong length"}
    made = earmark("generate", "x", "--seeds", 1, "--generator", "mine", "--duration", 11, "--json")
    assert made.code == 0
    assert set(made.json["takes"][0]["flags"]) == {"silent", "length"}


def test_mistakes_in_the_file_are_named(earmark, config: Path) -> None:
    define_command(config)
    with (config / "generators.toml").open("a") as file:
        file.write(
            '[generators.other]\nkind = "comfyui"\nworkflow = "none.json"\n[generators.sketch]\nkind = "acestep-cpp"\n'
        )
    checked = earmark("generators", "--check")
    assert checked.code == 1
    assert "none.json can't be read" in checked.out
    assert "[generators.sketch] has the name of one of Earmark's own" in checked.err
    doctor = {check["name"]: check for check in earmark("doctor", "--json").json["checks"]}
    assert doctor["mine"]["ok"]
    assert not doctor["other"]["ok"]
    (config / "generators.toml").write_text("[generators.mine\n")
    failed = earmark("generate", "x", "--seeds", 1, "--generator", "mine")
    assert failed.code == 2
    assert "is no TOML" in failed.err


def test_nothing_in_a_library_runs_a_program_or_reaches_a_server(
    earmark, config: Path, tmp_path: Path, library: Path
) -> None:
    """Neither a generators.toml there, nor a recipe that names a generator, a program or an address."""
    harmed = tmp_path / "harmed"
    define_command(config)
    made = earmark("generate", "x", "--seeds", 1, "--generator", "mine", "--duration", 1, "--json")
    (take,) = made.json["takes"]
    hostile = f'[generators.theirs]\nkind = "command"\ncommand = ["touch", "{harmed}"]\n'
    (config / "generators.toml").unlink()
    folder = Path(take["path"]).parent
    for place in (library, folder, tmp_path):
        (place / "generators.toml").write_text(hostile.replace("theirs", "mine") + hostile)
    document = folder / "batch.json"
    for name in ("theirs", "command", f"touch {harmed}", "http://127.0.0.1:1", "library.generators.user_defined.spec"):
        text = document.read_text().replace('"generator": "mine"', f'"generator": {json.dumps(name)}')
        changed = text.replace('"generator":"mine"', f'"generator":{json.dumps(name)}')
        assert changed != document.read_text()
        before = document.read_text()
        document.write_text(changed)
        listed = earmark("list", "--json").json["takes"]
        for each in listed:
            verified = earmark("verify", each["id"], "--json").json["results"]
            assert not verified[0]["identical"]
        assert earmark("generate", "x", "--seeds", 2, "--generator", name).code == 2
        document.write_text(before)
    earmark("doctor")
    earmark("generators", "--check")
    assert not harmed.exists()


FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open("new", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename("new", "pids")
time.sleep(600)
"""


SAYS_ITS_VERSION = "import sys\nif sys.argv[1:] == ['--version']: sys.exit(print('1.0'))\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("begin", ["", SAYS_ITS_VERSION], ids=["asked for its version", "making a take"])
def test_no_command_outlives_earmark(
    environment: dict[str, str], config: Path, tmp_path: Path, begin: str, number: int
) -> None:
    define_command(config, begin + FAMILY)
    words = [*PROGRAM, "generate", "x", "--seeds", "1", "--generator", "mine"]
    pids = config / "pids"
    with subprocess.Popen(words, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL) as program:
        while not pids.exists():
            assert program.poll() is None
            os.sched_yield()
        processes = [int(word) for word in pids.read_text().split()]
        program.send_signal(number)
        for process in processes:
            await_end(process)
        program.wait(60)
