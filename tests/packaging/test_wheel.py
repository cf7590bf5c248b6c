"""The wheel: the three packages whole, nothing else, and a program that starts from it."""

import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.needs import UV, find_program, require

ROOT = Path(__file__).parents[2]
PACKAGES = ("library", "ratings", "tui")
BESIDE = ["pyproject.toml", "README.md", "LICENSE"]


def uv() -> str:
    """The uv of this environment, else any."""
    require(UV)
    return str(find_program("uv"))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that a build may read, tests among it, so that building leaves nothing in the folder itself."""
    copy = tmp_path_factory.mktemp("sources")
    for name in BESIDE:
        shutil.copy(ROOT / name, copy)
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the pinned setuptools without the network."""
    destination = tmp_path_factory.mktemp("wheel")
    command = [uv(), "build", "--wheel", "--offline", "--no-build-isolation", "--python", sys.executable]
    built = subprocess.run(
        [*command, "--out-dir", destination, sources], capture_output=True, text=True, check=False, timeout=120
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = destination.glob("*.whl")
    return wheel


def test_it_holds_the_three_packages_and_nothing_else(sources: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {
        file.relative_to(sources).as_posix()
        for package in PACKAGES
        for file in (sources / package).rglob("*")
        if file.suffix in {".py", ".tcss", ".css", ".js"} or file.name == "vocabulary.toml"
    }
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_its_metadata_names_what_it_needs_and_what_is_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    assert metadata["Name"] == "earmark"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Author"] == "Earmark contributors"
    assert "Topic :: Multimedia :: Sound/Audio :: Players" in metadata.get_all("Classifier", [])
    assert set(metadata.get_all("Provides-Extra", [])) == {"musicgen", "samples"}, "what develops it is no extra"
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert any(line.startswith("textual") for line in needed)
    assert not any(line.startswith(("torch", "audiocraft", "pytest", "immich")) for line in needed)


def test_the_program_starts_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    command = [uv(), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", sys.executable]
    subprocess.run([*command, "--target", installed, wheel], check=True, timeout=120)
    environment = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(tmp_path)}
    program = [sys.executable, installed / "bin" / "earmark"]
    done = subprocess.run(
        [*program, "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "--library" in done.stdout
    where = "import tui.cli.main, library, ratings; print(tui.__file__, library.__file__, ratings.__file__)"
    files = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert [Path(file).is_relative_to(installed) for file in files] == [True, True, True]
