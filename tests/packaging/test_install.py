"""The set-up script on machines that lack something: it helps itself where it may, else says the one command."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import Need

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "cksum", "dirname", "echo", "env", "grep", "ls", "sed", "tail", "xargs")


class Machine:
    """A folder with the project's set-up in it, and a PATH that holds what the test puts there."""

    def __init__(self, folder: Path) -> None:
        self.commands = folder / "bin"
        self.commands.mkdir()
        self.project = folder / "earmark"
        shutil.copytree(ROOT / "requirements", self.project / "requirements")
        shutil.copy(ROOT / "pyproject.toml", self.project)
        self.diary = folder / "diary"
        for name in TOOLS:
            found = shutil.which(name)
            assert found, name
            (self.commands / name).symlink_to(found)
        self.command("uname", "echo Linux")
        self.command("ldconfig", "")  # no PortAudio
        self.command("id", "echo 1000")
        self.command("sudo", "exit 1")  # would ask for a password
        self.command("apt-get", "exit 100")

    def command(self, name: str, body: str) -> None:
        """Give the machine a command."""
        file = self.commands / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def python(self, *, venv_when: str) -> None:
        """Give the machine this very Python, able to make virtual environments only on that condition."""
        body = f'case "$*" in *"import ensurepip"*) {venv_when} ;; -m*) exit 7 ;; *) exec {sys.executable} "$@" ;; esac'
        self.command("python3", body)

    def venv(self, *, uv: str) -> None:
        """Give the machine a .venv that stands, with a uv that does what is said."""
        programs = self.project / ".venv" / "bin"
        programs.mkdir(parents=True)
        for name, body in (("python", f'exec {sys.executable} "$@"'), ("uv", uv)):
            (programs / name).write_text(f"#!/bin/sh\n{body}\n")
            (programs / name).chmod(0o755)
        version = "Python {}.{}.{}".format(*sys.version_info[:3])
        (self.project / ".venv" / ".identity").write_text(f"{self.project}\n{version}\n")
        self.disk(free_gb=20)

    def disk(self, *, free_gb: int) -> None:
        """Let the machine have that much room."""
        self.command("df", f"echo Filesystem; echo /dev/vda 1 1 {free_gb * 1_000_000} 1% /")

    def set_up(self, *layers: str, **variables: str) -> tuple[int, list[str]]:
        """Run the script; its exit code, and the lines it said."""
        done = subprocess.run(
            [self.project / "requirements" / "install.sh", *layers],
            env={"PATH": str(self.commands), "DIARY": str(self.diary), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.stdout == ""
        return done.returncode, done.stderr.splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_no_python_that_will_do(machine: Machine) -> None:
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        machine.command(name, "exit 1")
    code, said = machine.set_up("app")
    assert code == 1
    assert len(said) == 1
    assert "needs Python 3.11 to 3.14" in said[0]
    assert "make run PYTHON=" in said[0]


def test_the_python_named_is_too_old(machine: Machine) -> None:
    machine.command("old", "exit 1")
    code, said = machine.set_up("app", PYTHON="old")
    assert code == 1
    assert said == ["earmark: old is not Python 3.11 or newer. Type: make run PYTHON=/path/to/python3"]


def test_what_only_an_administrator_can_install_is_one_command(machine: Machine) -> None:
    machine.python(venv_when="exit 1")
    code, said = machine.set_up("app")
    assert code == 1
    assert len(said) == 1
    venv = "python{}.{}-venv".format(*sys.version_info[:2])
    assert f"Type: sudo apt-get install {venv} libportaudio2" in said[0]


def test_without_portaudio_the_app_is_set_up_all_the_same(machine: Machine) -> None:
    machine.python(venv_when="exit 0")
    code, said = machine.set_up("app")
    assert said[0].startswith("Earmark will run without sound until you type: sudo apt-get install libportaudio2")
    assert said[1].startswith("Making .venv")
    assert code == 7, "the stand-in for `python3 -m venv` was reached"


def test_continuous_integration_must_not_skip_what_it_lacks(machine: Machine) -> None:
    machine.python(venv_when="exit 0")
    code, said = machine.set_up("app", CI="true")
    assert code == 1
    assert said[0].startswith("earmark: Some checks need libportaudio2")


def test_root_gets_it_installed_with_fresh_package_lists_only_where_needed(machine: Machine) -> None:
    machine.command("id", "echo 0")
    machine.command("apt-get", 'echo "$*" >>"$DIARY"; [ "$1" = update ] || grep -q update "$DIARY"')
    machine.python(venv_when='grep -q update "$DIARY"')
    code, said = machine.set_up("app")
    first, update, second = machine.diary.read_text().splitlines()
    assert update.startswith("update")
    assert first == second
    assert "--no-remove" in first
    assert "-venv libportaudio2" in first
    assert [line.split()[0] for line in said] == ["Installing", "Making"]
    assert code == 7, "the stand-in for `python3 -m venv` was reached"


def test_musicgen_is_installed_once_and_stays(machine: Machine) -> None:
    machine.venv(uv='echo "$*" >>"$DIARY"')
    assert machine.set_up("musicgen") == (0, ["Setting up musicgen in .venv…"])
    asked = machine.diary.read_text()
    assert "--no-deps --requirement requirements/musicgen.txt" in asked
    machine.disk(free_gb=0)
    assert machine.set_up("musicgen") == (0, [])
    assert machine.diary.read_text() == asked


def test_where_musicgen_finds_no_room_one_line_says_so(machine: Machine) -> None:
    machine.command("uname", "echo Linux x86_64")
    machine.venv(uv='echo "$*" >>"$DIARY"')
    machine.disk(free_gb=2)
    code, said = machine.set_up("musicgen")
    assert code == 1
    assert said[1:] == [
        "earmark: MusicGen could not be set up: it takes 8 GB of disk, and 2 GB are free here. "
        "All else works without it. To try again, type: make musicgen"
    ]
    assert not machine.diary.exists()


def test_where_musicgen_cannot_be_fetched_one_line_says_why(machine: Machine) -> None:
    machine.venv(
        uv='printf "error: Request failed\\n  cause: tcp connect error\\n  cause: Network unreachable\\n" >&2; exit 2'
    )
    code, said = machine.set_up("musicgen")
    assert code == 1
    assert len(said) == 2
    assert said[1].startswith("earmark: MusicGen could not be set up: Network unreachable. All else works")
    assert not (machine.project / ".venv" / ".layer-musicgen").exists()


def test_an_unknown_layer_is_refused(machine: Machine) -> None:
    assert machine.set_up("apps") == (1, ["earmark: requirements/ has no list called apps"])


@pytest.mark.needs(Need("the environment that the script makes", lambda: Path(sys.prefix) == ROOT / ".venv"))
def test_what_is_in_place_is_left_alone() -> None:
    layers = [layer for layer in ("app", "dev", "musicgen") if (ROOT / ".venv" / f".layer-{layer}").exists()]
    before = (ROOT / ".venv" / ".layer-app").stat().st_mtime_ns
    done = subprocess.run(
        [ROOT / "requirements" / "install.sh", *layers], capture_output=True, text=True, check=True, timeout=10
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert (ROOT / ".venv" / ".layer-app").stat().st_mtime_ns == before
