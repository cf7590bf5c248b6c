"""What a test may need of the machine it runs on. Where that is missing the test is skipped; any other skip fails.

@pytest.mark.needs(LINUX)               # the test, or the module by `pytestmark`
require(program("setpriv"))             # in a test or a fixture
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Need:
    """Something that not every machine has."""

    what: str
    is_met: Callable[[], bool]
    apt: str = ""
    """The packages that bring it where the checks run: there it must not be missing."""


def package(distribution: str) -> Need:
    """A Python package, by the name it is installed by. One that is installed and can't be imported is a failure."""

    def is_met() -> bool:
        try:
            metadata.distribution(distribution)
        except metadata.PackageNotFoundError:
            return False
        return True

    return Need(f"the Python package {distribution}", is_met)


def program(name: str, apt: str = "") -> Need:
    """A program, in this environment or on PATH."""
    return Need(f"the program {name}", lambda: find_program(name) is not None, apt)


def find_program(name: str) -> str | None:
    """Where a program is: of this environment, else any."""
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def device(path: str) -> Need:
    """A file that the system offers."""
    return Need(f"the device {path}", Path(path).exists)


LINUX = Need("Linux", lambda: sys.platform == "linux")
ROOT_USER = Need("the rights of root", lambda: os.geteuid() == 0)
AUDIOCRAFT = package("audiocraft")
DIFFUSERS = package("diffusers")
SAMPLES = package("immich-memories-music")
UV = program("uv")
TMUX = program("tmux", apt="tmux")
CHROMIUM = program("chromium", apt="chromium")
PORTAUDIO = Need("PortAudio", lambda: ctypes.util.find_library("portaudio") is not None, apt="libportaudio2")
PULSE = "libasound2-plugins pulseaudio pulseaudio-utils"


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A disk of that size in `folder`, until the block ends."""
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True, capture_output=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@cache
def _can_mount() -> bool:
    try:
        with tempfile.TemporaryDirectory() as folder, mounted(Path(folder), "1m"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@cache
def _takes_any_name() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            (Path(folder) / os.fsdecode(b"\xff")).touch()
        except OSError:
            return False
    return True


MOUNTING = Need("to be allowed to mount a disk", _can_mount)
ANY_NAME = Need("a file system whose names need not be text", _takes_any_name)


class Unmet(pytest.skip.Exception):
    """The test can't run here."""

    def __init__(self, need: Need) -> None:
        super().__init__(f"needs {need.what}")
        self.need = need


def require(*needs: Need) -> None:
    """Skip the test that asks unless each of them is met; in CI, fail it where it should be."""
    for need in needs:
        if need.is_met():
            continue
        if need.apt and os.environ.get("CI"):
            pytest.fail(f"needs {need.what}: apt-get install {need.apt}", pytrace=False)
        raise Unmet(need)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "needs(*needs): is skipped where one of them is not met (tests/needs.py)")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Heed the mark."""
    for mark in item.iter_markers("needs"):
        require(*mark.args)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Fail a test that was skipped for anything but a need that is not met."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        raised = call.excinfo and call.excinfo.value
        if isinstance(raised, Unmet) and not raised.need.is_met():
            path, line, _ = item.reportinfo()
            report.longrepr = (str(path), (line or 0) + 1, raised.msg or "")
        else:
            _refuse(report, "which is there" if isinstance(raised, Unmet) else "and no need (tests/needs.py)")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """The same for modules, which nothing may skip as a whole: `pytestmark` names what they need."""
    report = yield
    if report.skipped:
        _refuse(report, "and no need (tests/needs.py)")
    return report


def _refuse(report: pytest.TestReport | pytest.CollectReport, why: str) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped for this, {why}: {reason}"
